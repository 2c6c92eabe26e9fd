import { eq, gt, lte, or } from 'drizzle-orm';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { accountOf } from './account.ts';
import { makeApplicantStore } from './applicant-store.ts';
import type { Post } from './letter.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The day of a digest begins at this hour in UTC: it is there when people in Europe begin theirs. */
const MORNING = 5 * HOUR;
const LEASE = 'sign_up_digest';

type Needs = { storage: Storage; seals: Seals; now: () => number; post: Post };

/** Tells administrators once a day that people wait, if any do. */
export function makeApplicantDigest({ storage, seals, now, post }: Needs) {
  const { account, lease } = storage.tables;
  const store = makeApplicantStore({ storage, seals });

  /** Takes this day's turn; false where it was taken, by whichever node. */
  async function takeTurn(tx: Db): Promise<boolean> {
    const until = Math.floor((now() - MORNING) / DAY) * DAY + DAY + MORNING;
    const row = { name: LEASE, holder: randomId(), until };
    // One that ends later than tomorrow was taken while the clock was wrong.
    const isOver = or(lte(lease.until, now()), gt(lease.until, now() + 2 * DAY));
    const taken = await tx
      .insert(lease)
      .values(row)
      .onConflictDoUpdate({ target: lease.name, set: row, ...(isOver === undefined ? {} : { setWhere: isOver }) })
      .returning({ name: lease.name });
    return taken.length === 1;
  }

  /** For the clock, about once an hour. Each active administrator with a verified mailbox gets one letter a day at most. */
  return async function sendDigest(): Promise<void> {
    const [oldest, ...others] = await store.list();
    if (oldest === undefined) return;
    const values = {
      count: String(1 + others.length),
      oldest_days: String(Math.max(0, Math.floor((now() - oldest.plea.at) / DAY))),
    };
    await storage.write(async (tx) => {
      if (!(await takeTurn(tx))) return;
      const rows = await tx.select().from(account).where(eq(account.role, 'administrator'));
      for (const row of rows) {
        const { mailbox, mailboxVerified, language, status } = accountOf(seals, row, now());
        if (status !== 'active' || !mailboxVerified || mailbox === undefined) continue;
        await post(tx, { kind: 'sign_up_digest', to: mailbox, language, values });
      }
    });
  };
}
