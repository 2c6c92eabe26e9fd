import { pbkdf2Sync } from 'node:crypto';
import { fromBase64, fromHex, fromPasslib } from './encodings.ts';
import { bytesOf, numberOf, textOf, type ReadHash } from './record.ts';
import { areEqual, recorded, UNKNOWN, wholeNumber, type Layout, type Scheme } from './scheme.ts';

/** The digests, with the bytes of each and what a thousand iterations take, in milliseconds. */
const DIGESTS: Readonly<Record<string, { readonly length: number; readonly work: number }>> = {
  sha1: { length: 20, work: 0.25 },
  sha256: { length: 32, work: 0.25 },
  sha384: { length: 48, work: 0.5 },
  sha512: { length: 64, work: 0.5 },
};

/** What PBKDF2 was asked for; parts that could not be read are undefined, `rounds` then NaN. */
export type Pbkdf2Parts = {
  readonly digest: string;
  readonly rounds: number;
  readonly salt: Buffer | undefined;
  readonly hash: Buffer | undefined;
};

/** A record of PBKDF2, or that its parts are none. */
export function readPbkdf2({ digest, rounds, salt, hash }: Pbkdf2Parts): ReadHash {
  const isRead = digest in DIGESTS && rounds >= 1 && salt !== undefined && hash !== undefined;
  if (!isRead || hash.length < 8 || hash.length > 512) return UNKNOWN;
  return recorded({ scheme: 'pbkdf2', digest, rounds, salt: salt.toString('base64'), hash: hash.toString('base64') });
}

/** PBKDF2 with HMAC (RFC 8018 §5.2). */
export const pbkdf2Scheme: Scheme = {
  id: 'pbkdf2',
  verify(record, password) {
    const hash = bytesOf(record, 'hash');
    const [rounds, digest] = [numberOf(record, 'rounds'), textOf(record, 'digest')];
    return areEqual(pbkdf2Sync(password, bytesOf(record, 'salt'), rounds, hash.length, digest), hash);
  },
  cost(record) {
    const { length, work } = DIGESTS[textOf(record, 'digest')] ?? { length: 1, work: Number.POSITIVE_INFINITY };
    const blocks = Math.ceil(bytesOf(record, 'hash').length / length);
    return { work: (numberOf(record, 'rounds') / 1000) * work * blocks, memory: 0 };
  },
};

/** A salt of a column as bytes: `hex:…` or `base64:…`, or as it stands. */
function saltOf(text: string): Buffer | undefined {
  if (text.startsWith('hex:')) return fromHex(text.slice(4));
  if (text.startsWith('base64:')) return fromBase64(text.slice(7));
  return Buffer.from(text);
}

/** Columns of their own, with `pbkdf2-sha256` or the like as the algorithm: for tables that somebody made by hand. */
export const pbkdf2Columns: Layout = {
  id: 'pbkdf2-columns',
  read({ text, salt, algorithm = '', iterations }) {
    const digest = /^pbkdf2-(?<digest>sha(?:1|256|384|512))$/u.exec(algorithm)?.groups?.['digest'];
    if (digest === undefined) return undefined;
    const hash = fromHex(text) ?? fromBase64(text);
    return readPbkdf2({ digest, rounds: wholeNumber(iterations), salt: saltOf(salt ?? ''), hash });
  },
};

/** passlib's `$pbkdf2-sha512$25000$<salt>$<hash>`, which is Odoo's, Mailu's and GitLab's; `$pbkdf2$` is of SHA-1. */
export const passlibPbkdf2: Layout = {
  id: 'passlib-pbkdf2',
  read({ text }) {
    const found = /^\$pbkdf2(?:-(?<digest>\w+))?\$(?<rounds>[^$]*)\$(?<salt>[^$]*)\$(?<hash>[^$]*)$/u.exec(
      text,
    )?.groups;
    if (found === undefined) return text.startsWith('$pbkdf2') ? UNKNOWN : undefined;
    const { digest = 'sha1', rounds, salt = '', hash = '' } = found;
    return readPbkdf2({
      digest,
      rounds: wholeNumber(rounds),
      salt: salt === '' ? Buffer.alloc(0) : fromPasslib(salt),
      hash: fromPasslib(hash),
    });
  },
};
