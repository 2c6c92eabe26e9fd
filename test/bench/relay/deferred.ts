import { readConfig } from '../../../src/config.ts';
import { makeLog } from '../../../src/log.ts';
import { makeSpool } from '../../../src/mail/spool/spool.ts';
import { loadSeals } from '../../../src/storage/keys.ts';
import { openStorage } from '../../../src/storage/open.ts';
import { randomId } from '../../../src/storage/seal.ts';

const MINUTE = 60_000;
/** Recipients of one message, as many as one may have. */
const RECIPIENTS = 100;

/** Keeps `count` deliveries of small messages that were tried in vain and are due within this hour. */
export async function storeDeferred(environment: Record<string, string>, count: number): Promise<void> {
  const config = readConfig(environment);
  const storage = await openStorage(config.ALUCO_DATABASE, config.ALUCO_DATA);
  const seals = await loadSeals(storage, config.ALUCO_MASTER_KEY, `${config.ALUCO_DATA}.key`);
  const spool = makeSpool({ storage, seals, now: Date.now, log: makeLog('silent'), limits: { hand: count } });
  const head = Buffer.from('From: Meadow <notify@meadow.test>\r\nSubject: You were mentioned\r\n\r\n');
  const trouble = { code: '450', enhanced: '4.2.0', text: 'Come back later', at: Date.now() };
  try {
    for (let kept = 0; kept < count; kept += RECIPIENTS) {
      const writer = spool.begin();
      await writer.write(Buffer.alloc(5000, 'owl\r\n'));
      const meta = {
        mailFrom: 'notify@meadow.test',
        receivedAt: Date.now(),
        bodyHash: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
        client: { name: 'app.meadow.test', isEncrypted: true },
        authentication: 'dkim=pass header.d=meadow.test',
        arc: { instance: 0, cv: 'none' as const },
      };
      const deliveries = await spool.commit(
        { head, meta, body: await writer.finish() },
        Array.from({ length: RECIPIENTS }, () => ({
          kind: 'forward' as const,
          state: 'waiting' as const,
          fromDomain: 'meadow.test',
          profileId: randomId(),
        })),
      );
      await Promise.all(
        deliveries.map((delivery) => spool.putOff(delivery, { due: Date.now() + 20 * MINUTE, trouble })),
      );
    }
  } finally {
    await storage.close();
  }
}
