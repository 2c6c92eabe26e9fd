import { X509Certificate, type KeyObject } from 'node:crypto';
import { ENCRYPTION_ALGORITHMS, type ServiceProviderSettings } from '../applications/applications.ts';
import { attributeOf, childrenNamed, NAMESPACES, textOf } from './document.ts';
import { refuseMetadata } from './metadata-problem.ts';

type Keys = Pick<ServiceProviderSettings, 'signingCertificates' | 'encryptionCertificates' | 'encryptionAlgorithms'>;
type Algorithm = Keys['encryptionAlgorithms'][number];

const ENCRYPTION = 'http://www.w3.org/2001/04/xmlenc#';
const ENCRYPTION_11 = 'http://www.w3.org/2009/xmlenc11#';
const TRANSPORTS = [`${ENCRYPTION}rsa-oaep-mgf1p`, `${ENCRYPTION_11}rsa-oaep`];
const OLD_TRANSPORT = `${ENCRYPTION}rsa-1_5`;
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1'];
const LEAST_BITS = 2048;
const MOST_BITS = 8192;
const MOST_CERTIFICATES = 10;

/** What one key may be used for. */
type Key = { readonly certificate: string; readonly signs: boolean; readonly encrypts: boolean };

function algorithmOf(uri: string): Algorithm | undefined {
  return ENCRYPTION_ALGORITHMS.find((name) => uri === `${name.endsWith('gcm') ? ENCRYPTION_11 : ENCRYPTION}${name}`);
}

/** @throws {UserError} metadata_invalid: certificate_unreadable */
function open(text: string): { certificate: X509Certificate; key: KeyObject } {
  const base64 = text.replace(/\s/gu, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/u.test(base64) || base64.length > 16_000) refuseMetadata('certificate_unreadable');
  try {
    const certificate = new X509Certificate(Buffer.from(base64, 'base64'));
    return { certificate, key: certificate.publicKey };
  } catch {
    return refuseMetadata('certificate_unreadable');
  }
}

/**
 * What a certificate's key is good for. A certificate is the wrapping of its key and nothing more (SAML Metadata
 * Interoperability Profile §2.6.1): issuer and dates bind nobody; dates that are over are remarked.
 * @throws {UserError} metadata_invalid: certificate_unreadable, certificate_weak, certificate_large.
 */
function keyOf(text: string, now: number, remark: (key: string) => void): Key | undefined {
  const { certificate, key } = open(text);
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  const isRsa = key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'rsa-pss';
  if (isRsa && modulusLength < LEAST_BITS) refuseMetadata('certificate_weak', { bits: modulusLength });
  if (isRsa && modulusLength > MOST_BITS) refuseMetadata('certificate_large', { bits: modulusLength });
  if (Date.parse(certificate.validTo) < now) remark('certificate_expired');
  if (!isRsa && !(key.asymmetricKeyType === 'ec' && CURVES.includes(namedCurve))) {
    remark('key_kind');
    return undefined;
  }
  return { certificate: certificate.raw.toString('base64'), signs: true, encrypts: key.asymmetricKeyType === 'rsa' };
}

/** The first certificate of each X509Data: what follows it is the chain of its issuers. */
function certificatesOf(descriptor: Element): string[] {
  return childrenNamed(descriptor, NAMESPACES.signature, 'KeyInfo')
    .flatMap((info) => childrenNamed(info, NAMESPACES.signature, 'X509Data'))
    .flatMap((data) => childrenNamed(data, NAMESPACES.signature, 'X509Certificate').slice(0, 1))
    .map((element) => textOf(element, 32_000));
}

/** How a key says it is encrypted to, in its order; undefined if it takes nothing that we can do. */
function methodsOf(descriptor: Element, remark: (key: string) => void): Algorithm[] | undefined {
  const uris = childrenNamed(descriptor, NAMESPACES.metadata, 'EncryptionMethod').map(
    (method) => attributeOf(method, 'Algorithm') ?? '',
  );
  const algorithms = [...new Set(uris.flatMap((uri) => algorithmOf(uri) ?? []))];
  const blocks = uris.filter((uri) => uri !== OLD_TRANSPORT && !TRANSPORTS.includes(uri));
  const transports = uris.filter((uri) => uri === OLD_TRANSPORT || TRANSPORTS.includes(uri));
  if (blocks.some((uri) => algorithmOf(uri) === undefined) || transports.includes(OLD_TRANSPORT)) {
    remark('encryption_method');
  }
  const lacksBlock = blocks.length > 0 && algorithms.length === 0;
  const lacksTransport = transports.length > 0 && transports.every((uri) => uri === OLD_TRANSPORT);
  return lacksBlock || lacksTransport ? undefined : algorithms;
}

/**
 * The keys of a service provider (SAML Metadata §2.4.1.1): for signing, for encryption, or for both where it does not
 * say. Only RSA keys can be encrypted to.
 * @throws {UserError} metadata_invalid: certificate_unreadable, certificate_weak, certificate_large.
 */
export function keysOf(role: Element, now: number, remark: (key: string) => void): Keys {
  const signing = new Set<string>();
  const encryption = new Map<string, Algorithm[]>();
  for (const descriptor of childrenNamed(role, NAMESPACES.metadata, 'KeyDescriptor')) {
    const use = attributeOf(descriptor, 'use');
    const texts = certificatesOf(descriptor);
    if (texts.length === 0) remark('key_without_certificate');
    if (use !== undefined && use !== 'signing' && use !== 'encryption') remark('key_use');
    const methods = use === 'signing' ? undefined : methodsOf(descriptor, remark);
    if (use !== 'signing' && methods === undefined) remark('encryption_impossible');
    for (const key of texts.flatMap((text) => keyOf(text, now, remark) ?? [])) {
      if ((use ?? 'signing') === 'signing' && key.signs) signing.add(key.certificate);
      if ((use ?? 'encryption') !== 'encryption' || methods === undefined) continue;
      if (!key.encrypts) remark('encryption_key_kind');
      else if (!encryption.has(key.certificate)) encryption.set(key.certificate, methods);
    }
  }
  if (signing.size > MOST_CERTIFICATES || encryption.size > MOST_CERTIFICATES) remark('certificates_many');
  const [algorithms = []] = encryption.values();
  return {
    signingCertificates: [...signing].slice(0, MOST_CERTIFICATES),
    encryptionCertificates: [...encryption.keys()].slice(0, MOST_CERTIFICATES),
    encryptionAlgorithms: algorithms,
  };
}
