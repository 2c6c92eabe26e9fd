import { refuse } from './problem.ts';

/** How much one document may hold. `size` is in UTF-16 units of text; `attributes` counts those of one element. */
export type Limits = {
  readonly size: number;
  readonly depth: number;
  readonly elements: number;
  readonly attributes: number;
};

/** One start tag: its name as written and the namespace it is in ('' for none). */
export type Start = { readonly name: string; readonly namespace: string; readonly attributes: number };

// XML 1.0 §2.3 and Namespaces in XML 1.0 §3 without the planes beyond the first, which the parser does not know either.
const START =
  'A-Z_a-z\\xC0-\\xD6\\xD8-\\xF6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C-\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD';
const NCNAME = `[${START}][${START}\\-.0-9\\xB7\\u0300-\\u036F\\u203F-\\u2040]*`;
const NAME = `(?:(${NCNAME}):)?(${NCNAME})`;
const SPACE = '[ \\t\\r\\n]';

const OPENING = new RegExp(`<${NAME}`, 'y');
const ATTRIBUTE = new RegExp(`${SPACE}+${NAME}${SPACE}*=${SPACE}*(?:"([^<"]*)"|'([^<']*)')`, 'y');
const OPENING_END = new RegExp(`${SPACE}*(/?)>`, 'y');
const CLOSING = new RegExp(`</(${NCNAME}(?::${NCNAME})?)${SPACE}*>`, 'y');
const TEXT = /[^<]+/y;
const BLANK = /^[ \t\r\n]*$/;
const IS_NCNAME = new RegExp(`^${NCNAME}$`);

/**
 * Characters that XML 1.0 does not know, and two that it knows and the parser, following XML 1.1, turns into line feeds:
 * a text that two programs read differently is not read at all.
 */
const ILLEGAL = /[^\t\n\r\u0020-\u0084\u0086-\u2027\u2029-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const REFERENCE = /&(?:(?:amp|lt|gt|quot|apos);|#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));)?/g;
const XML_DECLARATION =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(["'])1\.0\1(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(["'])(?:utf-8|us-ascii)\2)?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(["'])(?:yes|no)\3)?[ \t\r\n]*\?>/i;

const XML = 'http://www.w3.org/XML/1998/namespace';
const XMLNS = 'http://www.w3.org/2000/xmlns/';
const XHTML = 'http://www.w3.org/1999/xhtml';
/**
 * Absolute, without white space, and nothing in it that is written differently in canonical form; not long, because the
 * canonical form repeats it at every element that uses it.
 */
const NAMESPACE_NAME = /^(?=.{1,256}$)[A-Za-z][A-Za-z0-9+.-]*:[\x21\x23-\x25\x27-\x3b\x3d\x3f-\x7e]*$/;

/**
 * The most prefixes in force at one element. Whoever declares one more copies them all, here and in the parser; real
 * documents, federations' among them, have some fifteen.
 */
const MOST_PREFIXES = 100;

/** Whether a text is an xs:NCName, as identifiers are. */
export function isNcName(text: string): boolean {
  return IS_NCNAME.test(text);
}

/** The text without the byte order mark and XML declaration it may begin with. */
export function withoutDeclaration(text: string): string {
  const marked = text.startsWith('\uFEFF') ? text.slice(1) : text;
  return marked.replace(XML_DECLARATION, '');
}

function checkReferences(text: string): void {
  if (!text.includes('&')) return;
  for (const [whole, hex, decimal] of text.matchAll(REFERENCE)) {
    if (whole === '&') refuse('xml_invalid');
    const number = hex === undefined ? decimal : `0x${hex}`;
    if (number === undefined) continue;
    const code = Number(number);
    if (code > 0x10ffff || ILLEGAL.test(String.fromCodePoint(code))) refuse('xml_invalid');
  }
}

/** A name the parser would find on every JavaScript object, or that XML keeps for itself. */
function checkName(prefix: string | undefined, local: string): void {
  for (const part of [prefix, local]) if (part !== undefined && part in Object.prototype) refuse('xml_namespace');
  if (prefix === undefined && local !== 'xmlns' && /^xml/i.test(local)) refuse('xml_namespace');
}

function declare(scope: Map<string, string>, prefix: string, name: string): void {
  if (prefix === 'xmlns' || prefix === 'xml' || !NAMESPACE_NAME.test(name)) refuse('xml_namespace');
  if (name === XML || name === XMLNS || name === XHTML) refuse('xml_namespace');
  scope.set(prefix, name);
}

type Attribute = { prefix: string | undefined; local: string; value: string };

function readAttributes(xml: string, from: number, most: number): { list: Attribute[]; end: number } {
  const list: Attribute[] = [];
  ATTRIBUTE.lastIndex = from;
  for (let match = ATTRIBUTE.exec(xml); match !== null; match = ATTRIBUTE.exec(xml)) {
    const [, prefix, local = '', double, single] = match;
    if (list.length === most) refuse('xml_complex');
    checkName(prefix, local);
    const value = double ?? single ?? '';
    checkReferences(value);
    list.push({ prefix, local, value });
    from = ATTRIBUTE.lastIndex;
  }
  return { list, end: from };
}

/** The declarations in force inside the element; refuses attributes that mean the same one twice (Namespaces §6.3). */
function scopeOf(list: readonly Attribute[], outer: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const declarations = list.filter(({ prefix, local }) => prefix === 'xmlns' || (!prefix && local === 'xmlns'));
  const scope = declarations.length === 0 ? outer : new Map(outer);
  const seen = new Set<string>();
  for (const { prefix, local, value } of declarations)
    declare(scope as Map<string, string>, prefix === undefined ? '' : local, value);
  if (scope.size > MOST_PREFIXES) refuse('xml_complex');
  for (const { prefix, local } of list) {
    const namespace = prefix === undefined ? '' : prefix === 'xmlns' ? XMLNS : scope.get(prefix);
    const name = `${namespace ?? refuse('xml_namespace')} ${local}`;
    if (seen.has(name)) refuse('xml_invalid');
    seen.add(name);
  }
  return scope;
}

/**
 * Reads a document strictly, as XML 1.0 and Namespaces in XML 1.0 define them, and returns its start tags in order. It is
 * narrower than both: no DOCTYPE, processing instruction, comment or CDATA section, no declaration that takes a namespace
 * back, no relative or escaped namespace name, no reserved prefix. The parser that makes the tree is lenient; what passes
 * here leaves it nothing to be lenient about.
 * @param xml without XML declaration.
 * @throws {UserError} saml_message_invalid: too_large, xml_forbidden, xml_invalid, xml_namespace, xml_complex.
 */
export function readStrictly(xml: string, limits: Limits): Start[] {
  if (xml.length > limits.size) refuse('too_large');
  if (xml.includes('<!') || xml.includes('<?')) refuse('xml_forbidden');
  if (ILLEGAL.test(xml)) refuse('xml_invalid');
  const starts: Start[] = [];
  const open: { name: string; scope: ReadonlyMap<string, string> }[] = [];
  let scope: ReadonlyMap<string, string> = new Map([['xml', XML]]);
  for (let at = 0; at < xml.length;) {
    TEXT.lastIndex = CLOSING.lastIndex = OPENING.lastIndex = at;
    const text = TEXT.exec(xml)?.[0];
    if (text !== undefined) {
      if (open.length === 0 ? !BLANK.test(text) : text.includes(']]>')) refuse('xml_invalid');
      checkReferences(text);
      at = TEXT.lastIndex;
      continue;
    }
    const closing = CLOSING.exec(xml)?.[1];
    if (closing !== undefined) {
      const last = open.pop();
      if (last?.name !== closing) refuse('xml_invalid');
      scope = last.scope;
      at = CLOSING.lastIndex;
      continue;
    }
    const opening = OPENING.exec(xml);
    if (opening === null || (open.length === 0 && starts.length > 0)) refuse('xml_invalid');
    const [, prefix, local = ''] = opening;
    checkName(prefix, local);
    const { list, end } = readAttributes(xml, OPENING.lastIndex, limits.attributes);
    OPENING_END.lastIndex = end;
    const ending = OPENING_END.exec(xml) ?? refuse('xml_invalid');
    const inner = scopeOf(list, scope);
    const namespace = inner.get(prefix ?? '') ?? (prefix === undefined ? '' : refuse('xml_namespace'));
    const name = prefix === undefined ? local : `${prefix}:${local}`;
    starts.push({ name, namespace, attributes: list.length });
    if (starts.length > limits.elements || open.length >= limits.depth) refuse('xml_complex');
    if (ending[1] === '') {
      open.push({ name, scope });
      scope = inner;
    }
    at = OPENING_END.lastIndex;
  }
  if (open.length > 0 || starts.length === 0) refuse('xml_invalid');
  return starts;
}
