import { z } from 'zod';
import type { Seals } from '../storage/seal.ts';

/** Tokens are no part of any row: what they are bound to is what they are for. */
const CONTEXT = 'stop';

/** An address of ours with a longer one in it was made by somebody else. */
const LONGEST = 400;

const content = z.tuple([z.string(), z.string()]);

/**
 * What a letter to an old address carries, for stopping them: which application, and the address by its tag. Both are
 * sealed: whoever has the letter, or the address of its page out of a log, and a copy of the tables besides, cannot tell
 * which row is about it (P2).
 */
export function makeNoticeToken(seals: Seals, applicationId: string, tag: string): string {
  const said: z.input<typeof content> = [applicationId, tag];
  return seals.seal('notice-token', CONTEXT, JSON.stringify(said));
}

/** What such a token says; undefined for one that is none of ours, or not written just as we wrote it. */
export function readNoticeToken(seals: Seals, token: string): { applicationId: string; tag: string } | undefined {
  const [, body = ''] = /^[\w-]+\.([\w-]+)$/u.exec(token) ?? [];
  const isOneWay = Buffer.from(body, 'base64url').toString('base64url') === body;
  if (body === '' || !isOneWay || token.length > LONGEST) return undefined;
  try {
    const [applicationId, tag] = content.parse(JSON.parse(seals.open('notice-token', CONTEXT, token)));
    return { applicationId, tag };
  } catch {
    return undefined;
  }
}
