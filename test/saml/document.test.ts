import { describe, expect, test } from 'vitest';
import {
  attributeOf,
  childNamed,
  childrenOf,
  MESSAGE_BYTES,
  NAMESPACES,
  parseDocument,
  textOf,
} from '../../src/saml/document.ts';
import { authnRequest, reasonOf } from './requests.ts';

const reason = (xml: string): string => reasonOf(() => parseDocument(xml));

describe('a SAML document', () => {
  test('is read with its attributes, texts and references', () => {
    const { root } = parseDocument(
      `\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n<a b="1 &amp; 2&#x41;" c='"'>\n<d>x &lt; y&#233;</d><e/></a >\n`,
    );
    expect(attributeOf(root, 'b')).toBe('1 & 2A');
    expect(attributeOf(root, 'c')).toBe('"');
    expect(attributeOf(root, 'none')).toBeUndefined();
    expect(childrenOf(root).map((child) => child.tagName)).toEqual(['d', 'e']);
    expect(childrenOf(root).map((child) => textOf(child, 10))).toEqual(['x < yé', '']);
  });

  test('loses the white space around a text, that of XML only', () => {
    expect(textOf(parseDocument('<a> \r\n\t owl \u00A0 \n</a>').root, 10)).toBe('owl \u00A0');
    expect(textOf(parseDocument('<a> \n </a>').root, 10)).toBe('');
  });

  test('has a child of a name once or not at all where one is asked for', () => {
    const { root } = parseDocument(authnRequest({ inside: '<samlp:Scoping/><samlp:Scoping/>' }));
    expect(childNamed(root, NAMESPACES.assertion, 'Issuer')?.tagName).toBe('saml:Issuer');
    expect(childNamed(root, NAMESPACES.protocol, 'Issuer')).toBeUndefined();
    expect(reasonOf(() => childNamed(root, NAMESPACES.protocol, 'Scoping'))).toBe('structure');
  });

  test('gives no text that is too long or has elements in it', () => {
    expect(reasonOf(() => textOf(parseDocument('<a>12345</a>').root, 4))).toBe('too_long');
    expect(reasonOf(() => textOf(parseDocument('<a>1<b/>2</a>').root, 4))).toBe('structure');
  });

  test.each([
    ['<!DOCTYPE a><a/>', 'xml_forbidden'],
    ['<!doctype a [<!ENTITY b "c">]><a>&b;</a>', 'xml_forbidden'],
    ['<a><!-- b --></a>', 'xml_forbidden'],
    ['<a/><!-- b -->', 'xml_forbidden'],
    ['<a><![CDATA[b]]></a>', 'xml_forbidden'],
    ['<?xml-stylesheet href="b"?><a/>', 'xml_forbidden'],
    ['<a><?b c?></a>', 'xml_forbidden'],
    [' <?xml version="1.0"?><a/>', 'xml_forbidden'],
    ['<?xml version="1.1"?><a/>', 'xml_forbidden'],
    ['<?xml version="1.0" encoding="UTF-16"?><a/>', 'xml_forbidden'],
    ['<?xml version="1.0"?><?xml version="1.0"?><a/>', 'xml_forbidden'],
  ])('holds nothing but elements and texts: %j', (xml, expected) => {
    expect(reason(xml)).toBe(expected);
  });

  test.each([
    '',
    ' ',
    'text',
    '<a',
    '<a>',
    '</a>',
    '<a></b>',
    '<a></A>',
    '<a/><b/>',
    '<a/>text',
    'text<a/>',
    '<a b></a>',
    '<a b=c></a>',
    '<a b="1"c="2"/>',
    '<a b="1" b="2"/>',
    '<a b="<"/>',
    '<a b="1/>',
    '<a>]]></a>',
    '<a>&b;</a>',
    '<a>&</a>',
    '<a>&#0;</a>',
    '<a>&#xD800;</a>',
    '<a>&#x110000;</a>',
    '<a>&#99999999;</a>',
    '<a b="&nbsp;"/>',
    '<a>\u0001</a>',
    '<a>\uD800</a>',
    '<a>\uFFFE</a>',
    '<a>\u2028</a>',
    '<a>\u0085</a>',
    '<1/>',
    '<a:/>',
    '<:a/>',
    '<a:b:c xmlns:a="urn:x"/>',
    '< a/>',
    '<a / >',
    '<a></ a>',
    '<a></a b>',
    '<p:a xmlns:p="urn:x"></q:a>',
    '<a xmlns:p="urn:x" xmlns:q="urn:x" p:b="1" q:b="2"/>',
    '<a xmlns:p="urn:x" xmlns:p="urn:y"/>',
  ])('is refused where it is not well-formed: %j', (xml) => {
    expect(reason(xml)).toBe('xml_invalid');
  });

  test.each([
    '<p:a/>',
    '<a p:b="1"/>',
    '<a><p:b xmlns:p="urn:x"/><p:c/></a>',
    '<a xmlns=""/>',
    '<a xmlns:p=""/>',
    '<a xmlns:p="relative/name"/>',
    '<a xmlns="#name"/>',
    '<a xmlns="urn:x y"/>',
    '<a xmlns="urn:x&amp;y"/>',
    '<a xmlns="urn:x&#10;y"/>',
    `<a xmlns="urn:x'y>"/>`,
    '<a xmlns:xml="urn:x"/>',
    '<a xmlns:xmlns="urn:x"/>',
    '<xmlns:a/>',
    '<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>',
    '<a xmlns:p="http://www.w3.org/2000/xmlns/"/>',
    '<script xmlns="http://www.w3.org/1999/xhtml">a</script>',
    '<a xmlnsp="urn:x"/>',
    '<xmla/>',
    '<a __proto__="b"/>',
    '<a xmlns:__proto__="urn:x"/>',
    '<constructor:a/>',
    '<a hasOwnProperty="b"/>',
    `<a xmlns="urn:${'x'.repeat(300)}"/>`,
  ])('is refused where its namespaces are a trick: %j', (xml) => {
    expect(reason(xml)).toBe('xml_namespace');
  });

  test('has identifiers that stand once, whichever attribute they are in', () => {
    expect(reason('<a ID="_1"><b ID="_2"/></a>')).toBe('taken');
    for (const again of ['ID', 'Id', 'id', 'xml:id', 'p:ID'])
      expect(reason(`<a xmlns:p="urn:x" ID="_1"><b ${again}="_1"/></a>`)).toBe('duplicate_id');
    expect(reason('<a ID="_1" Id="_1"/>')).toBe('duplicate_id');
    expect(reason('<a ID="_1"><b id="&#95;1"/></a>')).toBe('duplicate_id');
  });

  test('has a measure', () => {
    const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);
    expect(reason(nested(40))).toBe('taken');
    expect(reason(nested(41))).toBe('xml_complex');
    expect(reason(`<a>${'<b/>'.repeat(399)}</a>`)).toBe('taken');
    expect(reason(`<a>${'<b/>'.repeat(400)}</a>`)).toBe('xml_complex');
    const crowded = (number: number): string => `<a${Array.from({ length: number }, (_, n) => ` b${n}=""`).join('')}/>`;
    expect(reason(crowded(40))).toBe('taken');
    expect(reason(crowded(41))).toBe('xml_complex');
    expect(reason(`<a>${'b'.repeat(MESSAGE_BYTES)}</a>`)).toBe('too_large');
  });

  test('may be larger where more is expected of it', () => {
    const limits = { size: 1_000_000, depth: 50, elements: 5000, attributes: 5 };
    expect(childrenOf(parseDocument(`<a>${'<b/>'.repeat(4000)}</a>`, limits).root)).toHaveLength(4000);
    expect(reasonOf(() => parseDocument(`<a>${'<b/>'.repeat(5000)}</a>`, limits))).toBe('xml_complex');
  });
});
