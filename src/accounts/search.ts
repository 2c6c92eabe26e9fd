import { eq } from 'drizzle-orm';
import { canonicalName } from '../names.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { accountOf, type Account } from './account.ts';
import { searchTagOf } from './mailbox.ts';
import { canonicalMailbox } from '../mailbox.ts';
import { makeAccountStore } from './store.ts';

/** Longer than any login name or mailbox; the rest is not looked at. */
const TEXT_MAX = 400;

/** So many accounts are shown at most: anybody may assert any mailbox. */
const FOUND_MAX = 50;

/** Remembers that every account has its search tag. */
const FACT = 'mailbox_search';
const BATCH = 200;
/** So many batches at a time, so that the program can stop in between. */
const BATCHES = 25;

type Needs = { storage: Storage; seals: Seals; now: () => number };

/** Finding accounts for administrators: by the whole login name or the whole mailbox, never by a part. */
export function makeSearch({ storage, seals, now }: Needs) {
  const store = makeAccountStore(storage);
  const { meta } = storage.tables;
  let isFilled = false;
  let last = '';

  const isKnownFilled = async (): Promise<boolean> =>
    (await storage.read.select().from(meta).where(eq(meta.key, FACT))).length > 0;

  async function fillBatch(): Promise<boolean> {
    const rows = await store.withoutSearchTagAfter(last, BATCH);
    await storage.write(async (tx) => {
      for (const { id } of rows) {
        // Read again under a lock: its owner may be changing it.
        const row = await store.lock(tx, id);
        const mailbox = row === undefined ? undefined : accountOf(seals, row, now()).mailbox;
        if (mailbox === undefined) continue;
        await store.update(tx, id, { mailboxSearchTag: searchTagOf(seals, canonicalMailbox(mailbox)) });
      }
    });
    last = rows.at(-1)?.id ?? last;
    return rows.length === BATCH;
  }

  return {
    /**
     * The accounts of a login name, or of a mailbox whether verified or not: verified ones first, at most 50. It tells
     * who exists, so it is for administrators.
     */
    async search(text: string): Promise<Account[]> {
      const wanted = text.slice(0, TEXT_MAX);
      if (!wanted.includes('@')) {
        const row = await store.findByLogin(seals.tags('login', canonicalName(wanted)));
        return row === undefined ? [] : [accountOf(seals, row, now())];
      }
      const tags = seals.tags('mailbox-search', canonicalMailbox(wanted));
      // The verified one by its own tag: no number of assertions hides it.
      const verified = await store.findWithPassword('mailboxTag', seals.tags('mailbox', canonicalMailbox(wanted)));
      const rows = await store.findBySearchTag(tags, FOUND_MAX);
      const others = rows.filter(({ id }) => id !== verified?.account.id);
      return [...(verified === undefined ? [] : [verified.account]), ...others]
        .slice(0, FOUND_MAX)
        .map((row) => accountOf(seals, row, now()));
    },

    /**
     * Gives accounts that were made before there was a search by mailbox their tag, some thousands at a time; once all
     * have it, this does nothing any more. For the clock.
     */
    async fillSearch(): Promise<void> {
      if (isFilled) return;
      if (!(await isKnownFilled())) {
        for (let batch = 0; batch < BATCHES; batch += 1) {
          if (await fillBatch()) continue;
          const row = { key: FACT, value: 'filled' };
          await storage.write(async (tx) => void (await tx.insert(meta).values(row).onConflictDoNothing()));
          isFilled = true;
          return;
        }
        return;
      }
      isFilled = true;
    },
  };
}
