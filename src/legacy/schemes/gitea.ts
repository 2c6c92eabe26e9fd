import { readArgon2 } from './argon2.ts';
import { fromHex } from './encodings.ts';
import { readPbkdf2 } from './pbkdf2.ts';
import { UNKNOWN, wholeNumber, type Layout } from './scheme.ts';
import { readScrypt } from './scrypt.ts';

/** What each word meant before its numbers were written behind it. */
const FIRST: Readonly<Record<string, string>> = {
  pbkdf2: '10000$50',
  argon2: '2$65536$8$50',
  scrypt: '65536$16$2$50',
};

const ALGORITHM = /^(?:gitea|(?<word>pbkdf2|argon2|scrypt|bcrypt)(?<numbers>(?:\$\d+)*))$/u;

/** Ten characters are a salt as they stand; others are hexadecimal. */
const saltOf = (text: string): Buffer | undefined => (text.length === 10 ? Buffer.from(text) : fromHex(text));

/** Gitea and Forgejo: the hash in hexadecimal, how it was made in a column of its own (`pbkdf2$50000$50`). */
export const gitea: Layout = {
  id: 'gitea',
  read({ text, salt: saltText = '', algorithm = '' }, again) {
    const found = ALGORITHM.exec(algorithm)?.groups;
    if (found === undefined) return undefined;
    const { word = 'pbkdf2', numbers = '' } = found;
    if (word === 'bcrypt') return again(text);
    const given = numbers === '' ? FIRST[word] : numbers.slice(1);
    const [first, second, third, fourth] = (given ?? '').split('$').map(wholeNumber);
    const [salt, hash] = [saltOf(saltText), fromHex(text)];
    if (first === undefined || second === undefined) return UNKNOWN;
    if (word === 'pbkdf2') {
      return second === hash?.length ? readPbkdf2({ digest: 'sha256', rounds: first, salt, hash }) : UNKNOWN;
    }
    if (third === undefined || fourth !== hash?.length) return UNKNOWN;
    return word === 'scrypt'
      ? readScrypt({ n: first, r: second, p: third, salt, hash })
      : readArgon2({ type: 'id', version: 0x13, time: first, memory: second, lanes: third, salt, hash });
  },
};
