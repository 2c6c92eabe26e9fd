import { DOMParser } from '@xmldom/xmldom';
import { describe, expect, test } from 'vitest';
import { ExclusiveCanonicalization } from 'xml-crypto';
import { fc } from '../properties.ts';
import { canonical, element, instant, isXmlText, toSend } from '../../src/saml/xml.ts';
import { anyValue } from './answers.ts';

describe('what is written', () => {
  test('declares each prefix where it is first used, and sorts attributes', () => {
    const nested = element('saml:Issuer', {}, 'id', element('saml:Issuer', {}), element('ds:KeyInfo', {}));
    const root = element('samlp:Response', { Version: '2.0', ID: '_1', Absent: undefined, 'xml:lang': 'fr' }, nested);
    expect(canonical(root)).toBe(
      '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0" xml:lang="fr">' +
        '<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">id<saml:Issuer></saml:Issuer>' +
        '<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"></ds:KeyInfo></saml:Issuer></samlp:Response>',
    );
  });

  test('is its own exclusive canonical form, as another implementation makes it, whatever the values are', () => {
    fc.assert(
      fc.property(anyValue, anyValue, (text, value) => {
        const written = canonical(
          element(
            'samlp:Response',
            { ID: value, Destination: value },
            element('saml:Issuer', { Format: value }, text),
            element('samlp:Status', {}, element('ds:KeyInfo', {}, text, element('saml:Issuer', {}, value))),
          ),
        );
        const { documentElement } = new DOMParser().parseFromString(toSend(written), 'text/xml');
        expect(new ExclusiveCanonicalization().process(documentElement, {})).toBe(written);
      }),
      { numRuns: 500 },
    );
  });

  test('says moments in whole seconds that have begun', () => {
    expect(instant(Date.UTC(2026, 0, 2, 3, 4, 5, 999))).toBe('2026-01-02T03:04:05Z');
  });
});

describe('what XML cannot carry', () => {
  const ILLEGAL = ['\0', '\u{8}', '\u{b}', '\u{c}', '\u{e}', '\u{1f}', '\u{d800}', 'a\u{dfff}', '\u{dc00}\u{d800}'];
  const LEGAL = ['', '\t\n\r', '\u{7f}', '\u{85}', '\u{2028}', '\u{d7ff}', '\u{e000}', '\u{fffd}', '\u{10000}', '👩‍🚀'];

  test.each([...ILLEGAL, '\u{fffe}', 'alix\u{ffff}'])('is told beforehand and never written: %j', (text) => {
    expect(isXmlText(text)).toBe(false);
    expect(() => canonical(element('saml:NameID', {}, text))).toThrow(TypeError);
    expect(() => canonical(element('saml:NameID', { Format: text }))).toThrow(TypeError);
  });

  test.each(LEGAL)('is not taken for what it can: %j', (text) => {
    expect(isXmlText(text)).toBe(true);
  });
});
