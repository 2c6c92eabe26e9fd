import { setImmediate } from 'node:timers/promises';
import { encrypted, type Encryption } from './encrypt.ts';
import { newId, signed, type Signer } from './sign.ts';
import { statusElement, type Status } from './status.ts';
import type { Turn } from './turns.ts';
import { canonical, element, instant, toSend, type Element } from './xml.ts';

const MINUTE = 60_000;
/** How long an answer may be handed in: from our page to the service provider it takes seconds (A87). */
const LIFETIME = 5 * MINUTE;
/** A service provider's clock may be behind ours by this much; without it, it would take our answer for one from the future. */
const SKEW = MINUTE;

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';

/** One attribute of a profile (SAML Core §2.7.3.1). */
export type Attribute = {
  readonly name: string;
  /** A URI: how the name is to be read (SAML Core §8.2). */
  readonly nameFormat: string;
  readonly friendlyName?: string;
  /** An empty text is a value. Without any value the attribute is left out. */
  readonly values: readonly string[];
};

/** Where an answer goes, and what it answers. */
type Envelope = {
  /** Our entity ID. */
  readonly issuer: string;
  /** The address the answer is posted to: one of the service provider's own (A79). */
  readonly destination: string;
  /** The request's ID; none: nobody asked (IdP-initiated sign-in). */
  readonly inResponseTo: string | undefined;
  /** In milliseconds. */
  readonly now: number;
};

/** Who signed in, told to one service provider. */
export type Answer = Envelope & {
  /** The service provider's entity ID. */
  readonly audience: string;
  /** The format is a URI (SAML Core §8.3). */
  readonly nameId: { readonly format: string; readonly value: string };
  readonly sessionIndex: string;
  /** In milliseconds, as P1 lets it be told. */
  readonly authnInstant: number;
  /** A URI (SAML Authentication Context §3.4). */
  readonly contextClass: string;
  readonly attributes: readonly Attribute[];
  /** With what the assertion is encrypted; none: it is sent as it is. */
  readonly encryption: Encryption | undefined;
};

/** Why there is no assertion. */
export type Refusal = Envelope & { readonly status: Status; readonly message?: string };

const issuerElement = (issuer: string): Element => element('saml:Issuer', {}, issuer);

function attributeElement({ name, nameFormat, friendlyName, values }: Attribute): Element {
  return element(
    'saml:Attribute',
    { Name: name, NameFormat: nameFormat, FriendlyName: friendlyName },
    ...values.map((value) => element('saml:AttributeValue', {}, value)),
  );
}

/** What is said of the person (SAML Core §2.3.3, in the order of its schema; SAML Profiles §4.1.4.2). */
function assertion(answer: Answer): Element {
  const { issuer, audience, destination, inResponseTo, now, nameId, attributes } = answer;
  const until = instant(now + LIFETIME);
  const told = attributes.filter(({ values }) => values.length > 0);
  return element(
    'saml:Assertion',
    { ID: newId(), Version: '2.0', IssueInstant: instant(now) },
    issuerElement(issuer),
    element(
      'saml:Subject',
      {},
      element('saml:NameID', { Format: nameId.format }, nameId.value),
      element(
        'saml:SubjectConfirmation',
        { Method: BEARER },
        element('saml:SubjectConfirmationData', {
          NotOnOrAfter: until,
          Recipient: destination,
          InResponseTo: inResponseTo,
        }),
      ),
    ),
    element(
      'saml:Conditions',
      { NotBefore: instant(now - SKEW), NotOnOrAfter: until },
      element('saml:AudienceRestriction', {}, element('saml:Audience', {}, audience)),
    ),
    // No SessionNotOnOrAfter: the end of our session would be the same at all applications (P1).
    element(
      'saml:AuthnStatement',
      { AuthnInstant: instant(answer.authnInstant), SessionIndex: answer.sessionIndex },
      element('saml:AuthnContext', {}, element('saml:AuthnContextClassRef', {}, answer.contextClass)),
    ),
    ...(told.length === 0 ? [] : [element('saml:AttributeStatement', {}, ...told.map(attributeElement))]),
  );
}

function response({ issuer, destination, inResponseTo, now }: Envelope, ...content: Element[]): Element {
  return element(
    'samlp:Response',
    {
      ID: newId(),
      Version: '2.0',
      IssueInstant: instant(now),
      Destination: destination,
      InResponseTo: inResponseTo,
    },
    issuerElement(issuer),
    ...content,
  );
}

/**
 * A Response with one assertion, both signed (SAML Core §3.3.3, §5; SAML Profiles §4.1.4.2). Where the assertion is
 * encrypted, it is signed first, and the Response's signature is over the encrypted form. Valid for five minutes.
 * Other work may run before each of the two signatures; `turn`: how to wait for it.
 * @throws {TypeError} where a value holds what XML cannot carry; `isXmlText` tells beforehand.
 */
export async function writeResponse(answer: Answer, signer: Signer, turn: Turn = setImmediate): Promise<string> {
  await turn();
  const inner = signed(assertion(answer), 1, signer);
  await turn();
  const content = answer.encryption === undefined ? inner : encrypted(toSend(canonical(inner)), answer.encryption);
  return toSend(canonical(signed(response(answer, statusElement('Success'), content), 1, signer)));
}

/** A signed Response that says why there is no assertion (SAML Core §3.2.2). */
export function writeStatus(refusal: Refusal, signer: Signer): string {
  return toSend(canonical(signed(response(refusal, statusElement(refusal.status, refusal.message)), 1, signer)));
}
