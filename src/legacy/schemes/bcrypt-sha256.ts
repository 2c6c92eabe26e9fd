import { createHash, createHmac } from 'node:crypto';
import { textOf } from './record.ts';
import { prepared, UNKNOWN, type Layout } from './scheme.ts';

const FIRST = /^(?<variant>2[ab]),(?<cost>\d{1,2})$/u;
const SECOND = /^v=2,t=(?<variant>2b),r=(?<cost>\d{1,2})$/u;

/**
 * passlib's bcrypt_sha256, which is Mailu's: bcrypt of the Base64 of a SHA-256, so that bcrypt cuts nothing. Its second
 * version makes that an HMAC whose key is the salt as it is written.
 */
export const bcryptSha256: Layout = {
  id: 'bcrypt-sha256',
  read({ text }, again) {
    if (!text.startsWith('$bcrypt-sha256$')) return undefined;
    const [, , parameters = '', salt = '', hash = '', more] = text.split('$');
    const first = FIRST.exec(parameters)?.groups;
    const { variant, cost = '' } = first ?? SECOND.exec(parameters)?.groups ?? {};
    if (variant === undefined || salt.length !== 22 || more !== undefined) return UNKNOWN;
    const inner = again(`$${variant}$${cost.padStart(2, '0')}$${salt}${hash}`);
    return prepared(inner, first === undefined ? 'bcrypt-hmac-sha256' : 'bcrypt-sha256');
  },
  preparations: {
    'bcrypt-sha256': (password) => [Buffer.from(createHash('sha256').update(password).digest('base64'))],
    'bcrypt-hmac-sha256': (password, record) => [
      Buffer.from(createHmac('sha256', textOf(record, 'salt')).update(password).digest('base64')),
    ],
  },
};
