import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalName, shapeOf } from '../src/names.ts';

/** Visible ASCII, which has a way of its own through both functions. */
const plain = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCodePoint(code)),
  maxLength: 40,
});

/** The same in wide letters of U+FF01 to U+FF5E, which are compared as those of ASCII are, the long way. */
const wide = (text: string): string =>
  [...text].map((letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)).join('');

test('a name of ASCII looks the same the short way and the long one', () => {
  fc.assert(
    fc.property(plain, (text) => {
      // What nobody sees does not count, and is no ASCII.
      expect(shapeOf(`${text}\u200B`)).toBe(shapeOf(text));
      expect(shapeOf(wide(text))).toBe(shapeOf(text));
    }),
    { numRuns: 1000 },
  );
});

test('a name of ASCII is compared the same the short way and the long one', () => {
  fc.assert(
    fc.property(plain, (text) => {
      expect(canonicalName(wide(text))).toBe(canonicalName(text));
    }),
    { numRuns: 1000 },
  );
});
