import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { fromBase64, fromHex } from './encodings.ts';
import { bytesOf, numberOf, textOf, type ReadHash } from './record.ts';
import { areEqual, recorded, UNKNOWN, wholeNumber, type Layout, type Preparation, type Scheme } from './scheme.ts';

/** The digests by the length of their keys in bytes. */
const DIGESTS: Readonly<Record<number, string>> = { 20: 'sha1', 32: 'sha256', 64: 'sha512' };

function readScram(rounds: number, salt: Buffer | undefined, key: Buffer | undefined): ReadHash {
  const digest = DIGESTS[key?.length ?? 0];
  if (digest === undefined || key === undefined || salt === undefined || !(rounds >= 1)) return UNKNOWN;
  const [saltText, hash] = [salt.toString('base64'), key.toString('base64')];
  return recorded({ scheme: 'scram', before: 'sasl', digest, rounds, salt: saltText, hash });
}

/** SCRAM (RFC 5802 §3, RFC 7677): what is kept is the StoredKey. */
export const scramScheme: Scheme = {
  id: 'scram',
  verify(record, password) {
    const key = bytesOf(record, 'hash');
    const digest = textOf(record, 'digest');
    const salted = pbkdf2Sync(password, bytesOf(record, 'salt'), numberOf(record, 'rounds'), key.length, digest);
    const clientKey = createHmac(digest, salted).update('Client Key').digest();
    return areEqual(createHash(digest).update(clientKey).digest(), key);
  },
  cost: (record) => ({ work: numberOf(record, 'rounds') * 0.0005, memory: 0 }),
};

/** SASLprep (RFC 4013), and the password as it is where that is another or forbidden: not every server prepares it. */
const sasl: Preparation = async (password) => {
  const { saslprep } = await import('@mongodb-js/saslprep');
  try {
    const form = saslprep(password, { allowUnassigned: true });
    return form === password ? [Buffer.from(form)] : [Buffer.from(form), Buffer.from(password)];
  } catch {
    return [Buffer.from(password)];
  }
};

const TEXT = /^(?:\{SCRAM-SHA-(?:1|256|512)\}|SCRAM-SHA-(?:1|256|512)\$)(?<rest>.*)$/isu;

/**
 * Dovecot's `{SCRAM-SHA-256}<rounds>,<salt>,<StoredKey>,<ServerKey>`, RFC 5803's `SCRAM-SHA-256$<rounds>:<salt>$<StoredKey>:<ServerKey>`,
 * and the columns of Prosody (the salt as it stands, the key in hexadecimal) and ejabberd (both in Base64).
 */
export const scramLayout: Layout = {
  id: 'scram',
  read({ text, salt = '', algorithm = '', iterations }) {
    if (algorithm === 'prosody') return readScram(wholeNumber(iterations), Buffer.from(salt), fromHex(text));
    if (/^ejabberd-[234]$/u.test(algorithm))
      return readScram(wholeNumber(iterations), fromBase64(salt), fromBase64(text));
    const rest = TEXT.exec(text)?.groups?.['rest'];
    if (rest === undefined) return undefined;
    const [rounds, saltText = '', key = '', server, more] = rest.split(/[,:$]/u);
    if (server === undefined || more !== undefined) return UNKNOWN;
    return readScram(wholeNumber(rounds), fromBase64(saltText), fromBase64(key));
  },
  forms: 2,
  preparations: { sasl },
};
