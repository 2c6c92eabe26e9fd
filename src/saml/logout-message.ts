import { sign } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { newId, signed, type Signer } from './sign.ts';
import { statusElement, type Status } from './status.ts';
import { RSA_SHA256 } from './vocabulary.ts';
import { canonical, element, instant, toSend, type Element } from './xml.ts';

/** How long a request to sign somebody out may be handed in: a service provider that is down gets it again, anew. */
const LIFETIME = 5 * 60_000;

/** Where a logout message goes. By Redirect the signature is in the address ({@link toRedirect}), by POST in the message. */
type Envelope = {
  readonly binding: 'redirect' | 'post';
  /** Our entity ID. */
  readonly issuer: string;
  readonly destination: string;
  /** In milliseconds. */
  readonly now: number;
};

/** Who is to be signed out: exactly what the assertion said. */
export type LogoutRequestToWrite = Envelope & {
  /** The format is a URI (SAML Core §8.3). */
  readonly nameId: { readonly format: string; readonly value: string };
  readonly sessionIndexes: readonly string[];
};

/** How signing out ended. */
export type LogoutResponseToWrite = Envelope & {
  /** The request's ID. */
  readonly inResponseTo: string;
  readonly status: Status;
};

/** A message that is written: its ID is what the answer will name. */
export type Written = { readonly id: string; readonly xml: string };

function written({ binding }: Envelope, id: string, message: Element, signer: Signer): Written {
  return { id, xml: toSend(canonical(binding === 'post' ? signed(message, 1, signer) : message)) };
}

/** A LogoutRequest (SAML Core §3.7.1), valid for five minutes. */
export function writeLogoutRequest(request: LogoutRequestToWrite, signer: Signer): Written {
  const { issuer, destination, now, nameId, sessionIndexes } = request;
  const id = newId();
  const message = element(
    'samlp:LogoutRequest',
    {
      ID: id,
      Version: '2.0',
      IssueInstant: instant(now),
      Destination: destination,
      NotOnOrAfter: instant(now + LIFETIME),
    },
    element('saml:Issuer', {}, issuer),
    element('saml:NameID', { Format: nameId.format }, nameId.value),
    ...sessionIndexes.map((index) => element('samlp:SessionIndex', {}, index)),
  );
  return written(request, id, message, signer);
}

/** A LogoutResponse (SAML Core §3.7.2). */
export function writeLogoutResponse(answer: LogoutResponseToWrite, signer: Signer): Written {
  const { issuer, destination, now, inResponseTo, status } = answer;
  const id = newId();
  const message = element(
    'samlp:LogoutResponse',
    {
      ID: id,
      Version: '2.0',
      IssueInstant: instant(now),
      Destination: destination,
      InResponseTo: inResponseTo,
    },
    element('saml:Issuer', {}, issuer),
    statusElement(status),
  );
  return written(answer, id, message, signer);
}

/** Escapes for a query as RFC 3986 §2 has it; what is only sometimes escaped is escaped, as most service providers do again. */
function escapeQuery(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/gu,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * The address that carries a message by HTTP Redirect, with a detached signature (SAML Bindings §3.4.4.1). What stands in
 * the query of the service provider's address already stays in front, and is no part of what is signed.
 */
export function toRedirect(
  url: string,
  field: 'SAMLRequest' | 'SAMLResponse',
  xml: string,
  relayState: string | undefined,
  signer: Signer,
): string {
  const parameters: [string, string][] = [[field, deflateRawSync(xml).toString('base64')]];
  if (relayState !== undefined) parameters.push(['RelayState', relayState]);
  parameters.push(['SigAlg', RSA_SHA256]);
  const octets = parameters.map(([name, value]) => `${name}=${escapeQuery(value)}`).join('&');
  const signature = sign('RSA-SHA256', Buffer.from(octets), signer.privateKey).toString('base64');
  const [place = ''] = url.split('#', 1);
  const join = place.includes('?') ? (/[?&]$/u.test(place) ? '' : '&') : '?';
  return `${place}${join}${octets}&Signature=${escapeQuery(signature)}`;
}

/** The value of the form field that carries a message by HTTP POST (SAML Bindings §3.5.4). */
export function toForm(xml: string): string {
  return Buffer.from(xml).toString('base64');
}
