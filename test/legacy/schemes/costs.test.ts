import type crypto from 'node:crypto';
import { beforeEach, expect, test, vi } from 'vitest';
import type { ImportedHash } from '../../../src/legacy/row.ts';
import { digestWork } from '../../../src/legacy/schemes/digest-work.ts';
import { matches } from '../../../src/legacy/schemes/matching.ts';
import { costOf, readHash } from '../../../src/legacy/schemes/schemes.ts';
import { recordOf } from './known.ts';

const done = vi.hoisted(() => ({ calls: 0, bytes: 0 }));

/** The real digests; what goes into them is counted. */
vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>();
  return {
    ...real,
    hash: (...[digest, data, encoding]: [string, Buffer, 'buffer']): Buffer => {
      done.calls += 1;
      done.bytes += data.length;
      return real.hash(digest, data, encoding);
    },
  };
});

beforeEach(() => Object.assign(done, { calls: 0, bytes: 0 }));

/** Schemes that hash the password again in each round, with few of them. */
const CHAINS: readonly (readonly [digest: string, hash: ImportedHash])[] = [
  ['sha512', { text: `$6$rounds=1000$saltysaltysalty.$${'A'.repeat(86)}` }],
  ['sha256', { text: `$5$rounds=5000$saltysaltysalty.$${'A'.repeat(43)}` }],
  ['md5', { text: `$1$saltysal$${'A'.repeat(22)}` }],
  ['md5', { text: `$P$512345678${'A'.repeat(22)}` }],
  ['sha512', { text: `$S$512345678${'A'.repeat(43)}` }],
  ['sha512', { text: Buffer.alloc(64).toString('base64'), salt: 's'.repeat(1024), algorithm: 'symfony' }],
];

/** 1,024 characters, which are 3,072 bytes. */
const LONGEST = '€'.repeat(1024);

test.each(CHAINS)('A73: what %s of the longest password takes is within what was reckoned', async (digest, hash) => {
  const record = recordOf(hash);
  await matches(record, LONGEST, {});
  expect(done.bytes).toBeGreaterThan(100 * Buffer.byteLength(LONGEST));
  const counted = digestWork(digest, done.calls, done.bytes / done.calls);
  const reckoned = costOf(record).work;
  expect(counted).toBeLessThanOrEqual(reckoned);
  expect(reckoned).toBeLessThan(2 * counted);
});

test('A73: rounds that a short password would stand, and one of 1,024 characters would not, are refused', async () => {
  const kindOf = (text: string): string => readHash({ text }).kind;
  expect(kindOf(`$6$rounds=400000$salt$${'A'.repeat(86)}`)).toBe('costly');
  expect(kindOf(`$5$rounds=400000$salt$${'A'.repeat(43)}`)).toBe('costly');
  expect(kindOf(`$P$I12345678${'A'.repeat(22)}`)).toBe('costly');
  expect(done).toEqual({ calls: 0, bytes: 0 });
});
