import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { fc } from '../../properties.ts';
import { makeBodyHashes } from '../../../src/mail/dkim/body-hashes.ts';
import type { Canonicalisation } from '../../../src/mail/dkim/canonical.ts';

/** A part of mailauth that has no types. */
const { dkimBody } = createRequire(import.meta.url)('mailauth/lib/dkim/body/index.js') as {
  dkimBody(
    kind: string,
    algorithm: string,
    limit: number | undefined,
  ): { update(chunk: Buffer): void; digest(as: string): string };
};
const KINDS: readonly Canonicalisation[] = ['simple', 'relaxed'];
const base64 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('base64');

/** Hashes a body that comes in pieces of these sizes, again and again. */
function hashed(body: Buffer, kind: Canonicalisation, sizes: readonly number[] = [], limit?: number) {
  const wanted = { kind, limit };
  const hashes = makeBodyHashes([wanted, { kind: 'relaxed', limit: undefined }]);
  for (let at = 0, turn = 0; at < body.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? body.length;
    hashes.update(body.subarray(at, at + size));
    at += size;
  }
  const { sha256, octets } = hashes.finish()(wanted);
  return { hash: sha256.toString('base64'), octets };
}

test.each([
  // RFC 6376 §3.4.3, §3.4.4 and §3.4.5.
  ['', 'frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=', '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
  [' C \r\nD \t E\r\n\r\n\r\n', base64(' C \r\nD \t E\r\n'), base64(' C\r\nD E\r\n')],
  ['\r\n\r\n\r\n', base64('\r\n'), base64('')],
  [' \t\r\n \r\n', base64(' \t\r\n \r\n'), base64('')],
  [' \t', base64(' \t\r\n'), base64('')],
  ['\r\n a', base64('\r\n a\r\n'), base64('\r\n a\r\n')],
  ['a', base64('a\r\n'), base64('a\r\n')],
  ['a \r\n \r\n\tb\t\r\n', base64('a \r\n \r\n\tb\t\r\n'), base64('a\r\n\r\n b\r\n')],
  ['a\u00a0\u000b \r\n', base64('a\u00a0\u000b \r\n'), base64('a\u00a0\u000b\r\n')],
])('the body %j is hashed as the standard says', (body, simple, relaxed) => {
  for (const sizes of [[], [1]]) {
    expect(hashed(Buffer.from(body, 'latin1'), 'simple', sizes).hash).toBe(simple);
    expect(hashed(Buffer.from(body, 'latin1'), 'relaxed', sizes).hash).toBe(relaxed);
  }
});

/** Bodies made of what the rules are about. In the simple form mailauth does not take a bare LF for the end of a line. */
const bodies = (kind: Canonicalisation) =>
  fc
    .array(
      fc.constantFrom(
        '\r\n',
        '\r\n\r\n',
        ' ',
        '\t',
        '  ',
        'a',
        'word',
        '\u00ff',
        '\0',
        '.',
        '\r',
        ' \r',
        ...(kind === 'relaxed' ? ['\n'] : []),
      ),
      { maxLength: 60 },
    )
    .map((some) => Buffer.from(some.join(''), 'latin1'));
const pieces = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

test.each(KINDS)('any body in any pieces has one hash, which is that of mailauth: %s', (kind) => {
  fc.assert(
    fc.property(bodies(kind), pieces, fc.option(fc.nat(40), { nil: undefined }), (body, sizes, limit) => {
      const oracle = dkimBody(kind, 'sha256', limit);
      oracle.update(body);
      const expected = oracle.digest('base64');
      expect(hashed(body, kind, [], limit).hash).toBe(expected);
      expect(hashed(body, kind, sizes, limit)).toEqual(hashed(body, kind, [], limit));
    }),
    { numRuns: 3000 },
  );
});

test.each(KINDS)('a large body in large pieces too: %s', (kind) => {
  const lines = ['<td>  two</td>', 'plain words', '', ' ', `${'long '.repeat(4000)}\t`, '\t'];
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...lines), { minLength: 10, maxLength: 400 }),
      fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 4 }),
      fc.nat(20_000),
      (some, sizes, empty) => {
        const body = Buffer.from(`${some.join('\r\n')}${'\r\n'.repeat(empty)}the end \r\n${'\r\n'.repeat(empty)}`);
        const oracle = dkimBody(kind, 'sha256', undefined);
        oracle.update(body);
        expect(hashed(body, kind, sizes).hash).toBe(oracle.digest('base64'));
      },
    ),
    { numRuns: 60 },
  );
});

test('all octets of the canonical body are counted, whatever the limit', () => {
  const body = Buffer.from('a  b \r\nc\r\n\r\n');
  expect(hashed(body, 'relaxed', [], 2)).toEqual({ hash: base64('a '), octets: 8 });
  expect(hashed(body, 'simple', [], 100)).toEqual({ hash: base64('a  b \r\nc\r\n'), octets: 10 });
  expect(hashed(body, 'simple', [], 0)).toEqual({ hash: base64(''), octets: 10 });
});

test('a hash that several ask for is made once', () => {
  const wanted = { kind: 'relaxed', limit: undefined } as const;
  const hashes = makeBodyHashes([wanted, { ...wanted }, { kind: 'relaxed', limit: 3 }]);
  hashes.update(Buffer.from('hello'));
  const hash = hashes.finish();
  expect(hash({ ...wanted })).toBe(hash(wanted));
  expect(() => hash({ kind: 'simple', limit: undefined })).toThrow('nobody wanted');
});
