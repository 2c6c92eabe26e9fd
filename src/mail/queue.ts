import { and, asc, count, eq, gt, inArray, lt, lte, or } from 'drizzle-orm';
import { z } from 'zod';
import { LETTERS, type Letter, type LetterKind } from '../accounts/accounts.ts';
import type { Log } from '../log.ts';
import { randomId, SealError, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';

const waiting = z.object({
  kind: z.enum(Object.keys(LETTERS) as [LetterKind, ...LetterKind[]]),
  to: z.string(),
  language: z.enum(['fr', 'en']),
  values: z.record(z.string(), z.string()),
  /** When it was handed over, in milliseconds. */
  since: z.number(),
  /** When it leaves, in milliseconds; while somebody sends it, when another may try. */
  due: z.number(),
  /** How often it was tried in vain. */
  tries: z.number(),
});

type Waiting = z.output<typeof waiting>;

/** A letter that was taken from the queue to be sent. `row` is how it lies there meanwhile. */
export type Taken = { readonly row: { readonly id: string; readonly sealed: string }; readonly letter: Waiting };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** More letters than these do not wait (P8). */
export const WAITING_MAX = 10_000;
/** Letters that anybody can ask for leave room for those that tell of what happened to an account. */
const ASKED_MAX = 9_000;
const ASKED: ReadonlySet<LetterKind> = new Set<LetterKind>([
  'sign_up',
  'sign_up_known',
  'sign_up_waiting',
  'recovery',
  'recovery_closed',
  'recovery_unknown',
  'old_name_code',
]);
/** Longest value, in UTF-16 units; longer ones are cut. */
export const VALUE_MAX = 500;
/** Of every row before it is sealed, in bytes: room for ten values of three bytes a character and for the mailbox. */
const SIZE = 16_384;
/** Longest mailbox (RFC 5321 §4.5.3.1.3). */
const MAILBOX_MAX = 254;

/** Whoever takes a letter has this long to send it; then it may be taken again. Longer than any sending. */
export const LEASE = 5 * MINUTE;
/** Pauses after a letter was put off, in milliseconds; the last one again and again. */
const PAUSES = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR];
const LONGEST_PAUSE = 6 * HOUR;
/** While the smart host takes nothing, letters wait no longer than this, to leave soon after it is back. */
const HOST_PAUSE = 5 * MINUTE;
/** A letter that could not be sent for so long is given up. */
export const PATIENCE = 48 * HOUR;
/** No letter is due later than this: one that seems to be was queued while the clock was wrong, and leaves now. */
const LATEST = LONGEST_PAUSE + HOUR;
/** Rows that nobody could open for so long are removed. */
const FORGOTTEN = 7 * 24 * HOUR;
/** So many are looked at together. */
const BATCH = 50;

/** A value as it may stand in a letter: well-formed, without control characters but line ends, not too long. */
function clean(value: string): string {
  const cut = value.length <= VALUE_MAX ? value : `${value.slice(0, VALUE_MAX - 1)}…`;
  return cut
    .replaceAll(/\r\n?/gu, '\n')
    .replaceAll(/[^\P{Cc}\n]/gu, ' ')
    .replaceAll(/\p{Cs}/gu, '\uFFFD');
}

/** Whether a letter can be sent to an address as it is written. */
export const isMailbox = (to: string): boolean =>
  to.length <= MAILBOX_MAX && /^[^\s<>@,;:"\p{Cc}]+@[^\s<>@,;:"\p{Cc}]+$/u.test(to);

/**
 * Letters waiting to leave, sealed, all rows of one size. They survive a restart; several nodes may deliver. Whoever
 * takes a letter moves it on by a lease, by compare-and-set, and removes it once the smart host has it: a node that
 * dies in between leaves a letter that another takes when the lease is over. So one may arrive twice, and none is lost.
 */
export function makeQueue({
  storage,
  seals,
  now,
  log,
}: {
  storage: Storage;
  seals: Seals;
  now: () => number;
  log: Log;
}) {
  const table = storage.tables.letter;
  /** When letters that were looked at are due: another node may put them off, but nobody brings them forward. */
  const known = new Map<string, number>();
  let dropped = 0;
  let unopened = 0;

  const sealedFor = (id: string, letter: Waiting) => ({
    sealed: seals.sealPadded('letter', id, JSON.stringify(letter), SIZE),
    dueHour: Math.floor(letter.due / HOUR) * HOUR,
  });

  /** One that does not open, for want of an old key, must not hold up the others. */
  function open(row: { id: string; sealed: string }): Waiting | undefined {
    try {
      return waiting.parse(JSON.parse(seals.open('letter', row.id, row.sealed)));
    } catch (error) {
      if (!(error instanceof SealError) && !(error instanceof z.ZodError)) throw error;
      known.set(row.id, now() + HOUR);
      unopened += 1;
      if (Number.isInteger(Math.log2(unopened))) log.error({ event: 'letter_sealed', times: unopened });
      return undefined;
    }
  }

  const isDue = (due: number): boolean => due <= now() || due > now() + LATEST;
  const same = ({ id, sealed }: Taken['row']) => and(eq(table.id, id), eq(table.sealed, sealed));

  async function putOff({ row, letter }: Taken, due: number): Promise<void> {
    const next = sealedFor(row.id, { ...letter, due, tries: letter.tries + 1 });
    await storage.write(async (tx) => void (await tx.update(table).set(next).where(same(row))));
    known.set(row.id, due);
  }

  return {
    /**
     * Adds a letter, in a transaction of the caller's. Where as many wait as may, or the mailbox is none, it is
     * dropped, and the log says so.
     */
    async add(tx: Db, { kind, to, language, values }: Letter): Promise<void> {
      const [row] = await tx.select({ count: count() }).from(table);
      const reason = (row?.count ?? 0) >= (ASKED.has(kind) ? ASKED_MAX : WAITING_MAX) ? 'full' : 'mailbox';
      if (reason === 'full' || !isMailbox(to)) {
        dropped += 1;
        // A flood of letters is no flood of lines.
        if (Number.isInteger(Math.log2(dropped))) log.warn({ event: 'letter_dropped', kind, reason, times: dropped });
        return;
      }
      const cleaned = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, clean(value)]));
      const id = randomId();
      const letter = { kind, to, language, values: cleaned, since: now(), due: now(), tries: 0 };
      await tx.insert(table).values({ id, ...sealedFor(id, letter) });
    },

    /** How many letters have not left yet. */
    async waiting(): Promise<number> {
      const [row] = await storage.read.select({ count: count() }).from(table);
      return row?.count ?? 0;
    },

    /** The ids of letters that may be due, those first that are in the earliest hour. */
    async due(): Promise<string[]> {
      const rows = await storage.read
        .select({ id: table.id })
        .from(table)
        .where(or(lte(table.dueHour, now()), gt(table.dueHour, now() + LATEST)))
        .orderBy(asc(table.dueHour));
      const ids = new Set(rows.map(({ id }) => id));
      for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
      return [...ids].filter((id) => isDue(known.get(id) ?? 0));
    },

    /** Takes those of some letters that are due, one after the other in the order given, each when it is asked for. */
    async *take(ids: readonly string[]): AsyncGenerator<Taken> {
      for (let start = 0; start < ids.length; start += BATCH) {
        const batch = ids.slice(start, start + BATCH);
        const found = await storage.read
          .select({ id: table.id, sealed: table.sealed })
          .from(table)
          .where(inArray(table.id, batch));
        const rows = new Map(found.map((row) => [row.id, row]));
        for (const id of batch) {
          const row = rows.get(id);
          if (row === undefined) continue;
          const letter = open(row);
          if (letter === undefined) continue;
          known.set(row.id, letter.due);
          if (!isDue(letter.due)) continue;
          const next = sealedFor(row.id, { ...letter, due: now() + LEASE });
          const taken = await storage.write((tx) =>
            tx.update(table).set(next).where(same(row)).returning({ id: table.id }),
          );
          if (taken.length === 1) yield { row: { id: row.id, sealed: next.sealed }, letter };
        }
      }
    },

    /** Removes a letter that has left or will never leave. */
    async remove({ row }: Taken): Promise<void> {
      await storage.write(async (tx) => void (await tx.delete(table).where(same(row))));
    },

    /** Has a letter leave later, because this one was not taken. */
    putOff: (taken: Taken): Promise<void> => putOff(taken, now() + (PAUSES[taken.letter.tries] ?? LONGEST_PAUSE)),

    /** Has a letter leave later, because the smart host takes none. */
    putOffWithHost: (taken: Taken): Promise<void> =>
      putOff(taken, now() + Math.min(PAUSES[taken.letter.tries] ?? LONGEST_PAUSE, HOST_PAUSE)),

    /** Whether a letter has waited for too long. */
    isTooOld: ({ letter }: Taken): boolean => letter.since + PATIENCE <= now(),

    /** Removes what nobody could open for a week; for the clock, about once an hour. */
    async sweep(): Promise<void> {
      const gone = await storage.write((tx) =>
        tx
          .delete(table)
          .where(lt(table.dueHour, now() - FORGOTTEN))
          .returning({ id: table.id }),
      );
      if (gone.length > 0) log.warn({ event: 'letters_forgotten', count: gone.length });
    },
  };
}
