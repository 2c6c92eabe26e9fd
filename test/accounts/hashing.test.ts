import { expect, test } from 'vitest';
import { makeHasher } from '../../src/accounts/hashing.ts';
import { refusalOf } from './house.ts';

test('a hash is argon2id with 19 MiB and two passes, fits its password only, and needs no other hash', async () => {
  const hasher = makeHasher();
  const encoded = await hasher.hash('trois hiboux\0gris');
  expect(encoded).toMatch(/^\$argon2id\$v=19\$m=19456,p=1,t=2\$/u);
  expect(await hasher.verify(encoded, 'trois hiboux\0gris')).toBe(true);
  expect(await hasher.verify(encoded, 'trois hiboux\0noirs')).toBe(false);
  expect(hasher.needsRehash(encoded)).toBe(false);
  expect(hasher.needsRehash(encoded.replace('t=2', 't=1'))).toBe(true);
  expect(await hasher.waste('trois hiboux gris')).toBe(false);
  expect(hasher.counts()).toEqual({ hashed: 1, verified: 3, refused: 0, inside: 0 });
});

test('A68 of more hashes than may run and wait, the rest are refused at once and told when to come back', async () => {
  const hasher = makeHasher({ concurrency: 2, queue: 4 });
  const answers = await Promise.all(Array.from({ length: 20 }, () => refusalOf(hasher.waste('trois hiboux gris'))));
  expect(answers.filter((answer) => answer === 'fine')).toHaveLength(6);
  expect(answers.filter((answer) => /^busy retryAfter=[1-9]\d*$/u.test(answer))).toHaveLength(14);
  expect(hasher.counts()).toEqual({ hashed: 0, verified: 6, refused: 14, inside: 0 });
  expect(await hasher.waste('trois hiboux gris')).toBe(false);
});
