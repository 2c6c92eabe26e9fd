import { expect, test } from 'vitest';
import { makeOldPasswords } from '../../../src/legacy/schemes/old-passwords.ts';
import { readHash } from '../../../src/legacy/schemes/schemes.ts';

test('bcrypt: alix is known by her old password and nobody by another', async () => {
  const read = readHash({ text: '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW' });
  if (read.kind !== 'record') throw new Error(read.kind);
  const passwords = makeOldPasswords();
  expect(await passwords.verify(read.record, 'U*U', {})).toBe(true);
  expect(await passwords.verify(read.record, 'U*V', {})).toBe(false);
  await passwords.close();
});
