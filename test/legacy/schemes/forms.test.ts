import { createHash } from 'node:crypto';
import bcrypt from 'bcryptjs';
import { expect, test } from 'vitest';
import { isRight } from './known.ts';

const NFC = 'été ﬁn';
const NFD = NFC.normalize('NFD');

const bcryptOf = (text: string, prefix = '$2b$'): string => bcrypt.hashSync(text, 4).replace('$2b$', prefix);

test('A65: accents are composed as each application composes them', async () => {
  const synapse = { text: bcryptOf(NFC.normalize('NFKC') + 'spice'), algorithm: 'synapse' };
  for (const typed of [NFC, NFD, 'été fin']) expect(await isRight(synapse, typed, { pepper: 'spice' })).toBe(true);
  expect(await isRight(synapse, NFC, {})).toBe(false);
  const mediawiki = { text: `:A:${createHash('md5').update(NFC).digest('hex')}` };
  expect(await isRight(mediawiki, NFD)).toBe(true);
  expect(await isRight(mediawiki, 'été fin')).toBe(false);
  // Mastodon, Nextcloud and most others take what is typed as it is.
  for (const hash of [{ text: bcryptOf(NFC, '$2a$') }, { text: `1|${bcryptOf(NFC, '$2y$')}` }]) {
    expect(await isRight(hash, NFC)).toBe(true);
    expect(await isRight(hash, NFD)).toBe(false);
  }
});

test('A65: bcrypt looks at 72 bytes, however they fall into characters, and nothing else is cut', async () => {
  const long = 'k'.repeat(71);
  expect(await isRight({ text: bcryptOf(`${long}é`) }, `${long}é and more`)).toBe(true);
  // Half of é stands within the 72 bytes: another character with the same first byte fits, as it did there.
  expect(await isRight({ text: bcryptOf(`${long}é`) }, `${long}è`)).toBe(true);
  expect(await isRight({ text: bcryptOf(`${long}é`) }, `${long}e`)).toBe(false);
  expect(await isRight({ text: bcryptOf('k'.repeat(72)) }, 'k'.repeat(71))).toBe(false);
  const sha = { text: `{SHA}${createHash('sha1').update('k'.repeat(1024)).digest('base64')}` };
  expect(await isRight(sha, 'k'.repeat(1024))).toBe(true);
  expect(await isRight(sha, 'k'.repeat(1023))).toBe(false);
});

test('A65: a NUL ends a password where it did for the application, and nowhere else', async () => {
  expect(await isRight({ text: bcryptOf('old', '$2y$') }, 'old\0lamp')).toBe(true);
  expect(await isRight({ text: bcryptOf('old', '$2b$') }, 'old\0lamp')).toBe(false);
  expect(await isRight({ text: bcryptOf('old\0lamp', '$2b$') }, 'old\0lamp')).toBe(true);
  const sha = { text: `{SHA}${createHash('sha1').update('old\0lamp').digest('base64')}` };
  expect(await isRight(sha, 'old\0lamp')).toBe(true);
  expect(await isRight(sha, 'old')).toBe(false);
});

test('A65: ten megabytes, or nothing, are never right', async () => {
  const sha1 = (text: string): { text: string } => ({
    text: `{SHA}${createHash('sha1').update(text).digest('base64')}`,
  });
  const huge = 'k'.repeat(10_000_000);
  expect(await isRight(sha1(huge), huge)).toBe(false);
  expect(await isRight(sha1('k'.repeat(1025)), 'k'.repeat(1025))).toBe(false);
  expect(await isRight(sha1(''), '')).toBe(false);
});

test('SASLprep: what RFC 4013 maps, and what a server did not prepare, are both taken', async () => {
  const scram = '{SCRAM-SHA-1}4096,QSXCR+Q6sek8bf92,6dlGYMOdZcOPutkcNY8U2g7vK9Y=,AAAA';
  for (const typed of ['pencil', 'pen\u00adcil', 'ｐｅｎｃｉｌ'])
    expect(await isRight({ text: scram }, typed)).toBe(true);
  // A control character is forbidden there; it is wrong and nothing worse.
  expect(await isRight({ text: scram }, 'pencil\u0007')).toBe(false);
});
