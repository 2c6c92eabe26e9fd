/**
 * What is at the bottom of a SAML answer, each in processor milliseconds: one signature as every answer has two of
 * (RSA-2048, SHA-256), and an answer of the bare library with a signed assertion in a signed response, without any
 * session, database or page. Run as a process of its own, told how often; prints the two as JSON.
 */
import { createPrivateKey, randomBytes, sign } from 'node:crypto';
import * as samlify from 'samlify';
import { makeKey } from '../saml/keys.ts';

/** What is printed. */
export type Bottom = { readonly signature: number; readonly bare: number };

const COUNT = Number(process.argv[2]);
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
const key = makeKey();
const consumer = 'http://localhost:9/acs';

const names = ['uid', 'username', 'preferred_username', 'name', 'displayName', 'first_name', 'email', 'mail'];
const us = samlify.IdentityProvider({
  entityID: 'http://localhost:9/saml/metadata',
  privateKey: key.privateKey,
  signingCert: key.certificate,
  messageSigningOrder: 'sign-then-encrypt',
  nameIDFormat: [PERSISTENT],
  singleSignOnService: [{ Binding: POST, Location: 'http://localhost:9/saml/sso' }],
  singleLogoutService: [{ Binding: POST, Location: 'http://localhost:9/saml/slo' }],
  loginResponseTemplate: {
    context: samlify.SamlLib.defaultLoginResponseTemplate.context,
    attributes: names.map((name) => ({
      name,
      valueTag: name,
      nameFormat: 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic',
      valueXsiType: 'xs:string',
    })),
  },
});
const them = samlify.ServiceProvider({
  entityID: 'http://localhost:9/them',
  wantAssertionsSigned: true,
  wantMessageSigned: true,
  nameIDFormat: [PERSISTENT],
  assertionConsumerService: [{ Binding: POST, Location: consumer }],
});

async function bareAnswer(): Promise<void> {
  const newId = (): string => `_${randomBytes(16).toString('hex')}`;
  const request = { extract: { request: { id: newId() } } };
  const fill = (template: string): { id: string; context: string } => {
    const id = newId();
    const [now, soon] = [new Date(), new Date(Date.now() + 300_000)].map((time) => time.toISOString());
    const values = {
      ID: id,
      AssertionID: newId(),
      Destination: consumer,
      Audience: 'http://localhost:9/them',
      SubjectRecipient: consumer,
      AssertionConsumerServiceURL: consumer,
      NameIDFormat: PERSISTENT,
      NameID: 'alice',
      Issuer: 'http://localhost:9/saml/metadata',
      IssueInstant: now,
      ConditionsNotBefore: now,
      ConditionsNotOnOrAfter: soon,
      SubjectConfirmationDataNotOnOrAfter: soon,
      StatusCode: 'urn:oasis:names:tc:SAML:2.0:status:Success',
      InResponseTo: request.extract.request.id,
      AuthnStatement: '',
      ...Object.fromEntries(names.map((name) => [`attr${name[0]?.toUpperCase()}${name.slice(1)}`, 'alice'])),
    };
    return { id, context: samlify.SamlLib.replaceTagsByValue(template, values) };
  };
  const { context } = await us.createLoginResponse(them, request, 'post', {}, { customTagReplacement: fill });
  const xml = Buffer.from(context, 'base64').toString();
  if ((xml.match(/<ds:SignatureValue>/gu) ?? []).length !== 2) throw new Error(`not signed twice: ${xml}`);
}

async function costOf(work: () => Promise<void> | void): Promise<number> {
  for (let done = 0; done < COUNT / 4; done += 1) await work();
  const before = process.cpuUsage();
  for (let done = 0; done < COUNT; done += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / COUNT;
}

const octets = randomBytes(1000);
const privateKey = createPrivateKey(key.privateKey);
const bottom: Bottom = {
  signature: await costOf(() => void sign('RSA-SHA256', octets, privateKey)),
  bare: await costOf(bareAnswer),
};
process.stdout.write(JSON.stringify(bottom));
