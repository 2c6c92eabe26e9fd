import { inPages, type Findings } from '../../storage/findings.ts';
import type { Seals } from '../../storage/seal.ts';
import type { Storage } from '../../storage/storage.ts';
import { hashId } from '../../storage/seal.ts';
import { sealedDelivery } from './delivery.ts';
import { PIECE, SMALL } from './body.ts';
import { sealedMessage } from './message.ts';
import { statusOf } from './rows.ts';
import { makeSpoolCheckStore } from './check-store.ts';

/**
 * Looks whether the spool holds together, and writes nothing: all of it opens, each delivery is found where its profile
 * and its bounces look for it, what is on its way has its message, and messages are whole.
 */
export async function checkSpool(storage: Storage, seals: Seals, findings: Findings): Promise<void> {
  const store = makeSpoolCheckStore(storage);

  for await (const page of inPages(store.deliveries, ({ id }) => id)) {
    const there = await store.messagesAmong(page.flatMap(({ spoolId }) => spoolId ?? []));
    for (const row of page) {
      if (row.status === 'closed' ? row.spoolId !== null : row.spoolId === null || !there.has(row.spoolId)) {
        findings.add('delivery_message', row.id);
      }
      try {
        const content = sealedDelivery.parse(JSON.parse(seals.open('delivery', row.id, row.sealed)));
        const { profileId, returnLocal, state } = content;
        const tags = profileId === undefined ? [null] : seals.tags('relay-profile', profileId);
        if (!(tags as (string | null)[]).includes(row.profileTag)) findings.add('delivery_tag', row.id);
        if (row.returnHash !== hashId(returnLocal)) findings.add('delivery_return', row.id);
        if (row.status !== 'closed' && row.status !== statusOf(state, true)) findings.add('delivery_status', row.id);
      } catch {
        findings.add('delivery_sealed', row.id);
      }
    }
  }

  for await (const page of inPages(store.messages, ({ id }) => id)) {
    const pieces = await store.piecesOf(page.map(({ id }) => id));
    const used = await store.usedAmong(page.map(({ id }) => id));
    for (const { id, sealed, hasBody } of page) {
      // A body that is being received has no header yet.
      if (!used.has(id)) continue;
      try {
        const { meta } = sealedMessage.parse(JSON.parse(seals.open('spool', id, sealed)));
        const expected = meta.size <= SMALL ? 0 : Math.ceil(meta.size / PIECE);
        if (hasBody !== (expected === 0) || (pieces.get(id) ?? 0) !== expected) findings.add('message_cut', id);
      } catch {
        findings.add('message_sealed', id);
      }
    }
  }
  for (const id of await store.strayPieces()) findings.add('message_stray', id);
}
