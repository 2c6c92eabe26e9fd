import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';
import { fc } from '../../properties.ts';
import { addressesIn } from '../../../src/mail/addresses.ts';
import { phrase, plainName, shownName } from '../../../src/mail/forward/names.ts';

const name = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom(
        '@',
        ' ',
        '(',
        ')',
        '.',
        '=?',
        '?=',
        '"',
        '\\',
        '\u202E',
        '\u0301',
        '🦉',
        'x@y.example',
        '(y.example)',
      ),
    ),
    { maxLength: 10 },
  )
  .map((pieces) => pieces.join(''));

test('a name is made plain once and for all, in one line, short, without what hides or turns around', () => {
  fc.assert(
    fc.property(name, (given) => {
      const plain = plainName(given);
      expect(plainName(plain)).toBe(plain);
      expect([...plain].length).toBeLessThanOrEqual(64);
      expect(plain).not.toMatch(/[\p{C}\p{Zl}\p{Zp}"\\<>;:,]|^\s|\s$|\s\s/u);
    }),
    { numRuns: 2000 },
  );
});

test('a name never reads as an address, nor as somebody at another domain', () => {
  fc.assert(
    fc.property(name, (given) => {
      const shown = shownName({ name: given, address: 'n@masto.example' });
      expect(shown).toMatch(/(?:^|\()masto\.example\)?$/u);
      expect(shown).not.toMatch(/[^\s([{]@\S/u);
      expect(shown).not.toMatch(/\([^()]*\.[^()]*\) \(masto\.example\)$/u);
    }),
    { numRuns: 2000 },
  );
});

test('what is written as a phrase is read as it was by two independent readers', async () => {
  await fc.assert(
    fc.asyncProperty(name, async (given) => {
      const shown = shownName({ name: given, address: 'n@masto.example' });
      const field = `${phrase(shown)}\r\n <x@relay.example>`;
      for (const line of field.split('\r\n')) expect(line.length).toBeLessThanOrEqual(120);
      expect(field).toMatch(/^[\u0020-\u007e\r\n]*$/u);
      expect(addressesIn(field.replaceAll('\r\n', ''))).toEqual([{ address: 'x@relay.example', name: shown }]);
      const { from } = await simpleParser(`From: ${field}\r\n\r\n`);
      expect(from?.value).toEqual([{ address: 'x@relay.example', name: shown }]);
    }),
    { numRuns: 500 },
  );
});

test('what an encoded word holds is a name, and never an address', () => {
  expect(addressesIn('=?utf-8?Q?=3Cevil=40bank.example=3E?= <n@masto.example>')).toEqual([
    { address: 'n@masto.example', name: '<evil@bank.example>' },
  ]);
  expect(addressesIn('=?utf-8?Q?evil_=3Cevil=40bank.example=3E?=')).toEqual([]);
  expect(addressesIn('=?utf-8?Q?evil=40bank.example?=')).toEqual([]);
  expect(addressesIn('"evil@bank.example" <n@masto.example>')).toEqual([
    { address: 'n@masto.example', name: 'evil@bank.example' },
  ]);
});

test.each([
  ['', []],
  ['nobody', []],
  ['a@b.example, <c@d.example>; "E, F" <e@f.example>', ['a@b.example', 'c@d.example', 'e@f.example']],
  ['friends: a@b.example, c@d.example;, x@y.example', ['a@b.example', 'c@d.example', 'x@y.example']],
  ['a@b.example (a comment, with c@d.example)', ['a@b.example']],
  ['undisclosed-recipients:;', []],
  ['"a b"@c.example, a@[127.0.0.1], a@b@c.example, a@, @b', []],
])('the addresses in %j are read', (value, addresses) => {
  expect(addressesIn(value).map(({ address }) => address)).toEqual(addresses);
});
