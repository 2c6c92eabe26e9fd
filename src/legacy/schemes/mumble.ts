import { readPlainDigest } from './digest.ts';
import { fromHex } from './encodings.ts';
import { readPbkdf2 } from './pbkdf2.ts';
import { wholeNumber, type Layout } from './scheme.ts';

/** Mumble: PBKDF2 with SHA-384, both columns in hexadecimal; where it says no iterations, a bare SHA-1. */
export const mumble: Layout = {
  id: 'mumble',
  read({ text, salt = '', algorithm, iterations = '' }) {
    if (algorithm !== 'mumble') return undefined;
    const hash = fromHex(text);
    if (!/[1-9]/u.test(iterations)) return readPlainDigest('sha1', hash);
    return readPbkdf2({ digest: 'sha384', rounds: wholeNumber(iterations), salt: fromHex(salt), hash });
  },
};
