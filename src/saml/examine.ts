import type { Application, ServiceProvider } from '../applications/applications.ts';
import { judgeAuthnRequest, type Judgement } from './judge.ts';
import { openMessage, type Message } from './message.ts';
import { isUsable } from './metadata-validity.ts';
import { reasonOf } from './problem.ts';
import { indented } from './reading.ts';
import { fromForm, fromQuery, type Received } from './received.ts';
import type { Ours } from './ours.ts';

/** A message as an administrator may read it. */
export type Examined = {
  /** One element a line; empty where it could not be decoded. */
  readonly xml: string;
  /** What was understood, under the protocol's own names. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** Why it would be refused: reasons of `saml_message_invalid`, or the status it would be answered with. */
  readonly problems: readonly string[];
  readonly signature: 'none' | 'valid' | 'wrong';
};

/** Longer is no message that we would take. */
const LONGEST = 128 * 1024;

/** The message in what somebody copied: an address, a query, or the value of the field alone, by either binding. */
function receivedFrom(text: string): Received {
  const trimmed = text.trim().slice(0, LONGEST);
  const query = /[?&]?((?:SAMLRequest|SAMLResponse)=.*)$/su.exec(trimmed.replace(/#.*$/su, ''));
  if (query?.[1] !== undefined) {
    const whole = trimmed.includes('?') ? trimmed.slice(trimmed.indexOf('?') + 1) : trimmed;
    return fromQuery(whole);
  }
  const field = `SAMLRequest=${encodeURIComponent(trimmed)}`;
  // By POST it is plain base64, by Redirect deflated first: what is no XML in the one way may be in the other.
  const posted = fromFormIfXml(field);
  return posted ?? fromQuery(field);
}

function fromFormIfXml(field: string): Received | undefined {
  try {
    const posted = fromForm(field);
    return posted.xml.trimStart().startsWith('<') ? posted : undefined;
  } catch {
    return undefined;
  }
}

function factsOf(message: Message): Examined['facts'] {
  const { xml: _, ...values } = message;
  return Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (name === 'issueInstant' || name === 'notOnOrAfter')
      return [{ name, value: new Date(Number(value)).toISOString() }];
    return [{ name, value: typeof value === 'object' ? JSON.stringify(value) : String(value) }];
  });
}

/** Whether a problem says that nobody was believed. */
const isAboutSignature = (reason: string): boolean => reason.startsWith('signature');

/** Reads a message of a service provider without acting on it, and says what would become of it. */
export function examineMessage(
  ours: Ours,
  { provider, application }: { provider: ServiceProvider; application: Pick<Application, 'email'> },
  text: string,
  now: number,
): Examined {
  const nothing = { xml: '', facts: [], signature: 'none' } as const;
  let received: Received;
  try {
    received = receivedFrom(text);
  } catch (error) {
    return { ...nothing, problems: [reasonOf(error) ?? 'form'] };
  }
  const shown = { ...nothing, xml: indented(received.xml) };
  let read: { message: Message; signed: boolean };
  try {
    const opened = openMessage(received);
    if (opened.issuer !== provider.entityId)
      return { ...shown, facts: [{ name: 'issuer', value: opened.issuer }], problems: ['issuer_other'] };
    if (opened.kind === 'AuthnRequest' && !isUsable(provider, now)) return { ...shown, problems: ['metadata_expired'] };
    try {
      read = opened.verify(provider.signingCertificates);
    } catch (error) {
      const reason = reasonOf(error) ?? 'structure';
      const signature = opened.hasSignature && isAboutSignature(reason) ? 'wrong' : 'none';
      return { ...shown, problems: [reason], signature };
    }
  } catch (error) {
    return { ...shown, problems: [reasonOf(error) ?? 'structure'] };
  }
  const { message, signed } = read;
  const result = { ...shown, facts: factsOf(message), signature: signed ? 'valid' : 'none' } as const;
  if (message.kind !== 'AuthnRequest') return { ...result, problems: [] };
  try {
    const judged: Judgement = judgeAuthnRequest(message, signed, provider, {
      now,
      destination: ours.ssoUrl,
      entityId: ours.entityId,
      sendsAddress: application.email === 'alias',
    });
    const would = [
      { name: 'answer → AssertionConsumerService', value: judged.consumer },
      { name: 'answer → NameID', value: judged.nameId },
      { name: 'answer → AuthnContextClassRef', value: judged.contextClass },
    ];
    return {
      ...result,
      facts: [...result.facts, ...would],
      problems: judged.status === undefined ? [] : [judged.status],
    };
  } catch (error) {
    return { ...result, problems: [reasonOf(error) ?? 'structure'] };
  }
}
