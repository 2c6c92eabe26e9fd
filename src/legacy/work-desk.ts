import { isTaken, type Db, type Storage } from '../storage/storage.ts';
import type { Seals } from '../storage/seal.ts';
import { addressTag, NAMES_OF_ADDRESS } from './address-tag.ts';
import { canonicalMailbox } from '../mailbox.ts';
import type { Batch } from './batch.ts';
import type { HeldName, WorkDesk, Written } from './desk.ts';
import type { ImportStore } from './import-store.ts';
import { openLegacy } from './secret.ts';
import type { Done } from './work-pass.ts';

type Needs = { readonly storage: Storage; readonly seals: Seals; readonly store: ImportStore };

/** Somebody stands under one of the keys. */
class Conflict extends Error {}

/** So many rows are read at once. */
const PAGE = 500;

/** Looks up what stands under some keys of an application. */
export async function heldNames(
  { storage, seals, store }: Needs,
  applicationId: string,
  keys: readonly string[],
): Promise<HeldName[]> {
  const profiles = await store.profiles(storage.read, applicationId, keys);
  const rows = await store.oldRows(storage.read, applicationId, keys);
  return [
    ...profiles,
    ...rows.map((row) => ({
      nameKey: row.nameKey,
      name: row.name,
      old: { batchId: row.batchId, key: openLegacy(seals, row).key },
    })),
  ];
}

/** The part of the desk that writes: `commit` runs a transaction that also says how far the import is. */
export function makeWorkDesk(
  { storage, seals, store }: Needs,
  { id: batchId, applicationId }: Pick<Batch, 'id' | 'applicationId'>,
  commit: (done: Partial<Done>, write?: (tx: Db) => Promise<void>) => Promise<void>,
  goesOn: () => boolean,
): Pick<WorkDesk, 'commit' | 'writeRows' | 'addressed' | 'writeAddresses'> {
  async function timed(done: Partial<Done>, write: (tx: Db) => Promise<void>): Promise<Written> {
    const started = performance.now();
    const isThrough = await commit(done, write).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Conflict) return false;
        throw error;
      },
    );
    return { isThrough, milliseconds: performance.now() - started, goesOn: goesOn() };
  }

  return {
    commit: (done) => commit(done),

    writeRows: (done, shapes, rows) =>
      timed(done, async (tx) => {
        // First the shapes: who makes a profile of such a name at the same moment takes the same one, before us or after.
        await store.takeShapes(tx, applicationId, shapes);
        if (await store.hasProfiles(tx, applicationId)) {
          const keys = (JSON.parse(rows) as [string][]).map(([key]) => key);
          if ((await store.profiles(tx, applicationId, keys)).length > 0) throw new Conflict();
        }
        try {
          await store.insertRows(tx, { applicationId, batchId }, rows);
        } catch (error) {
          throw isTaken(error) ? new Conflict() : error;
        }
      }),

    async addressed(after) {
      const rows = await store.freeRows(storage.read, batchId, applicationId, after, PAGE);
      const found = rows.flatMap((row) => {
        const { address, confirmed } = openLegacy(seals, row);
        return address === undefined || !confirmed
          ? []
          : [{ nameKey: row.nameKey, address: canonicalMailbox(address) }];
      });
      return { found, last: rows.at(-1)?.nameKey };
    },

    writeAddresses: (done, tagged) =>
      timed(done, async (tx) => {
        let left = tagged;
        // Who took a name back meanwhile is found by its address no more.
        if (await store.hasTaken(tx, batchId)) {
          const keys = tagged.map(({ nameKey }) => nameKey);
          const free = await store.stillFree(tx, batchId, applicationId, keys);
          left = tagged.filter(({ nameKey }) => free.has(nameKey));
        }
        for (let nth = 1; left.length > 0; nth += 1) {
          const given = await store.insertTags(tx, applicationId, left);
          left = left.filter(({ tag, nameKey }) => given.get(tag) !== nameKey);
          if (nth === NAMES_OF_ADDRESS) return;
          left = left.map((one) => ({ ...one, tag: addressTag(seals, applicationId, one.address, nth) }));
        }
      }),
  };
}
