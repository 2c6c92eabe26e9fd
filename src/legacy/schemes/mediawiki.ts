import { createHash } from 'node:crypto';
import { fromBase64, fromHex } from './encodings.ts';
import { readPlainDigest } from './digest.ts';
import { readPbkdf2 } from './pbkdf2.ts';
import { textOf, type HashRecord, type ReadHash } from './record.ts';
import { prepared, UNKNOWN, wholeNumber, type Layout } from './scheme.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** MediaWiki composes characters (NFC) in everything that it reads out of a form. */
const typed = (password: string): string => password.normalize('NFC');

const saltedMd5 = (password: string, record: HashRecord): string =>
  `${textOf(record, 'salt_before')}-${md5(typed(password))}`;

type Read = (rest: string, again: (text: string) => ReadHash) => ReadHash;

/** `sha512:30000:64` and the rest of PBKDF2. */
function pbkdf2(parameters: string, salt: string, hash: string): ReadHash {
  const [digest = '', rounds, length, more] = parameters.split(':');
  const bytes = fromBase64(hash);
  if (more !== undefined || bytes?.length !== wholeNumber(length)) return UNKNOWN;
  return readPbkdf2({ digest, rounds: wholeNumber(rounds), salt: fromBase64(salt), hash: bytes });
}

/** Parameters of both layers, salts of both, the hash; the first layer has no parameters, and only B has a salt. */
function layered(rest: string): { outer: ReadHash; salt: string } | undefined {
  const [first, parameters = '', salt = '', outerSalt = '', hash = '', more] = rest.split('!');
  if (first !== '' || more !== undefined) return undefined;
  return { outer: pbkdf2(parameters, outerSalt, hash), salt };
}

function salted(rest: string): ReadHash {
  const [salt = '', hash = '', more] = rest.split(':');
  if (more !== undefined) return UNKNOWN;
  return prepared(readPlainDigest('md5', fromHex(hash)), 'mediawiki-b', { salt_before: salt });
}

const TYPES: Readonly<Record<string, Read>> = {
  // Some that have a salt were written down as if they had none.
  A: (rest) => (rest.includes(':') ? salted(rest) : prepared(readPlainDigest('md5', fromHex(rest)), 'mediawiki')),
  B: salted,
  pbkdf2(rest) {
    const [, parameters = '', salt = '', hash = ''] = /^([^:]+:[^:]+:[^:]+):([^:]+):([^:]+)$/u.exec(rest) ?? [];
    return prepared(pbkdf2(parameters, salt, hash), 'mediawiki');
  },
  bcrypt(rest, again) {
    const [cost = '', salt = '', hash = ''] = rest.split('$');
    return prepared(again(`$2y$${cost.padStart(2, '0')}$${salt}${hash}`), 'mediawiki');
  },
  argon2: (rest, again) => prepared(rest.startsWith('$argon2') ? again(rest) : UNKNOWN, 'mediawiki'),
  'pbkdf2-legacyA'(rest) {
    const layers = layered(rest);
    return layers?.salt === '' ? prepared(layers.outer, 'mediawiki-layer-a') : UNKNOWN;
  },
  'pbkdf2-legacyB'(rest) {
    const layers = layered(rest);
    return layers === undefined ? UNKNOWN : prepared(layers.outer, 'mediawiki-layer-b', { salt_before: layers.salt });
  },
};

/** MediaWiki: `:<type>:…`; some types hash once more what an older one had made. */
export const mediawiki: Layout = {
  id: 'mediawiki',
  read({ text }, again) {
    const [, type, rest = ''] = /^:([^:]+):(.*)$/su.exec(text) ?? [];
    if (type === undefined) return undefined;
    const read = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
    return read?.(rest, again) ?? UNKNOWN;
  },
  preparations: {
    mediawiki: (password) => [Buffer.from(typed(password))],
    'mediawiki-b': (password, record) => [Buffer.from(saltedMd5(password, record))],
    'mediawiki-layer-a': (password) => [Buffer.from(md5(typed(password)))],
    'mediawiki-layer-b': (password, record) => [Buffer.from(md5(saltedMd5(password, record)))],
  },
};
