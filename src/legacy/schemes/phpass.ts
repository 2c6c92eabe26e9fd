import { createHash, hash as oneShot } from 'node:crypto';
import { digestWork, MOST_BYTES } from './digest-work.ts';
import { CRYPT_DIGITS, toCrypt64 } from './encodings.ts';
import { numberOf, textOf } from './record.ts';
import { areEqual, prepared, recorded, UNKNOWN, type Layout, type Scheme } from './scheme.ts';

const SHAPE = /^\$(?<kind>[PHS])\$(?<log2>[./\dA-Za-z])(?<salt>.{8})(?<hash>[./\dA-Za-z]+)$/u;

/** Of the larger digest. */
const DIGEST_BYTES = 64;

/** A digest of salt and password, then 2^n times of the digest and the password. */
export const phpassScheme: Scheme = {
  id: 'phpass',
  verify(record, password) {
    const digest = textOf(record, 'digest');
    const hash = textOf(record, 'hash');
    let made = createHash(digest).update(textOf(record, 'salt')).update(password).digest();
    const input = Buffer.concat([made, password]);
    for (let left = 2 ** numberOf(record, 'log2'); left > 0; left -= 1) {
      made.copy(input);
      made = oneShot(digest, input, 'buffer');
    }
    return areEqual(Buffer.from(toCrypt64(made).slice(0, hash.length)), Buffer.from(hash));
  },
  cost: (record) => {
    const digest = textOf(record, 'digest');
    return { work: digestWork(digest, 2 ** numberOf(record, 'log2'), DIGEST_BYTES + MOST_BYTES), memory: 0 };
  },
};

/** phpass's portable hashes `$P$`, phpBB's `$H$` (both MD5), and Drupal's `$S$` (SHA-512, cut to 43 digits). */
export const phpassLayout: Layout = {
  id: 'phpass',
  read({ text }) {
    if (!/^\$[PHS]\$/u.test(text)) return undefined;
    const { kind, log2: digit = '', salt = '', hash = '' } = SHAPE.exec(text)?.groups ?? {};
    const log2 = CRYPT_DIGITS.indexOf(digit);
    const isRead = kind !== undefined && hash.length === (kind === 'S' ? 43 : 22) && log2 >= 7 && log2 <= 30;
    if (!isRead) return UNKNOWN;
    return recorded({ scheme: 'phpass', digest: kind === 'S' ? 'sha512' : 'md5', log2, salt, hash });
  },
};

/** Drupal's `U$…`: hashes of MD5 sums from before, hashed once more. */
export const drupal: Layout = {
  id: 'drupal',
  read: ({ text }, again) => (/^U\$[PHS]\$/u.test(text) ? prepared(again(text.slice(1)), 'md5') : undefined),
};
