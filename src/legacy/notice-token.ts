import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Seals } from '../storage/seal.ts';

/** So many bytes of the code are enough: whoever guesses wrong learns nothing, and each guess is a request. */
const CODE = 16;

const codeOf = (key: string, applicationId: string, tag: string): Buffer =>
  createHmac('sha256', key).update(`${applicationId} ${tag}`).digest().subarray(0, CODE);

/** What a letter to an old address carries, for stopping them: which application, and the address by its tag alone. */
export function makeNoticeToken(seals: Seals, applicationId: string, tag: string): string {
  const [key = ''] = seals.keysFor('unsubscribe');
  return `${applicationId}.${tag}.${codeOf(key, applicationId, tag).toString('base64url')}`;
}

/** What such a token says; undefined for one that is none of ours. */
export function readNoticeToken(seals: Seals, token: string): { applicationId: string; tag: string } | undefined {
  const [, applicationId = '', tag = '', code = ''] =
    /^([\w-]{1,64})\.([\w-]{1,20}\.[\w-]{20,64})\.([\w-]{22})$/u.exec(token) ?? [];
  if (code === '') return undefined;
  const given = Buffer.from(code, 'base64url');
  const isOurs = seals
    .keysFor('unsubscribe')
    .some((key) => given.length === CODE && timingSafeEqual(given, codeOf(key, applicationId, tag)));
  return isOurs ? { applicationId, tag } : undefined;
}
