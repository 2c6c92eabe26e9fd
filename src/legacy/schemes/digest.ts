import { createHash } from 'node:crypto';
import { fromHex } from './encodings.ts';
import { bytesOf, textOf, type ReadHash } from './record.ts';
import { areEqual, recorded, UNKNOWN, type Layout, type Scheme } from './scheme.ts';

/** The digests by their length in bytes. */
const LENGTHS: Readonly<Record<string, number>> = { md5: 16, sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 };

export type DigestParts = {
  readonly digest: string;
  /** Where the salt goes. */
  readonly order: 'password-salt' | 'salt-password';
  readonly salt: Buffer;
  readonly hash: Buffer | undefined;
};

/** A record of one digest, or that its parts are none. */
export function readDigest({ digest, order, salt, hash }: DigestParts): ReadHash {
  if (hash === undefined || hash.length !== LENGTHS[digest]) return UNKNOWN;
  return recorded({ scheme: 'digest', digest, order, salt: salt.toString('base64'), hash: hash.toString('base64') });
}

/** The same without a salt. */
export const readPlainDigest = (digest: string, hash: Buffer | undefined): ReadHash =>
  readDigest({ digest, order: 'password-salt', salt: Buffer.alloc(0), hash });

/** One digest of a password and perhaps a salt. */
export const digestScheme: Scheme = {
  id: 'digest',
  verify(record, password) {
    const salt = bytesOf(record, 'salt');
    const parts = textOf(record, 'order') === 'salt-password' ? [salt, password] : [password, salt];
    const made = createHash(textOf(record, 'digest')).update(Buffer.concat(parts)).digest();
    return areEqual(made, bytesOf(record, 'hash'));
  },
  cost: () => ({ work: 0.01, memory: 0 }),
};

const NAMED: ReadonlySet<string | undefined> = new Set(['md5', 'sha1', 'sha256', 'sha384', 'sha512']);

/** Hexadecimal digits and nothing else, nor a salt: the digest is the one that is as long. */
export const digestLayout: Layout = {
  id: 'digest',
  read({ text, salt = '', algorithm = '' }) {
    const isNamed = NAMED.has(algorithm);
    if (!isNamed && salt !== '') return undefined;
    const hash = fromHex(text);
    if (hash === undefined) return isNamed ? UNKNOWN : undefined;
    const digest = Object.keys(LENGTHS).find((name) => NAMED.has(name) && LENGTHS[name] === hash.length);
    if (digest === undefined || salt !== '' || (isNamed && digest !== algorithm)) return isNamed ? UNKNOWN : undefined;
    return readPlainDigest(digest, hash);
  },
};

/** MySQL's PASSWORD() since 4.1: `*` and the SHA-1 of the SHA-1. */
export const mysql: Layout = {
  id: 'mysql',
  read({ text }) {
    if (!/^\*[\da-f]{40}$/iu.test(text)) return undefined;
    const read = readPlainDigest('sha1', fromHex(text.slice(1)));
    return read.kind === 'record' ? recorded({ ...read.record, before: 'sha1' }) : read;
  },
  preparations: { sha1: (password) => [createHash('sha1').update(password).digest()] },
};
