import { DOMParser } from '@xmldom/xmldom';
import { refuse } from './problem.ts';
import { EXCLUSIVE, NAMESPACES as BY_PREFIX } from './vocabulary.ts';
import { readStrictly, withoutDeclaration, type Limits, type Start } from './well-formed.ts';

/** A parsed document: its root element and the text it was made of, without byte order mark and XML declaration. */
export type XmlDocument = { readonly xml: string; readonly root: Element };

/** The namespaces of what is read, by what stands in each: others choose their own prefixes. */
export const NAMESPACES = {
  protocol: BY_PREFIX.samlp,
  assertion: BY_PREFIX.saml,
  metadata: BY_PREFIX.md,
  signature: BY_PREFIX.ds,
  exclusive: EXCLUSIVE,
} as const;

/** The largest message that is read, in bytes, on the wire and unpacked. */
export const MESSAGE_BYTES = 64 * 1024;

/** What one message may hold. Real ones have some 30 elements. */
export const MESSAGE_LIMITS: Limits = { size: MESSAGE_BYTES, depth: 40, elements: 400, attributes: 40 };

const ELEMENT = 1;
const TEXT = 3;
const ID_NAMES = new Set(['ID', 'Id', 'id', 'iD']);

function parse(xml: string): Element {
  const fail = (): never => refuse('xml_invalid');
  const parser = new DOMParser({ errorHandler: { warning: fail, error: fail, fatalError: fail } });
  return parser.parseFromString(xml, 'text/xml').documentElement ?? refuse('xml_invalid');
}

/** Every element of a tree in document order, the given one first. */
export function everyElement(root: Element): Element[] {
  const found: Element[] = [];
  const visit = (element: Element): void => {
    found.push(element);
    for (const child of childrenOf(element)) visit(child);
  };
  visit(root);
  return found;
}

/** Both readers must have seen the same elements, in the same namespaces. */
function checkAgainst(starts: readonly Start[], elements: readonly Element[]): void {
  const isSame = (element: Element, start: Start | undefined): boolean =>
    element.tagName === start?.name &&
    (element.namespaceURI ?? '') === start.namespace &&
    element.attributes.length === start.attributes;
  if (starts.length !== elements.length || !elements.every((element, index) => isSame(element, starts[index])))
    refuse('xml_invalid');
}

/** An identifier names one element, whichever of the usual attributes carries it and whatever namespace that is in. */
function checkIds(elements: readonly Element[]): void {
  const seen = new Set<string>();
  for (const element of elements)
    for (const { localName, value } of Array.from(element.attributes)) {
      if (!ID_NAMES.has(localName)) continue;
      if (seen.has(value)) refuse('duplicate_id');
      seen.add(value);
    }
}

/**
 * Parses a SAML message or metadata. Refused are: a DOCTYPE, processing instructions (an XML declaration at the start is
 * fine), comments, CDATA sections, whatever is not well-formed, tricks with namespaces (`readStrictly`), identifiers that
 * stand twice (ID, Id, id, xml:id) and what exceeds the limits. Nothing is ever fetched, no entity of one's own exists.
 * So in the tree below the root there are elements and texts only.
 * @throws {UserError} saml_message_invalid: too_large, xml_forbidden, xml_invalid, xml_namespace, xml_complex, duplicate_id.
 */
export function parseDocument(text: string, limits: Limits = MESSAGE_LIMITS): XmlDocument {
  if (text.length > limits.size) refuse('too_large');
  const xml = withoutDeclaration(text);
  const starts = readStrictly(xml, limits);
  const root = parse(xml);
  const elements = everyElement(root);
  checkAgainst(starts, elements);
  checkIds(elements);
  return { xml, root };
}

/** The child elements of an element, in order. */
export function childrenOf(parent: Element): Element[] {
  const children: Element[] = [];
  for (let node = parent.firstChild; node !== null; node = node.nextSibling)
    if (node.nodeType === ELEMENT) children.push(node as Element);
  return children;
}

/** Whether an element has this name in this namespace. */
export function isNamed(element: Element, namespace: string, localName: string): boolean {
  return element.localName === localName && element.namespaceURI === namespace;
}

/** The child elements of that name, in order. */
export function childrenNamed(parent: Element, namespace: string, localName: string): Element[] {
  return childrenOf(parent).filter((child) => isNamed(child, namespace, localName));
}

/**
 * The only child element of that name, if there is one.
 * @throws {UserError} saml_message_invalid: structure, if there are several.
 */
export function childNamed(parent: Element, namespace: string, localName: string): Element | undefined {
  const [first, second] = childrenNamed(parent, namespace, localName);
  return second === undefined ? first : refuse('structure');
}

/** An attribute that is in no namespace; undefined if the element does not have it. */
export function attributeOf(element: Element, name: string): string | undefined {
  return element.getAttributeNode(name)?.value;
}

/**
 * The text of an element that holds nothing else, without the white space around it (that of XML only, as xs:anyURI and
 * its like are read).
 * @throws {UserError} saml_message_invalid: structure, if it holds elements; too_long, beyond `most` UTF-16 units.
 */
export function textOf(element: Element, most: number): string {
  let text = '';
  for (let node = element.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType !== TEXT) refuse('structure');
    text += node.nodeValue ?? '';
  }
  const trimmed = text.replace(/^[ \t\r\n]+/, '').replace(/(?<![ \t\r\n])[ \t\r\n]+$/, '');
  return trimmed.length > most ? refuse('too_long') : trimmed;
}
