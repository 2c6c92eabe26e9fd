import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { makeLog } from '../../../src/log.ts';
import { makeSpool, type Delivery, type NewDelivery, type Spool } from '../../../src/mail/spool/spool.ts';
import type { Ground } from '../../engines.ts';

export type Clock = { time: number };

type Needs = Parameters<typeof makeSpool>[0];

/** The spool of one node, on real storage, with a clock that only moves when told to. */
export function openSpool(
  ground: Ground,
  clock: Clock,
  more: Partial<Pick<Needs, 'storage' | 'reached' | 'limits'>> = {},
): { spool: Spool; lines: string[] } {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(...chunk.toString().split('\n').filter(Boolean));
      done();
    },
  });
  const { seals, storage } = ground;
  const needs = { storage, seals, log: makeLog('trace', stream), now: () => clock.time, ...more };
  return { spool: makeSpool(needs), lines };
}

export const HERON = 'heron-profile-of-alix';
export const SPARROW = 'sparrow-profile-of-alix';
export const MAGPIE = 'magpie-profile-of-bruno';

/** Mail of Meadow to a profile, which waits. */
export const toProfile = (profileId: string, more: Partial<NewDelivery> = {}): NewDelivery => ({
  profileId,
  kind: 'forward',
  state: 'waiting',
  fromDomain: 'meadow.example',
  correspondent: { address: 'notifications@meadow.example', name: 'Meadow' },
  messageId: '<1@meadow.example>',
  ...more,
});

export const HEAD = 'From: Meadow <notifications@meadow.example>\r\nSubject: caf\u00e9\r\n\r\n';

export const octets = (text: string, size: number): Buffer => Buffer.alloc(size, text);

/** Has a message kept as receiving does it, in chunks of 16 KiB or as given. */
export async function keep(
  spool: Spool,
  body: Buffer,
  deliveries: readonly NewDelivery[],
  { chunk = 16 * 1024, mailFrom = 'bounces@meadow.example' }: { chunk?: number; mailFrom?: string } = {},
): Promise<Delivery[]> {
  const writer = spool.begin();
  try {
    for (let at = 0; at < body.length; at += chunk) await writer.write(body.subarray(at, at + chunk));
    const meta = {
      mailFrom,
      receivedAt: 1,
      bodyHash: createHash('sha256').update(body).digest('base64'),
      client: { name: 'mail.meadow.example', isEncrypted: true },
      authentication: 'dkim=pass header.d=meadow.example',
      arc: { instance: 0, cv: 'none' },
    } as const;
    return await spool.commit({ head: Buffer.from(HEAD, 'latin1'), meta, body: await writer.finish() }, deliveries);
  } finally {
    await writer.abandon();
  }
}

/** Takes all that is due. */
export async function takeAll(spool: Spool, askedAt?: number): Promise<Delivery[]> {
  const taken: Delivery[] = [];
  for await (const delivery of spool.due(askedAt)) taken.push(delivery);
  return taken;
}

/** The octets of the message of a delivery. */
export async function bodyOf(spool: Spool, spoolId: string | undefined): Promise<Buffer> {
  const message = await spool.message(spoolId ?? '');
  if (message === undefined) throw new Error('there is no message');
  const parts: Buffer[] = [];
  for await (const part of message.body()) parts.push(part);
  return Buffer.concat(parts);
}
