import { createHash } from 'node:crypto';
import { readDigest } from './digest.ts';
import { fromBase64, fromHex } from './encodings.ts';
import { readPbkdf2 } from './pbkdf2.ts';
import type { ReadHash } from './record.ts';
import { prepared, UNKNOWN, wholeNumber, type Layout } from './scheme.ts';
import { readScrypt } from './scrypt.ts';

type Read = (parts: readonly string[], again: (text: string) => ReadHash) => ReadHash;

function pbkdf2(digest: string): Read {
  return ([rounds, salt = '', hash = '']) =>
    readPbkdf2({ digest, rounds: wholeNumber(rounds), salt: Buffer.from(salt), hash: fromBase64(hash) });
}

function salted(digest: string): Read {
  return ([salt = '', hash = '']) =>
    readDigest({ digest, order: 'salt-password', salt: Buffer.from(salt), hash: fromHex(hash) });
}

/** By the word before the first dollar: how many parts follow, and what they say. */
const WORDS: Readonly<Record<string, { readonly parts: number; readonly read: Read }>> = {
  pbkdf2_sha256: { parts: 3, read: pbkdf2('sha256') },
  pbkdf2_sha1: { parts: 3, read: pbkdf2('sha1') },
  sha1: { parts: 2, read: salted('sha1') },
  md5: { parts: 2, read: salted('md5') },
  argon2: { parts: 5, read: (parts, again) => again(`$${parts.join('$')}`) },
  bcrypt: { parts: 4, read: (parts, again) => again(parts.join('$')) },
  bcrypt_sha256: { parts: 4, read: (parts, again) => prepared(again(parts.join('$')), 'django-sha256') },
  scrypt: {
    parts: 5,
    read: ([n, salt = '', r, p, hash = '']) =>
      readScrypt({
        n: wholeNumber(n),
        r: wholeNumber(r),
        p: wholeNumber(p),
        salt: Buffer.from(salt),
        hash: fromBase64(hash),
      }),
  },
};

/** Django's hashers: `<word>$…`. */
export const django: Layout = {
  id: 'django',
  read({ text }, again) {
    const [word = '', ...parts] = text.split('$');
    const found = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    if (found === undefined || parts.length === 0) return undefined;
    return parts.length === found.parts ? found.read(parts, again) : UNKNOWN;
  },
  preparations: { 'django-sha256': (password) => [Buffer.from(createHash('sha256').update(password).digest('hex'))] },
};
