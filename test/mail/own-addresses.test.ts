import { describe, expect, test } from 'vitest';
import { fc } from '../properties.ts';
import { holdsAddress } from '../../src/mail/own-addresses.ts';

const ALIX = ['alix@home.example', 'alix.martin+lists@Mail.Example'];

describe("an answer tells Alix's address", () => {
  test.each([
    'alix@home.example',
    'Write to ALIX@Home.Example.',
    '<mailto:alix@home.example>',
    '«\u00a0alix@home.example\u00a0»',
    'alix+news@home.example',
    'alix.martin@mail.example',
    'alix.martin+other.tag@mail.example,',
    'alix @ home.example',
    'alix (@) home . example',
    'alix%40home.example',
    '> alix\n> @home.example',
    'a\u00adlix@ho\u200bme.example',
    'ａｌｉｘ＠ｈｏｍｅ．ｅｘａｍｐｌｅ',
  ])('%j', (text) => {
    expect(holdsAddress(text, ALIX)).toBe(true);
  });
});

describe('an answer tells nothing of hers', () => {
  test.each([
    '',
    'alix',
    'home.example',
    'felix@home.example',
    'alix@home.example2',
    'alix@homexexample',
    'x.alix@home.example',
  ])('%j', (text) => {
    expect(holdsAddress(text, ALIX)).toBe(false);
  });
});

test('whatever stands around an address, it is found', () => {
  const around = fc.string({ unit: fc.constantFrom(' ', '\n', '(', ')', '"', '<', '>', ',', ':', 'é', '…') });
  const cased = fc.array(fc.boolean(), { minLength: 17, maxLength: 17 });
  fc.assert(
    fc.property(around, around, cased, (before, after, upper) => {
      const address = [...'alix@home.example']
        .map((letter, at) => (upper[at] ? letter.toUpperCase() : letter))
        .join('');
      expect(holdsAddress(`${before}${address}${after}`, ALIX)).toBe(true);
    }),
  );
});

test('an account without any address has none to tell', () => {
  expect(holdsAddress('alix@home.example', [])).toBe(false);
  expect(holdsAddress('alix@home.example', ['', '@home.example'])).toBe(false);
});

test('a long text of nearly addresses is looked through like any other', () => {
  for (const piece of ['alix', 'alix ', 'alix+', 'alix@', 'alix   @   ', 'alix@home   .   ', 'alix\n> ']) {
    expect(holdsAddress(piece.repeat(20_000 / piece.length), ALIX)).toBe(false);
  }
});
