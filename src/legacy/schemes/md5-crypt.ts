import { hash } from 'node:crypto';
import { untilNul } from './bcrypt.ts';
import { digestWork, MOST_BYTES } from './digest-work.ts';
import { toCrypt64 } from './encodings.ts';
import { textOf } from './record.ts';
import { areEqual, recorded, UNKNOWN, type Layout, type Scheme } from './scheme.ts';

const ROUNDS = 1000;

/** What is hashed in a round at most: a digest, the salt, and the password twice. */
const ROUND_BYTES = 16 + 8 + 2 * MOST_BYTES;

/** The order in which the bytes of the last digest are written. */
const ORDER = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11];

const md5 = (...parts: readonly Buffer[]): Buffer => hash('md5', Buffer.concat(parts), 'buffer');

/** So many bytes of a digest, over and over. */
const repeated = (digest: Buffer, length: number): Buffer => Buffer.alloc(length, digest);

function firstDigest(password: Buffer, salt: Buffer, magic: Buffer): Buffer {
  const parts = [password, magic, salt, repeated(md5(password, salt, password), password.length)];
  for (let bits = password.length; bits > 0; bits >>>= 1)
    parts.push(bits % 2 === 1 ? Buffer.alloc(1) : password.subarray(0, 1));
  return md5(...parts);
}

/** md5-crypt of FreeBSD (`$1$`), and Apache's (`$apr1$`), which differs in that mark alone. */
export const md5CryptScheme: Scheme = {
  id: 'md5-crypt',
  verify(record, whole) {
    const password = untilNul(whole);
    const salt = Buffer.from(textOf(record, 'salt'));
    let digest = firstDigest(password, salt, Buffer.from(`$${textOf(record, 'mark')}$`));
    for (let round = 0; round < ROUNDS; round += 1) {
      const isOdd = round % 2 === 1;
      const parts = [isOdd ? password : digest];
      if (round % 3 !== 0) parts.push(salt);
      if (round % 7 !== 0) parts.push(password);
      digest = md5(...parts, isOdd ? digest : password);
    }
    const written = toCrypt64(Buffer.from(ORDER.map((index) => digest[index] ?? 0)));
    return areEqual(Buffer.from(written), Buffer.from(textOf(record, 'hash')));
  },
  cost: () => ({ work: digestWork('md5', ROUNDS, ROUND_BYTES), memory: 0 }),
};

export const md5CryptLayout: Layout = {
  id: 'md5-crypt',
  read({ text }) {
    const mark = /^\$(?<mark>1|apr1)\$/u.exec(text)?.groups?.['mark'];
    if (mark === undefined) return undefined;
    const { salt, digits = '' } =
      /^\$\w+\$(?<salt>[^$:\n]{0,8})\$(?<digits>[./\dA-Za-z]{22})$/u.exec(text)?.groups ?? {};
    return salt === undefined ? UNKNOWN : recorded({ scheme: 'md5-crypt', mark, salt, hash: digits });
  },
};
