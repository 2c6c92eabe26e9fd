import { createSign, randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { SignedXml } from 'xml-crypto';
import type { TestKey } from '../saml/keys.ts';
import type { Measured } from './process.ts';
import { CONSUMER, ENTITIES } from './seed.ts';
import { ask } from './sso.ts';
import type { Stall } from './stall.ts';

/** Where, as whom and for whom a SAML sign-in is repeated. */
export type SamlTarget = { readonly url: string; readonly cookie: string; readonly key: TestKey };

/** How a request comes, and whether its answer is encrypted. */
export type Manner = {
  readonly binding: 'redirect' | 'post';
  readonly signed: boolean;
  readonly entity: keyof typeof ENTITIES;
};

/** A request ready to be sent: a query or a form. */
type Request = { readonly binding: Manner['binding']; readonly text: string; readonly entity: Manner['entity'] };

const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const AT_ONCE = 4;
const ROUNDS = 5;

function writeRequest({ url }: SamlTarget, { entity }: Manner): string {
  return (
    '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"' +
    ` ID="_${randomBytes(16).toString('hex')}" Version="2.0" IssueInstant="${new Date().toISOString()}"` +
    ` Destination="${url}/saml/sso" AssertionConsumerServiceURL="${CONSUMER}">` +
    `<saml:Issuer>${ENTITIES[entity]}</saml:Issuer>` +
    '<samlp:NameIDPolicy AllowCreate="true" Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"/>' +
    '</samlp:AuthnRequest>'
  );
}

function withSignature(xml: string, { privateKey, pem }: TestKey): string {
  const signer = new SignedXml({
    privateKey,
    publicCert: pem,
    signatureAlgorithm: RSA_SHA256,
    canonicalizationAlgorithm: EXCLUSIVE,
  });
  const digestAlgorithm = 'http://www.w3.org/2001/04/xmlenc#sha256';
  signer.addReference({ xpath: '/*', transforms: [ENVELOPED, EXCLUSIVE], digestAlgorithm });
  signer.computeSignature(xml, { location: { reference: "/*/*[local-name(.)='Issuer']", action: 'after' } });
  return signer.getSignedXml();
}

function makeRequest(target: SamlTarget, manner: Manner): Request {
  const { binding, signed, entity } = manner;
  const xml = writeRequest(target, manner);
  if (binding === 'post') {
    const whole = signed ? withSignature(xml, target.key) : xml;
    const form = new URLSearchParams({ SAMLRequest: Buffer.from(whole).toString('base64'), RelayState: 'bench' });
    return { binding, text: form.toString(), entity };
  }
  const query = new URLSearchParams({ SAMLRequest: deflateRawSync(xml).toString('base64'), RelayState: 'bench' });
  if (signed) {
    query.set('SigAlg', RSA_SHA256);
    query.set('Signature', createSign('sha256').update(query.toString()).sign(target.key.privateKey, 'base64'));
  }
  return { binding, text: query.toString(), entity };
}

let sent = 0;

/** Sends a request and fetches its answer: as a browser does that POST led to us, by a second request with the cookies. */
async function fetchAnswer({ url, cookie }: SamlTarget, { binding, text, entity }: Request): Promise<void> {
  sent += 1;
  const forwarded = { 'x-forwarded-for': `10.${(sent >> 8) & 0xff}.${sent & 0xff}.1` };
  let address = `${url}/saml/sso?${text}`;
  if (binding === 'post') {
    const headers = { ...forwarded, 'content-type': 'application/x-www-form-urlencoded' };
    const posted = await ask(`${url}/saml/sso`, 'POST', headers, text);
    address = `${url}${posted.location ?? `/not-taken/${posted.status}`}`;
  }
  const answer = await ask(address, 'GET', { ...forwarded, cookie });
  const value = /name="SAMLResponse" value="([^"]+)"/u.exec(answer.body)?.[1] ?? '';
  const xml = Buffer.from(value, 'base64').toString();
  if (!xml.includes(entity === 'encrypted' ? '<saml:EncryptedAssertion' : '<saml:Assertion'))
    throw new Error(`no answer: ${answer.status} ${answer.location ?? ''} ${answer.body.slice(0, 300)} ${xml}`);
}

/** What a figure was in several rounds. */
export type Rounds = { readonly median: number; readonly least: number };

function roundsOf(values: readonly number[]): Rounds {
  const inOrder = values.toSorted((a, b) => a - b);
  return { median: inOrder[inOrder.length >> 1] ?? 0, least: inOrder[0] ?? 0 };
}

/** Processor milliseconds of the server for one answer, after `warmUp` uncounted ones; `count` in each round. */
export async function costOfAnswer(
  server: Measured,
  target: SamlTarget,
  manner: Manner,
  warmUp: number,
  count: number,
): Promise<Rounds> {
  const repeat = async (times: number): Promise<void> => {
    for (let done = 0; done < times; done += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, () => fetchAnswer(target, makeRequest(target, manner))));
  };
  await repeat(warmUp);
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = server.cpu();
    await repeat(count);
    costs.push((server.cpu() - before) / count);
  }
  return roundsOf(costs);
}

/** How long nothing else is served while so many answers are made at once; the requests are ready beforehand. */
export async function stallWhileAnswering(
  server: Measured,
  target: SamlTarget,
  manner: Manner,
  atOnce: number,
): Promise<{ readonly [K in keyof Stall]: Rounds }> {
  const stalls: Stall[] = [];
  // The first rounds run on code that is compiled meanwhile.
  for (let round = -ROUNDS; round < 2 * ROUNDS; round += 1) {
    const requests = Array.from({ length: atOnce }, () => makeRequest(target, manner));
    await server.stall();
    await Promise.all(requests.map((request) => fetchAnswer(target, request)));
    const stall = await server.stall();
    if (round >= 0) stalls.push(stall);
  }
  return {
    longest: roundsOf(stalls.map(({ longest }) => longest)),
    busiest: roundsOf(stalls.map(({ busiest }) => busiest)),
  };
}
