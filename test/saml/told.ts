import { constants, createDecipheriv, privateDecrypt, type DecipherGCM } from 'node:crypto';
import { DOMParser } from '@xmldom/xmldom';
import type { TestKey } from './keys.ts';

const isElement = (node: Node): node is Element => node.nodeType === 1;

/** The elements directly inside one, in order. */
export function elementsIn(element: Element): Element[] {
  return Array.from(element.childNodes).filter(isElement);
}

const documentOf = (xml: string): Document => new DOMParser().parseFromString(xml, 'application/xml');

/** The outermost element of a message. */
export function rootOf(xml: string): Element {
  return documentOf(xml).documentElement;
}

/** The first element of a name, anywhere in a message. */
export function find(xml: string, name: string): Element | undefined {
  return documentOf(xml).getElementsByTagNameNS('*', name)[0];
}

/** The texts of all elements of a name. */
export function textsOf(xml: string, name: string): string[] {
  return Array.from(rootOf(xml).getElementsByTagNameNS('*', name), ({ textContent }) => textContent ?? '');
}

/** Every value that a message holds, attributes and texts, each with the path to it. */
export function valuesIn(element: Element, path = element.localName ?? ''): [path: string, value: string][] {
  const attributes = Array.from(element.attributes)
    .filter(({ name }) => !/^xmlns(?::|$)/u.test(name))
    .map(({ name, value }): [string, string] => [`${path}.${name}`, value]);
  const inner = elementsIn(element);
  const text: [string, string][] = inner.length === 0 ? [[path, element.textContent ?? '']] : [];
  return [...attributes, ...text, ...inner.flatMap((child) => valuesIn(child, `${path}.${child.localName}`))];
}

const CIPHERS: Record<string, { name: string; vector: number }> = {
  'aes256-gcm': { name: 'aes-256-gcm', vector: 12 },
  'aes128-gcm': { name: 'aes-128-gcm', vector: 12 },
  'aes256-cbc': { name: 'aes-256-cbc', vector: 16 },
  'aes128-cbc': { name: 'aes-128-cbc', vector: 16 },
};

/** The encrypted assertion of a message, as its service provider reads it. */
export function decrypted(xml: string, { privateKey }: TestKey): string {
  const [wrapped = '', sealed = ''] = textsOf(xml, 'CipherValue');
  const algorithm = find(xml, 'EncryptionMethod')?.getAttribute('Algorithm')?.split('#')[1] ?? '';
  const cipher = CIPHERS[algorithm];
  if (cipher === undefined) throw new Error(`encrypted with ${algorithm}`);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const key = privateDecrypt({ key: privateKey, padding, oaepHash: 'sha1' }, Buffer.from(wrapped, 'base64'));
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv(cipher.name, key, bytes.subarray(0, cipher.vector));
  const isTagged = cipher.name.endsWith('gcm');
  if (isTagged) (decipher as DecipherGCM).setAuthTag(bytes.subarray(-16));
  const body = bytes.subarray(cipher.vector, isTagged ? -16 : undefined);
  return Buffer.concat([decipher.update(body), decipher.final()]).toString();
}

/** The assertion of an answer, decrypted where it is encrypted; nothing where there is none. */
export function assertionIn(xml: string, key: TestKey): string | undefined {
  if (xml.includes('<saml:EncryptedAssertion')) return decrypted(xml, key);
  return /<saml:Assertion[\s\S]*<\/saml:Assertion>/u.exec(xml)?.[0];
}

/** What a service provider learned at a sign-in. */
export type Told = {
  readonly nameId: string;
  readonly sessionIndex: string;
  /** In milliseconds. */
  readonly authnInstant: number;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly assertion: string;
};

/** What an answer tells; fails where it holds no assertion. */
export function toldBy(xml: string, key: TestKey): Told {
  const assertion = assertionIn(xml, key);
  if (assertion === undefined) throw new Error(`no assertion: ${statusesIn(xml).join(' ')}`);
  const statement = find(assertion, 'AuthnStatement');
  const attributes = Array.from(rootOf(assertion).getElementsByTagNameNS('*', 'Attribute'), (element) => [
    element.getAttribute('Name') ?? '',
    elementsIn(element).map(({ textContent }) => textContent ?? ''),
  ]);
  return {
    nameId: find(assertion, 'NameID')?.textContent ?? '',
    sessionIndex: statement?.getAttribute('SessionIndex') ?? '',
    authnInstant: Date.parse(statement?.getAttribute('AuthnInstant') ?? ''),
    attributes: Object.fromEntries(attributes),
    assertion,
  };
}

/** The status codes of an answer, outermost first, without what all begin with. */
export function statusesIn(xml: string): string[] {
  return Array.from(rootOf(xml).getElementsByTagNameNS('*', 'StatusCode'), (code) =>
    (code.getAttribute('Value') ?? '').replace('urn:oasis:names:tc:SAML:2.0:status:', ''),
  );
}
