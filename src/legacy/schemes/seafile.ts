import { readDigest, readPlainDigest } from './digest.ts';
import { fromHex } from './encodings.ts';
import { readPbkdf2 } from './pbkdf2.ts';
import { UNKNOWN, wholeNumber, type Layout } from './scheme.ts';

/** Stands in the program of old versions, the same for everybody. */
const OLD_SALT = Buffer.from('db9145c306c7cc26', 'hex');

/** Seafile: `PBKDF2SHA256$10000$<salt>$<hash>` in hexadecimal; older ones one SHA-256 with a fixed salt, or a SHA-1. */
export const seafile: Layout = {
  id: 'seafile',
  read({ text, algorithm }) {
    if (text.startsWith('PBKDF2SHA256$')) {
      const [, rounds, salt = '', hash = '', more] = text.split('$');
      if (more !== undefined) return UNKNOWN;
      return readPbkdf2({ digest: 'sha256', rounds: wholeNumber(rounds), salt: fromHex(salt), hash: fromHex(hash) });
    }
    if (algorithm !== 'seafile') return undefined;
    const hash = fromHex(text);
    return hash?.length === 20
      ? readPlainDigest('sha1', hash)
      : readDigest({ digest: 'sha256', order: 'password-salt', salt: OLD_SALT, hash });
  },
};
