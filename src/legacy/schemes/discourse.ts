import { fromHex } from './encodings.ts';
import { readPbkdf2 } from './pbkdf2.ts';
import { UNKNOWN, wholeNumber, type Layout } from './scheme.ts';

const ALGORITHM = /^\$pbkdf2-sha256\$i=(?<rounds>\d+),l=32\$?$/u;

/** Discourse: the hash in hexadecimal, the salt as it stands in its column, how often in another. */
export const discourse: Layout = {
  id: 'discourse',
  read({ text, salt = '', algorithm = '', iterations }) {
    const rounds = ALGORITHM.exec(algorithm)?.groups?.['rounds'];
    if (rounds === undefined && algorithm !== 'discourse') return undefined;
    const hash = fromHex(text);
    if (hash?.length !== 32 || salt === '') return UNKNOWN;
    return readPbkdf2({ digest: 'sha256', rounds: wholeNumber(rounds ?? iterations), salt: Buffer.from(salt), hash });
  },
};
