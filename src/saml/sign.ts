import { hash, randomBytes, sign, type KeyObject } from 'node:crypto';
import { EXCLUSIVE, NAMESPACES, RSA_SHA256 } from './vocabulary.ts';
import { canonical, element, type Element } from './xml.ts';

/** What a message is signed with, and the certificate (DER, base64) that goes along. */
export type Signer = { readonly privateKey: KeyObject; readonly certificate: string };

const ENVELOPED = `${NAMESPACES.ds}enveloped-signature`;
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

/** A new identifier of a message or assertion: 128 random bits, as an XML name (SAML Core §1.3.4). */
export function newId(): string {
  return `_${randomBytes(16).toString('hex')}`;
}

function signedInfo(id: string, digest: string): Element {
  return element(
    'ds:SignedInfo',
    {},
    element('ds:CanonicalizationMethod', { Algorithm: EXCLUSIVE }),
    element('ds:SignatureMethod', { Algorithm: RSA_SHA256 }),
    element(
      'ds:Reference',
      { URI: `#${id}` },
      element(
        'ds:Transforms',
        {},
        element('ds:Transform', { Algorithm: ENVELOPED }),
        element('ds:Transform', { Algorithm: EXCLUSIVE }),
      ),
      element('ds:DigestMethod', { Algorithm: SHA256 }),
      element('ds:DigestValue', {}, digest),
    ),
  );
}

/** The certificate as a signature or metadata carries it (XML Signature §4.4.4). */
export function keyInfo(certificate: string): Element {
  return element('ds:KeyInfo', {}, element('ds:X509Data', {}, element('ds:X509Certificate', {}, certificate)));
}

/**
 * The element with an enveloped signature over it (RSA-SHA256, exclusive canonicalization; SAML Core §5) put before its
 * child number `place`. The element must have an ID, and what it is put into may not use the prefix `ds` further out.
 */
export function signed(root: Element, place: number, { privateKey, certificate }: Signer): Element {
  const id = root.attributes['ID'];
  if (id === undefined) throw new TypeError('what is signed has an ID');
  const info = signedInfo(id, hash('sha256', canonical(root), 'base64'));
  const value = sign('RSA-SHA256', Buffer.from(canonical(info)), privateKey).toString('base64');
  const signature = element('ds:Signature', {}, info, element('ds:SignatureValue', {}, value), keyInfo(certificate));
  return { ...root, children: root.children.toSpliced(place, 0, signature) };
}
