import { createHash } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import { attributeOf, childrenOf, everyElement, isNamed, NAMESPACES, textOf, type XmlDocument } from './document.ts';
import { DIGESTS, isSignatureAlgorithm, publicKeys, verifies } from './signature-algorithms.ts';
import { refuse } from './problem.ts';
import { isNcName } from './well-formed.ts';

const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const MOST_PREFIXES = 30;

/** Child elements that must be exactly these, in this order. */
function exactly(parent: Element, names: readonly string[]): Element[] {
  const children = childrenOf(parent);
  const isRight = (child: Element, index: number): boolean => isNamed(child, NAMESPACES.signature, names[index] ?? '');
  return children.length === names.length && children.every(isRight) ? children : refuse('signature_structure');
}

/** The element's algorithm; it must say nothing but that. */
function algorithmOf(element: Element | undefined): string {
  if (element === undefined || childrenOf(element).length > 0) refuse('signature_structure');
  const name = attributeOf(element, 'Algorithm');
  return name === undefined || element.attributes.length !== 1 ? refuse('signature_structure') : name;
}

function base64Of(element: Element | undefined): string {
  if (element === undefined || element.attributes.length > 1) refuse('signature_structure');
  const text = textOf(element, 20_000).replace(/[ \t\r\n]/g, '');
  return BASE64.test(text) ? text : refuse('signature_structure');
}

/**
 * Exclusive canonicalisation without comments. Prefixes may be named that are to be kept although nothing uses them
 * (Exclusive XML Canonicalization §3): some libraries always do, and it changes no value.
 */
function checkCanonicalisation(transform: Element | undefined): void {
  if (transform === undefined || attributeOf(transform, 'Algorithm') !== NAMESPACES.exclusive)
    refuse('signature_structure');
  const [inclusive, ...others] = childrenOf(transform);
  if (inclusive === undefined) return;
  const isRight = isNamed(inclusive, NAMESPACES.exclusive, 'InclusiveNamespaces') && childrenOf(inclusive).length === 0;
  const prefixes = (attributeOf(inclusive, 'PrefixList') ?? '').split(/[ \t\r\n]+/).filter((prefix) => prefix !== '');
  const isHarmless = prefixes.every((prefix) => prefix === '#default' || isNcName(prefix));
  if (!isRight || others.length > 0 || !isHarmless || prefixes.length > MOST_PREFIXES) refuse('signature_structure');
}

function checkReference(reference: Element | undefined, rootId: string): void {
  if (reference === undefined || attributeOf(reference, 'URI') !== `#${rootId}`) refuse('signature_structure');
  const [transforms, digestMethod, digestValue] = exactly(reference, ['Transforms', 'DigestMethod', 'DigestValue']);
  if (transforms === undefined) refuse('signature_structure');
  const [enveloped, canonical] = exactly(transforms, ['Transform', 'Transform']);
  if (algorithmOf(enveloped) !== ENVELOPED) refuse('signature_structure');
  checkCanonicalisation(canonical);
  if (!DIGESTS.has(algorithmOf(digestMethod))) refuse('signature_algorithm');
  base64Of(digestValue);
}

/** Every signature in a document, wherever it stands. */
export function signaturesIn({ root }: XmlDocument): Element[] {
  return everyElement(root).filter((element) => isNamed(element, NAMESPACES.signature, 'Signature'));
}

/** The signature of the root, after checking that it is one of the single form that is ever verified. */
function signatureOf(document: XmlDocument): { element: Element; algorithm: string } {
  const { root } = document;
  const [element, second] = signaturesIn(document);
  if (element === undefined) refuse('signature_missing');
  if (second !== undefined) refuse('signature_structure');
  // SAML Core §3.2.1: after Issuer; SAML Metadata §2.3.1 and §2.3.2: first.
  const [first, next] = childrenOf(root);
  const isAfterIssuer = first !== undefined && isNamed(first, NAMESPACES.assertion, 'Issuer') && next === element;
  if (first !== element && !isAfterIssuer) refuse('signature_place');
  const rootId = attributeOf(root, 'ID');
  if (rootId === undefined || !isNcName(rootId)) refuse('id_invalid');

  const hasKeyInfo = childrenOf(element).length === 3;
  const [signedInfo, value] = exactly(element, ['SignedInfo', 'SignatureValue', ...(hasKeyInfo ? ['KeyInfo'] : [])]);
  if (signedInfo === undefined) refuse('signature_structure');
  const [canonical, method, reference] = exactly(signedInfo, [
    'CanonicalizationMethod',
    'SignatureMethod',
    'Reference',
  ]);
  if (algorithmOf(canonical) !== NAMESPACES.exclusive) refuse('signature_structure');
  const algorithm = algorithmOf(method);
  if (!isSignatureAlgorithm(algorithm)) refuse('signature_algorithm');
  checkReference(reference, rootId);
  base64Of(value);
  return { element, algorithm };
}

/** The library's verification with our own algorithms and keys in the place of its own. */
function verifier(algorithm: string, certificates: readonly string[]): SignedXml {
  const keys = publicKeys(certificates);
  const [first] = keys;
  if (first === undefined) refuse('signature_key_missing');
  // All keys are tried by the class below; the library only asks that there be one.
  const signed = new SignedXml({ publicCert: first, getCertFromKeyInfo: () => null });
  signed.idAttributes = ['ID'];
  signed.HashAlgorithms = Object.fromEntries(
    Array.from(DIGESTS, ([uri, hash]) => [
      uri,
      class {
        getAlgorithmName = () => uri;
        getHash = (xml: string) => createHash(hash).update(xml, 'utf8').digest('base64');
      },
    ]),
  );
  signed.SignatureAlgorithms = {
    [algorithm]: class {
      getAlgorithmName = () => algorithm;
      getSignature = (): never => refuse('signature_invalid');
      verifySignature = (text: string, _key: unknown, value: string) =>
        verifies(text, Buffer.from(value, 'base64'), algorithm, keys);
    },
  };
  return signed;
}

/**
 * Verifies the signature that the root element of a document carries, and returns the canonical text of that element as
 * it was signed, without the signature. Read values from a parse of this text only, never from the document: whatever
 * it held besides is not in there.
 *
 * Taken is one form of signature alone (SAML Core §5.4, narrower where it leaves a choice): the only ds:Signature of the
 * document, first child of the root or right after its Issuer, with one Reference to the root's ID, the transforms
 * enveloped-signature and exclusive canonicalisation without comments, SHA-2 digests, the algorithms of
 * `isSignatureAlgorithm`, and no ds:Object. Keys come from the certificates given, each of which is tried; what KeyInfo
 * says is ignored. Expired certificates verify (`publicKeys`).
 * @param certificates DER in base64, without line breaks.
 * @throws {UserError} saml_message_invalid: signature_missing, signature_place, signature_structure,
 * signature_algorithm, signature_key_missing, signature_invalid, id_invalid.
 */
export function verifyEnveloped(document: XmlDocument, certificates: readonly string[]): string {
  const { element, algorithm } = signatureOf(document);
  const signed = verifier(algorithm, certificates);
  try {
    signed.loadSignature(element);
    if (!signed.checkSignature(document.xml)) refuse('signature_invalid');
  } catch {
    refuse('signature_invalid');
  }
  const [canonical, ...others] = signed.getSignedReferences();
  return canonical === undefined || others.length > 0 ? refuse('signature_invalid') : canonical;
}

/**
 * Whether one of the certificates' keys made the signature over these octets (SAML Bindings §3.4.4.1). ECDSA signatures
 * are the two numbers one after the other, as in XML Signature 1.1 §6.4.3.
 * @param certificates DER in base64, without line breaks; expired ones count.
 * @throws {UserError} saml_message_invalid: signature_algorithm.
 */
export function verifyOctets(
  octets: string,
  signature: Buffer,
  algorithmUri: string,
  certificates: readonly string[],
): boolean {
  if (!isSignatureAlgorithm(algorithmUri)) refuse('signature_algorithm');
  return verifies(octets, signature, algorithmUri, publicKeys(certificates));
}
