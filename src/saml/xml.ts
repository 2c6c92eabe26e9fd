import { NAMESPACES, type Prefix } from './vocabulary.ts';

/** An element on its way to be written. A child that is a string is text. */
export type Element = {
  readonly name: `${Prefix}:${string}`;
  readonly attributes: Readonly<Record<string, string | undefined>>;
  readonly children: readonly (Element | string)[];
};

/** Everything that no XML 1.0 document may hold (XML 1.0 §2.2): most control characters, lone surrogates, U+FFFE, U+FFFF. */
const ILLEGAL = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

const TEXT_REFERENCES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };
const VALUE_REFERENCES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

/** Whether XML can carry the text at all. Ask before taking in what may stand in a message one day. */
export function isXmlText(text: string): boolean {
  return !ILLEGAL.test(text);
}

function checked(text: string): string {
  // Whoever took the text in should have refused it. The text itself may be about a person and stays out of the message.
  if (!isXmlText(text)) throw new TypeError('a text that XML cannot carry');
  return text;
}

const escapeText = (text: string): string =>
  checked(text).replaceAll(/[&<>\r]/gu, (sign) => TEXT_REFERENCES[sign] ?? '');

const escapeValue = (text: string): string =>
  checked(text).replaceAll(/[&<"\t\n\r]/gu, (sign) => VALUE_REFERENCES[sign] ?? '');

/** Makes an element. Attributes that are undefined are left out. */
export function element(
  name: Element['name'],
  attributes: Element['attributes'],
  ...children: Element['children']
): Element {
  return { name, attributes, children };
}

/** The attributes in canonical order: by name in code points, `xml:lang` after those without a namespace. */
function attributesOf(attributes: Element['attributes']): string {
  return Object.entries(attributes)
    .toSorted(([a], [b]) => Number(a.includes(':')) - Number(b.includes(':')) || (a < b ? -1 : 1))
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escapeValue(value)}"`))
    .join('');
}

function write({ name, attributes, children }: Element, inScope: readonly string[]): string {
  const prefix = name.slice(0, name.indexOf(':')) as Prefix;
  const isDeclared = inScope.includes(prefix);
  const scope = isDeclared ? inScope : [...inScope, prefix];
  const declaration = isDeclared ? '' : ` xmlns:${prefix}="${NAMESPACES[prefix]}"`;
  const content = children.map((child) => (typeof child === 'string' ? escapeText(child) : write(child, scope)));
  return `<${name}${declaration}${attributesOf(attributes)}>${content.join('')}</${name}>`;
}

/**
 * The element's exclusive canonical form (Exclusive XML Canonicalization 1.0 §3, without comments), which is what is
 * digested and signed: each prefix is declared on the outermost element that uses it. An element within another is
 * written as it would be alone as long as none of its prefixes is used further out.
 * @throws {TypeError} where a text holds what XML cannot carry; see {@link isXmlText}.
 */
export function canonical(root: Element): string {
  return write(root, []);
}

/**
 * A canonical text as it is sent. U+0085 and U+2028 stand in the canonical form as they are, but some readers take them
 * for line ends, as XML 1.1 does, and would change what was signed; a character reference means the same and is left alone.
 */
export function toSend(canonicalText: string): string {
  return canonicalText.replaceAll(/[\u0085\u2028]/gu, (sign) => (sign === '\u0085' ? '&#x85;' : '&#x2028;'));
}

/** A moment (milliseconds) as messages say it, in UTC and whole seconds, rounded down (SAML Core §1.3.3). */
export function instant(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
