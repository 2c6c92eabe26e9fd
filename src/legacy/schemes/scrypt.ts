import { scryptSync } from 'node:crypto';
import { fromBase64, CRYPT_DIGITS, fromCrypt64 } from './encodings.ts';
import { bytesOf, numberOf, type ReadHash } from './record.ts';
import { areEqual, recorded, UNKNOWN, wholeNumber, type Layout, type Scheme } from './scheme.ts';

/** The names of RFC 7914 §2; parts that could not be read are undefined or NaN. */
export type ScryptParts = {
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer | undefined;
  readonly hash: Buffer | undefined;
};

const isPowerOfTwo = (n: number): boolean => n > 1 && (!Number.isFinite(n) || Number.isInteger(Math.log2(n)));

/** A record of scrypt, or that its parts are none that it takes. */
export function readScrypt({ n, r, p, salt, hash }: ScryptParts): ReadHash {
  if (!isPowerOfTwo(n) || !(r >= 1) || !(p >= 1) || salt === undefined || hash === undefined) return UNKNOWN;
  // RFC 7914 §2: a small block has no room for a large N.
  if ((Number.isFinite(n) && Math.log2(n) >= 16 * r) || hash.length < 16 || hash.length > 512) return UNKNOWN;
  return recorded({ scheme: 'scrypt', n, r, p, salt: salt.toString('base64'), hash: hash.toString('base64') });
}

/** What scrypt makes of a password with the parameters of a record. */
export function scryptOf(record: Parameters<Scheme['cost']>[0], password: Buffer, length: number): Buffer {
  const [N, r, p] = [numberOf(record, 'n'), numberOf(record, 'r'), numberOf(record, 'p')];
  const maxmem = 2 * scryptCost(record).memory + 1024 * 1024;
  return scryptSync(password, bytesOf(record, 'salt'), length, { N, r, p, maxmem });
}

export const scryptCost: Scheme['cost'] = (record) => {
  const [n, r, p] = [numberOf(record, 'n'), numberOf(record, 'r'), numberOf(record, 'p')];
  return { work: n * r * p * 0.0003, memory: 128 * r * (n + p) };
};

/** scrypt (RFC 7914). */
export const scryptScheme: Scheme = {
  id: 'scrypt',
  verify(record, password) {
    const hash = bytesOf(record, 'hash');
    return areEqual(scryptOf(record, password, hash.length), hash);
  },
  cost: scryptCost,
};

/** passlib's text: `$scrypt$ln=16,r=8,p=1$<salt>$<hash>`. */
export const scryptLayout: Layout = {
  id: 'scrypt',
  read({ text }) {
    if (!text.startsWith('$scrypt$')) return undefined;
    const found = /^\$scrypt\$ln=(?<ln>\d+),r=(?<r>\d+),p=(?<p>\d+)\$(?<salt>[^$]+)\$(?<hash>[^$]+)$/u.exec(
      text,
    )?.groups;
    if (found === undefined) return UNKNOWN;
    return readScrypt({
      n: 2 ** wholeNumber(found['ln']),
      r: wholeNumber(found['r']),
      p: wholeNumber(found['p']),
      salt: fromBase64(found['salt'] ?? ''),
      hash: fromBase64(found['hash'] ?? ''),
    });
  },
};

const numberOfDigits = (digits: string): number => fromCrypt64(`${digits}.`).readUIntLE(0, 4) % 2 ** 30;

/** crypt(3)'s `$7$`: the logarithm in one digit, r and p in five each, the salt as it stands, 32 bytes. */
export const scryptCrypt: Layout = {
  id: 'scrypt-crypt',
  read({ text }) {
    if (!text.startsWith('$7$')) return undefined;
    const found = /^\$7\$(?<n>.)(?<r>.{5})(?<p>.{5})(?<salt>[./\dA-Za-z]*)\$(?<hash>[./\dA-Za-z]{43})$/u.exec(
      text,
    )?.groups;
    const { n = '', r = '', p = '', salt = '', hash = '' } = found ?? {};
    if (found === undefined || ![...n, ...r, ...p].every((digit) => CRYPT_DIGITS.includes(digit))) return UNKNOWN;
    return readScrypt({
      n: 2 ** CRYPT_DIGITS.indexOf(n),
      r: numberOfDigits(r),
      p: numberOfDigits(p),
      salt: Buffer.from(salt),
      hash: fromCrypt64(hash),
    });
  },
};
