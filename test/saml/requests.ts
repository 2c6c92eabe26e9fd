import { execFileSync, spawnSync } from 'node:child_process';
import { createSign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { SignedXml } from 'xml-crypto';
import { expect } from 'vitest';
import { UserError } from '../../src/errors.ts';
import type { TestKey } from './keys.ts';

export const SSO = 'https://aluco.example/saml/sso';
export const BLOG = 'https://blog.example/saml/metadata';
export const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
export const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

/** A sign-in request as most programs write it; `inside` follows the issuer. */
export function authnRequest({ attributes = '', inside = '', id = '_r1', issuer = BLOG } = {}): string {
  return (
    '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"' +
    ` ID="${id}" Version="2.0" IssueInstant="2026-11-27T09:00:00Z" Destination="${SSO}"${attributes}>` +
    `<saml:Issuer>${issuer}</saml:Issuer>${inside}</samlp:AuthnRequest>`
  );
}

/** A logout request as most programs write it. */
export function logoutRequest({
  attributes = '',
  inside = '<samlp:SessionIndex>s1</samlp:SessionIndex>',
} = {}): string {
  return (
    '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"' +
    ` ID="_l1" Version="2.0" IssueInstant="2026-11-27T09:00:00Z"${attributes}>` +
    `<saml:Issuer>${BLOG}</saml:Issuer><saml:NameID>owl</saml:NameID>${inside}</samlp:LogoutRequest>`
  );
}

type Signing = { algorithm?: string; digest?: string; xpath?: string; transforms?: string[] };

/** Signs a message as a service provider does, the signature after the issuer. */
export function signed(xml: string, key: TestKey, more: Signing = {}): string {
  const signer = new SignedXml({
    privateKey: key.privateKey,
    publicCert: key.pem,
    signatureAlgorithm: more.algorithm ?? RSA_SHA256,
    canonicalizationAlgorithm: EXCLUSIVE,
  });
  signer.addReference({
    xpath: more.xpath ?? '/*',
    transforms: more.transforms ?? [ENVELOPED, EXCLUSIVE],
    digestAlgorithm: more.digest ?? SHA256,
  });
  signer.computeSignature(xml, { location: { reference: "/*/*[local-name(.)='Issuer']", action: 'after' } });
  return signer.getSignedXml();
}

/** Whether xmlsec1 is there: tests that need it are skipped without it, and their names say so. */
export const hasXmlsec = spawnSync('xmlsec1', ['--version']).status === 0;

/** Fills in a signature template, which is a signed message with other algorithms or transforms, by xmlsec1. */
export function signedByXmlsec(template: string, key: TestKey): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'aluco-xmlsec-'));
  const [file, keyFile] = [path.join(folder, 'request.xml'), path.join(folder, 'key.pem')];
  writeFileSync(
    file,
    template.replace(/<KeyInfo>.*<\/KeyInfo>/, '').replace(/(?<=<(DigestValue|SignatureValue)>)[^<]+/g, ''),
  );
  writeFileSync(keyFile, key.privateKey);
  const node = 'urn:oasis:names:tc:SAML:2.0:protocol:AuthnRequest';
  const args = ['--sign', '--privkey-pem', keyFile, '--id-attr:ID', node, file];
  const xml = execFileSync('xmlsec1', args, { encoding: 'utf8', stdio: 'pipe' });
  rmSync(folder, { recursive: true });
  return xml;
}

/** The form of the POST binding. */
export function form(xml: string, relayState?: string, field = 'SAMLRequest'): string {
  const fields = new URLSearchParams({ [field]: Buffer.from(xml).toString('base64') });
  if (relayState !== undefined) fields.set('RelayState', relayState);
  return fields.toString();
}

/** The value of SAMLRequest in the Redirect binding, escaped. */
export function packed(xml: string): string {
  return encodeURIComponent(deflateRawSync(Buffer.from(xml)).toString('base64'));
}

/** A signed query of the Redirect binding. */
export function signedQuery(
  xml: string,
  key: TestKey,
  relayState?: string,
  algorithm = RSA_SHA256,
  field = 'SAMLRequest',
): string {
  const state = relayState === undefined ? '' : `&RelayState=${encodeURIComponent(relayState)}`;
  const octets = `${field}=${packed(xml)}${state}&SigAlg=${encodeURIComponent(algorithm)}`;
  const signature = createSign('sha256').update(octets).sign(key.privateKey, 'base64');
  return `${octets}&Signature=${encodeURIComponent(signature)}`;
}

/** Why a message is refused; fails if it is taken, or fails in any other way than by a refusal. */
export function reasonOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.code).toBe('saml_message_invalid');
    return String(error.params['reason']);
  }
  return 'taken';
}
