import { createHash } from 'node:crypto';
import { textOf } from './record.ts';
import { prepared, UNKNOWN, type Layout } from './scheme.ts';

const SHAPE = /^#(?<kind>MD5|SHA1|SHA1-S)#(?:(?<salt>[^#]*)#)?(?<hash>[^#]+)$/u;

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

/** FluxBB: hashes from before, hashed once more by PHP. */
export const fluxbb: Layout = {
  id: 'fluxbb',
  read({ text }, again) {
    if (!text.startsWith('#')) return undefined;
    const { kind, salt, hash = '' } = SHAPE.exec(text)?.groups ?? {};
    if (kind === undefined || (kind === 'SHA1-S') !== (salt !== undefined)) return UNKNOWN;
    if (salt !== undefined) return prepared(again(hash), 'fluxbb-sha1-salt', { salt_before: salt });
    return prepared(again(hash), kind === 'MD5' ? 'md5' : 'fluxbb-sha1');
  },
  preparations: {
    'fluxbb-sha1': (password) => [Buffer.from(sha1(password))],
    'fluxbb-sha1-salt': (password, record) => [Buffer.from(sha1(textOf(record, 'salt_before') + sha1(password)))],
  },
};
