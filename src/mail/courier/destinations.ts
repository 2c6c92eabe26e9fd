import { randomInt } from 'node:crypto';
import { gt, inArray, lt } from 'drizzle-orm';
import { z } from 'zod';
import { roundUpToHour, SealError, type Seals } from '../../storage/seal.ts';
import type { Storage } from '../../storage/storage.ts';

const state = z.object({
  /** A mail domain, or the name of the smart host. */
  name: z.string(),
  since: z.number(),
  /** When it is tried again. */
  due: z.number(),
  /** How often it was tried in vain. */
  failures: z.number(),
  /** As in `Refusal`. */
  code: z.string(),
});

/** A destination that takes nothing at present. Times in milliseconds. */
export type Trouble = Readonly<z.output<typeof state>>;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Pauses after a destination took nothing, in milliseconds; the last one again and again. */
const PAUSES = [MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR];
const LONGEST_PAUSE = 2 * HOUR;
/** By how many per cent a pause may be longer or shorter. */
const JITTER = 20;
/** When a pause is over, one message is tried; the others wait for how it does, and no longer than this. */
const PROBE = 2 * MINUTE;
/** What is known of a destination is forgotten so long after the last attempt was due. */
const KEPT = 24 * HOUR;
/** How old what this node knows may be before it looks at what others found, in milliseconds. */
const FRESH = 30_000;
/** No more destinations are known to fail: what is beyond is tried, and costs its attempts (P8). */
const KNOWN_MAX = 2000;
/** Larger than any state, so that the size of a row says nothing. */
const PADDING = 512;

function pauseAfter(failures: number): number {
  const pause = PAUSES[failures - 1] ?? LONGEST_PAUSE;
  return Math.round((pause * randomInt(100 - JITTER, 100 + JITTER + 1)) / 100);
}

type Needs = { storage: Storage; seals: Seals; now: () => number };

/**
 * Which destinations take nothing, and when each is tried again. Of those that work there is no trace. In memory, and
 * in one row each for the other nodes and for the next start; written when a destination fails or works again.
 */
export function makeDestinations({ storage, seals, now }: Needs) {
  const { destination: table } = storage.tables;
  let failing = new Map<string, Trouble>();
  /** Until when the attempt that was let through may take. */
  const probing = new Map<string, number>();
  let readAt = -Infinity;
  let last: Promise<void> = Promise.resolve();

  /** One after the other: what is read never undoes what is being written. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    last = last.catch(() => undefined).then(work);
    return last;
  }

  function open({ tag, sealed }: { tag: string; sealed: string }): Trouble[] {
    try {
      const { data } = state.safeParse(JSON.parse(seals.open('destination', tag, sealed)));
      return data === undefined ? [] : [data];
    } catch (error) {
      if (error instanceof SealError) return [];
      throw error;
    }
  }

  const read = (): Promise<void> =>
    inTurn(async () => {
      const rows = await storage.read.select().from(table).where(gt(table.expiresHour, now())).limit(KNOWN_MAX);
      failing = new Map(rows.flatMap(open).map((trouble) => [trouble.name, trouble]));
      readAt = now();
    });

  const write = (trouble: Trouble): Promise<void> =>
    inTurn(async () => {
      const [tag = ''] = seals.tags('destination', trouble.name);
      const sealed = seals.sealPadded('destination', tag, JSON.stringify(trouble), PADDING);
      const expiresHour = roundUpToHour(trouble.due + KEPT);
      await storage.write(async (tx) => {
        const set = { sealed, expiresHour };
        await tx
          .insert(table)
          .values({ tag, ...set })
          .onConflictDoUpdate({ target: table.tag, set });
      });
    });

  const erase = (name: string): Promise<void> =>
    inTurn(() =>
      storage.write(
        async (tx) => void (await tx.delete(table).where(inArray(table.tag, seals.tags('destination', name)))),
      ),
    );

  return {
    /**
     * When a destination may be tried, in milliseconds; undefined: now. Once its pause is over this says "now" to the
     * first who asks, and to the others when that attempt must be over.
     */
    async mayTry(name: string): Promise<number | undefined> {
      if (now() - readAt >= FRESH) await read();
      const trouble = failing.get(name);
      if (trouble === undefined) return undefined;
      if (now() < trouble.due) return trouble.due;
      const probe = probing.get(name) ?? 0;
      if (now() < probe) return probe;
      probing.set(name, now() + PROBE);
      return undefined;
    },

    /** It took nothing. Of several attempts at the same time only the first counts. */
    async failed(name: string, code: string): Promise<void> {
      const known = failing.get(name);
      if (known !== undefined && now() < known.due) return;
      if (known === undefined && failing.size >= KNOWN_MAX) return;
      const failures = (known?.failures ?? 0) + 1;
      const trouble = { name, since: known?.since ?? now(), due: now() + pauseAfter(failures), failures, code };
      failing.set(name, trouble);
      probing.delete(name);
      await write(trouble);
    },

    /** It took a message, or refused one for that message's sake. */
    async worked(name: string): Promise<void> {
      probing.delete(name);
      if (failing.delete(name)) await erase(name);
    },

    /** Has every destination tried at once, on this node: an administrator has mended something. */
    async forgive(): Promise<void> {
      await read();
      for (const name of failing.keys()) await erase(name);
      failing.clear();
      probing.clear();
    },

    /** All that take nothing, on whichever node; the longest in trouble first. */
    async trouble(): Promise<Trouble[]> {
      await read();
      return [...failing.values()].toSorted((a, b) => a.since - b.since);
    },

    /** Forgets what nobody tried for long. */
    async sweep(): Promise<void> {
      await storage.write(async (tx) => void (await tx.delete(table).where(lt(table.expiresHour, now()))));
    },
  };
}
