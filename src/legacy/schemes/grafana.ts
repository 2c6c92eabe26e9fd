import { fromHex } from './encodings.ts';
import { readPbkdf2 } from './pbkdf2.ts';
import type { Layout } from './scheme.ts';

const HASH = /^[\da-f]{100}$/iu;

/** Grafana: PBKDF2 with 10,000 iterations, fifty bytes in hexadecimal, and the salt as it stands in its column. */
export const grafana: Layout = {
  id: 'grafana',
  read({ text, salt, algorithm }) {
    const isAsked = algorithm === 'grafana' || (algorithm === '' && salt !== undefined && HASH.test(text));
    if (!isAsked) return undefined;
    return readPbkdf2({ digest: 'sha256', rounds: 10_000, salt: Buffer.from(salt ?? ''), hash: fromHex(text) });
  },
};
