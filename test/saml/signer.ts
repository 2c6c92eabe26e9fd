import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { selfSigned } from '../../src/saml/certificate.ts';
import type { Signer } from '../../src/saml/sign.ts';

const DAY = 86_400_000;

/** A key with a certificate, as a house or a service provider has one. */
export function newSigner(name: string): Signer & { readonly notAfter: number } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const notBefore = Math.floor(Date.now() / DAY) * DAY - DAY;
  const notAfter = notBefore + 3650 * DAY;
  return { privateKey, certificate: selfSigned(privateKey, { name, notBefore, notAfter }), notAfter };
}

/** A certificate (DER, base64) as programs take it from a file. */
export function pemOf(certificate: string): string {
  return new X509Certificate(Buffer.from(certificate, 'base64')).toString();
}

/** The private key as programs take it from a file. */
export function keyPemOf({ privateKey }: Signer): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
