import { hash } from 'node:crypto';
import { untilNul } from './bcrypt.ts';
import { digestWork, MOST_BYTES } from './digest-work.ts';
import { toCrypt64 } from './encodings.ts';
import { numberOf, textOf } from './record.ts';
import { areEqual, recorded, UNKNOWN, wholeNumber, type Layout, type Scheme } from './scheme.ts';

const DEFAULT_ROUNDS = 5000;
const LEAST_ROUNDS = 1000;

/** The bytes of a digest in the order in which they are written, which turns by one with each three of them. */
function ordered(digest: Buffer, turn: 1 | 2): Buffer {
  const third = Math.floor(digest.length / 3);
  const written: number[] = [];
  for (let group = 0; group < third; group += 1) {
    for (const place of [2, 1, 0]) written.push(digest[((place + turn * group) % 3) * third + group] ?? 0);
  }
  written.push(...digest.subarray(3 * third));
  return Buffer.from(written);
}

/** So many bytes of a digest, over and over. */
const repeated = (digest: Buffer, length: number): Buffer => Buffer.alloc(length, digest);

/** What is hashed in each round: one of eight inputs, in which only the last digest changes. */
function makeInputs(length: number, password: Buffer, salt: Buffer): (round: number, digest: Buffer) => Buffer {
  const inputs = [0, 1, 2, 3, 4, 5, 6, 7].map((kind) => {
    const between = [...(kind & 2 ? [salt] : []), ...(kind & 4 ? [password] : [])];
    const digest = Buffer.alloc(length);
    return Buffer.concat(kind & 1 ? [password, ...between, digest] : [digest, ...between, password]);
  });
  return (round, digest) => {
    const kind = (round % 2) + (round % 3 === 0 ? 0 : 2) + (round % 7 === 0 ? 0 : 4);
    const input = inputs[kind] ?? digest;
    digest.copy(input, kind % 2 === 1 ? input.length - length : 0);
    return input;
  };
}

function made(name: string, rounds: number, password: Buffer, salt: Buffer): string {
  const digestOf = (...parts: readonly Buffer[]): Buffer => hash(name, Buffer.concat(parts), 'buffer');
  const first = [password, salt, repeated(digestOf(password, salt, password), password.length)];
  const other = digestOf(password, salt, password);
  for (let bits = password.length; bits > 0; bits >>>= 1) first.push(bits % 2 === 1 ? other : password);
  let digest = digestOf(...first);
  const longPassword = repeated(digestOf(...Array.from({ length: password.length }, () => password)), password.length);
  const longSalt = repeated(digestOf(...Array.from({ length: 16 + (digest[0] ?? 0) }, () => salt)), salt.length);
  const inputOf = makeInputs(digest.length, longPassword, longSalt);
  for (let round = 0; round < rounds; round += 1) digest = hash(name, inputOf(round, digest), 'buffer');
  return toCrypt64(ordered(digest, name === 'sha256' ? 2 : 1));
}

/** What is hashed in a round at most: a digest, the salt, and the password twice. */
const ROUND_BYTES = 64 + 64 + 2 * MOST_BYTES;

/** SHA-crypt as Ulrich Drepper specified it, with SHA-256 (`$5$`) and SHA-512 (`$6$`). */
export const shaCryptScheme: Scheme = {
  id: 'sha-crypt',
  verify(record, password) {
    const salt = Buffer.from(textOf(record, 'salt'));
    const text = made(textOf(record, 'digest'), numberOf(record, 'rounds'), untilNul(password), salt);
    return areEqual(Buffer.from(text), Buffer.from(textOf(record, 'hash')));
  },
  cost: (record) => {
    const digest = textOf(record, 'digest');
    const first = digestWork(digest, 1, MOST_BYTES ** 2);
    return { work: first + digestWork(digest, numberOf(record, 'rounds'), ROUND_BYTES), memory: 0 };
  },
};

const SHAPE =
  /^\$(?<mark>[56])\$(?:rounds=(?<rounds>\d+)\$)?(?<salt>[^$:\n]{0,16})\$(?<digits>[./\dA-Za-z]{43}|[./\dA-Za-z]{86})$/u;

export const shaCryptLayout: Layout = {
  id: 'sha-crypt',
  read({ text }) {
    if (!/^\$[56]\$/u.test(text)) return undefined;
    const { mark, rounds, salt = '', digits = '' } = SHAPE.exec(text)?.groups ?? {};
    if (mark === undefined || digits.length !== (mark === '5' ? 43 : 86)) return UNKNOWN;
    const count = rounds === undefined ? DEFAULT_ROUNDS : Math.max(LEAST_ROUNDS, wholeNumber(rounds));
    return recorded({
      scheme: 'sha-crypt',
      digest: mark === '5' ? 'sha256' : 'sha512',
      rounds: count,
      salt,
      hash: digits,
    });
  },
};
