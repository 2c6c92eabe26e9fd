import bcrypt from 'bcryptjs';
import { numberOf, textOf } from './record.ts';
import { areEqual, recorded, UNKNOWN, type Layout, type Scheme } from './scheme.ts';

const SHAPE = /^\$(?<variant>2[aby])\$(?<cost>\d\d)\$(?<salt>[./\dA-Za-z]{22})(?<hash>[./\dA-Za-z]{31})$/u;

/** What bcrypt has as a result; the last of its 24 bytes is never written down. */
const HASH_LENGTH = 23;

const bytesOf = (hash: string): Buffer => Buffer.from(bcrypt.decodeBase64(hash, HASH_LENGTH));

/** The part before the first NUL, which is all that functions written for C texts see. */
export function untilNul(password: Buffer): Buffer {
  const end = password.indexOf(0);
  return end === -1 ? password : password.subarray(0, end);
}

/**
 * bcrypt, of the first 72 bytes of a password. Its variants differ only in mistakes of programs that are long gone;
 * but for `2y`, which is PHP's and ends a password at its first NUL.
 */
export const bcryptScheme: Scheme = {
  id: 'bcrypt',
  verify(record, password) {
    const bytes = record['variant'] === '2y' ? untilNul(password) : password;
    const cost = String(numberOf(record, 'cost')).padStart(2, '0');
    const made = bcrypt.hashSync(bytes.toString('utf8'), `$2b$${cost}$${textOf(record, 'salt')}`);
    return areEqual(bytesOf(made.slice(-31)), bytesOf(textOf(record, 'hash')));
  },
  cost: (record) => ({ work: 2 ** numberOf(record, 'cost') * 0.08, memory: 0 }),
};

/** `$2b$12$…`, of 60 characters. */
export const bcryptLayout: Layout = {
  id: 'bcrypt',
  read({ text }) {
    if (!/^\$2[abxy]?\$/u.test(text)) return undefined;
    const { variant = '', cost = '', salt = '', hash = '' } = SHAPE.exec(text)?.groups ?? {};
    if (variant === '' || Number(cost) < 4 || Number(cost) > 31) return UNKNOWN;
    return recorded({ scheme: 'bcrypt', variant, cost: Number(cost), salt, hash });
  },
};
