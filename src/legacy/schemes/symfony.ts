import { hash } from 'node:crypto';
import { digestWork, MOST_BYTES } from './digest-work.ts';
import { fromBase64 } from './encodings.ts';
import { bytesOf, numberOf, textOf } from './record.ts';
import { areEqual, recorded, type Layout, type Scheme } from './scheme.ts';

/** What every application has that did not choose, wallabag among them. */
const ROUNDS = 5000;

const DIGEST_BYTES = 64;

/** SHA-512 of `password{salt}`, then again and again of the digest and that. */
export const symfonyScheme: Scheme = {
  id: 'symfony',
  verify(record, password) {
    const salt = textOf(record, 'salt');
    const salted = salt === '' ? password : Buffer.concat([password, Buffer.from(`{${salt}}`)]);
    let digest = hash('sha512', salted, 'buffer');
    const input = Buffer.concat([digest, salted]);
    for (let round = 1; round < numberOf(record, 'rounds'); round += 1) {
      digest.copy(input);
      digest = hash('sha512', input, 'buffer');
    }
    return areEqual(digest, bytesOf(record, 'hash'));
  },
  cost: (record) => {
    const salt = 4 * [...textOf(record, 'salt')].length + '{}'.length;
    return { work: digestWork('sha512', numberOf(record, 'rounds'), DIGEST_BYTES + MOST_BYTES + salt), memory: 0 };
  },
};

/** Symfony's message digest: 64 bytes in Base64, the salt in a column of its own or nowhere. */
export const symfonyLayout: Layout = {
  id: 'symfony',
  read({ text, salt = '', algorithm }, again) {
    if (algorithm !== 'symfony') return undefined;
    const bytes = fromBase64(text);
    if (bytes?.length !== 64) return again(text);
    return recorded({ scheme: 'symfony', rounds: ROUNDS, salt, hash: bytes.toString('base64') });
  },
};
