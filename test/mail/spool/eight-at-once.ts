/** Keeps and reads eight large messages at once, in a process of its own, and prints how much memory that took. */
import { randomBytes } from 'node:crypto';
import { openStorage } from '../../../src/storage/open.ts';
import { makeSeals } from '../../../src/storage/seal.ts';
import { HEAD, openSpool, toProfile } from './sorting-office.ts';

const SIZE = 25_000_000;
const CHUNK = 64 * 1024;
const [folder = ''] = process.argv.slice(2);
const storage = await openStorage('sqlite', folder);
const ground = { storage, seals: makeSeals([randomBytes(32)]), masterKey: randomBytes(32), address: 'sqlite', folder };
const { spool } = openSpool({ ...ground, close: async () => undefined }, { time: Date.now() });

const used = (): number => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const before = used();
let peak = 0;
let steps = 0;
const look = (): void => {
  steps += 1;
  if (steps % 64 === 0) peak = Math.max(peak, used() - before);
};

async function keepAndRead(number: number): Promise<number> {
  const writer = spool.begin();
  for (let at = 0; at < SIZE; at += CHUNK) {
    await writer.write(Buffer.alloc(Math.min(CHUNK, SIZE - at), number));
    look();
  }
  const meta = {
    mailFrom: '',
    receivedAt: 0,
    bodyHash: String(number),
    client: { name: 'x', isEncrypted: false },
    authentication: '',
    arc: { instance: 0, cv: 'none' },
  } as const;
  const message = { head: Buffer.from(HEAD, 'latin1'), meta, body: await writer.finish() };
  const [delivery] = await spool.commit(message, [toProfile(`profile${number}`)]);
  const kept = await spool.message(delivery?.spoolId ?? '');
  let read = 0;
  for await (const part of kept?.body() ?? []) {
    read += part.equals(Buffer.alloc(part.length, number)) ? part.length : 0;
    look();
  }
  return read;
}

const read = await Promise.all(Array.from({ length: 8 }, (_, number) => keepAndRead(number)));
process.stdout.write(JSON.stringify({ read: read.reduce((sum, one) => sum + one, 0), peak }));
await storage.close();
