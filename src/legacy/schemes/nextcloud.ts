import { fromHex } from './encodings.ts';
import { readPlainDigest } from './digest.ts';
import { prepared, UNKNOWN, type Layout } from './scheme.ts';

/** The hashes by the number before the bar, as they begin. */
const BY_NUMBER = [/^\$2y\$/u, /^\$argon2i\$/u, /^\$argon2id\$/u];

/**
 * Nextcloud: `1|` bcrypt, `2|` argon2i, `3|` argon2id, all of which PHP tells apart by itself. Those without a number are
 * older: bcrypt with the `passwordsalt` of its settings behind the password, or without, or a bare SHA-1.
 */
export const nextcloud: Layout = {
  id: 'nextcloud',
  read({ text, algorithm }, again) {
    const numbered = /^[123]\|(?<hash>.+)$/u.exec(text)?.groups?.['hash'];
    if (numbered !== undefined) return BY_NUMBER.some((shape) => shape.test(numbered)) ? again(numbered) : UNKNOWN;
    if (algorithm !== 'nextcloud') return undefined;
    return text.length === 40 ? readPlainDigest('sha1', fromHex(text)) : prepared(again(text), 'nextcloud');
  },
  forms: 2,
  preparations: {
    nextcloud: (password, _record, { salt = '' }) => [Buffer.from(password + salt), Buffer.from(password)],
  },
};
