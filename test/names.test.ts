import { expect, test } from 'vitest';
import { fc } from './properties.ts';
import { canonicalName, shapeOf } from '../src/names.ts';

test('a name is the same name however it is written: case, width, composition, space around it', () => {
  for (const [one, other] of [
    ['Camille', ' cAMILLE\t'],
    ['Ｃａｍｉｌｌｅ', 'camille'],
    ['Ame\u0301lie', 'am\u00e9lie'],
    ['Straße', 'STRASSE'],
    ['STRAẞE', 'strasse'],
    ['ΟΔΟΣ', 'οδος'],
    ['οδοσ', 'οδος'],
    ['İpek', 'i\u0307pek'],
    ['ﬁona', 'Fiona'],
  ] as const) {
    expect(canonicalName(one), one).toBe(canonicalName(other));
  }
  expect(canonicalName('ΟΔΟΣ')).toBe('οδοσ');
  expect(canonicalName('élise')).not.toBe(canonicalName('elise'));
});

test('A70 names that look alike have one shape', () => {
  const alike = [
    'alice',
    'al1ce',
    'ALICE',
    'aIice',
    'а\u0456lce',
    'аlice',
    'a.l_ice',
    'a-lice',
    'ａｌｉｃｅ',
    'ali\u200bce',
    'aİice',
  ];
  for (const name of alike) expect(shapeOf(name), name).toBe(shapeOf('alice'));
  expect(shapeOf('r00t')).toBe(shapeOf('root'));
  expect(shapeOf('marrnot')).toBe(shapeOf('marmot'));
  for (const name of ['alicia', 'elise', 'alace', 'al.ces']) expect(shapeOf(name), name).not.toBe(shapeOf('alice'));
});

const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 40 }));

test('A70 canonical form and shape are idempotent, and one name has one shape', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const canonical = canonicalName(text);
      expect(canonicalName(canonical)).toBe(canonical);
      const shape = shapeOf(text);
      expect(shapeOf(shape)).toBe(shape);
      expect(shapeOf(canonical)).toBe(shape);
      expect(shapeOf(text.toUpperCase())).toBe(shapeOf(canonicalName(text.toUpperCase())));
    }),
    { numRuns: 5000 },
  );
});

// Han and Hangul are two thirds of all characters and have neither capitals nor, with few exceptions, look-alikes.
const PLAIN = /^[\p{Script=Han}\p{Script=Hangul}\p{C}]$/u;

test('A70 every letter has a stable form and shape, the same as its capital', () => {
  for (let code = 0; code <= 0x10_ff_ff; code += 1) {
    const character = String.fromCodePoint(code);
    if (PLAIN.test(character)) continue;
    const canonical = canonicalName(character);
    const shape = shapeOf(character);
    const stable = canonicalName(canonical) === canonical && shapeOf(shape) === shape && shapeOf(canonical) === shape;
    if (!stable) expect.fail(`U+${code.toString(16)} is not stable`);
    if (canonicalName(character.toUpperCase()) !== canonical) expect.fail(`U+${code.toString(16)} is not its capital`);
  }
});
