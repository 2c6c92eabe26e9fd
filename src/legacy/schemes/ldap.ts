import { readDigest, readPlainDigest } from './digest.ts';
import { fromBase64, fromHex, fromPasslib } from './encodings.ts';
import { readPbkdf2 } from './pbkdf2.ts';
import type { ReadHash } from './record.ts';
import { UNKNOWN, wholeNumber, type Layout } from './scheme.ts';

/** The digests with their length in bytes, by the word in braces; with an S before it they have a salt behind. */
const DIGESTS: Readonly<Record<string, readonly [string, number]>> = {
  MD5: ['md5', 16],
  SHA: ['sha1', 20],
  SHA1: ['sha1', 20],
  SHA224: ['sha224', 28],
  SHA256: ['sha256', 32],
  SHA384: ['sha384', 48],
  SHA512: ['sha512', 64],
  'LDAP-MD5': ['md5', 16],
  'PLAIN-MD5': ['md5', 16],
};

/** Words whose text tells itself. */
const CRYPT = /^(?:CRYPT|BLF-CRYPT|MD5|MD5-CRYPT|SHA256-CRYPT|SHA512-CRYPT|ARGON2(?:I|ID)?)$/u;

const digestOf = (word: string): readonly [string, number] | undefined =>
  Object.hasOwn(DIGESTS, word) ? DIGESTS[word] : undefined;

/** Dovecot's words may say how the bytes are written; without, digits that fit the length are hexadecimal. */
function bytesOf(text: string, encoding: string | undefined, length: number): Buffer | undefined {
  if (encoding === 'HEX') return fromHex(text);
  if (encoding === undefined && text.length === 2 * length) return fromHex(text) ?? fromBase64(text);
  return fromBase64(text);
}

function readSalted([digest, length]: readonly [string, number], bytes: Buffer | undefined): ReadHash {
  if (bytes === undefined || bytes.length < length) return UNKNOWN;
  const [hash, salt] = [bytes.subarray(0, length), bytes.subarray(length)];
  return readDigest({ digest, order: 'password-salt', salt, hash });
}

/** OpenLDAP's and passlib's `{PBKDF2-SHA256}<rounds>$<salt>$<hash>`. */
function readLdapPbkdf2(digest: string, text: string): ReadHash {
  const [rounds, salt = '', hash = '', more] = text.split('$');
  if (more !== undefined) return UNKNOWN;
  return readPbkdf2({ digest, rounds: wholeNumber(rounds), salt: fromPasslib(salt), hash: fromPasslib(hash) });
}

/** Dovecot's `{PBKDF2}$1$<salt>$<rounds>$<hash>`: SHA-1, the salt as it stands, the hash in hexadecimal. */
function readDovecotPbkdf2(text: string): ReadHash {
  const [, salt = '', rounds, hash = '', more] = text.slice(1).split('$');
  if (more !== undefined) return UNKNOWN;
  return readPbkdf2({ digest: 'sha1', rounds: wholeNumber(rounds), salt: Buffer.from(salt), hash: fromHex(hash) });
}

/** `{WORD}text`, of LDAP (RFC 2307 §5.3), Dovecot and passlib. */
export const ldap: Layout = {
  id: 'ldap',
  read({ text }, again) {
    const found = /^\{(?<word>[\w-]+)(?:\.(?<encoding>hex|b64|base64))?\}(?<rest>.*)$/isu.exec(text)?.groups;
    if (found === undefined) return undefined;
    const [word, encoding, rest] = [(found['word'] ?? '').toUpperCase(), found['encoding'], found['rest'] ?? ''];
    if (CRYPT.test(word) && /^(?:[!$*]|x?$)/u.test(rest)) return again(rest);
    const pbkdf2 = /^PBKDF2(?:-(?<digest>SHA(?:1|256|512)))?$/u.exec(word);
    if (pbkdf2 !== null) {
      if (rest.startsWith('$1$')) return readDovecotPbkdf2(rest);
      return readLdapPbkdf2((pbkdf2.groups?.['digest'] ?? 'sha1').toLowerCase(), rest);
    }
    const plain = digestOf(word);
    if (plain !== undefined) return readPlainDigest(plain[0], bytesOf(rest, encoding?.toUpperCase(), plain[1]));
    const salted = word.startsWith('S') ? digestOf(word.slice(1)) : undefined;
    return salted === undefined ? UNKNOWN : readSalted(salted, bytesOf(rest, encoding?.toUpperCase(), Number.NaN));
  },
};
