import { createHash } from 'node:crypto';
import { readPlainDigest } from './digest.ts';
import { fromHex } from './encodings.ts';
import { prepared, type Layout } from './scheme.ts';

/** Matomo: what PHP makes of the MD5 of the password in hexadecimal; older ones that MD5 alone. */
export const matomo: Layout = {
  id: 'matomo',
  read({ text, algorithm }, again) {
    if (algorithm !== 'matomo') return undefined;
    return text.length === 32 ? readPlainDigest('md5', fromHex(text)) : prepared(again(text), 'md5');
  },
  preparations: { md5: (password) => [Buffer.from(createHash('md5').update(password).digest('hex'))] },
};
