import { and, asc, eq, gt, gte, lt, lte, or } from 'drizzle-orm';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';

const DAY = 86_400_000;

/** Larger than any entry, so that all rows are of one size. */
const PADDING = 256;
/** No network address is longer, with its zone. */
const ADDRESS_MAX = 64;

/** So many entries are read at a time. */
const PAGE = 500;
/** So many entries about one person are shown. */
const FOUND_MAX = 2000;

type Entry = { at: number; address: string; account: string };

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  /** How long entries are kept; 0: there is no register. */
  connectionMonths: number;
};

export type Connections = ReturnType<typeof makeConnections>;

/** The start of the day in UTC, so many calendar months ago: on the last day of a month that is shorter. */
function monthsBefore(time: number, months: number): number {
  const date = new Date(time);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() - months];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(date.getUTCDate(), lastDay));
}

/**
 * The register of connections: who signed in, when and from where, for hosts whose law asks for it. Written and
 * forgotten; nothing here reads it but for the person whom it is about.
 */
export function makeConnections({ storage, seals, now, connectionMonths }: Needs) {
  const { connection } = storage.tables;

  return {
    /** Writes down that an account was proven from a network address. Does nothing where there is no register. */
    async recordConnection(accountId: string, address: string): Promise<void> {
      if (connectionMonths === 0) return;
      const at = now();
      const id = randomId();
      const entry: Entry = { at, address: address.slice(0, ADDRESS_MAX), account: accountId };
      const row = {
        id,
        day: Math.floor(at / DAY) * DAY,
        sealed: seals.sealPadded('connection', id, JSON.stringify(entry), PADDING),
      };
      await storage.write(async (tx) => void (await tx.insert(connection).values(row)));
    },

    /**
     * What the register holds about an account, the latest first, at most 2000. No column says whose an entry is: all of
     * it is opened for that, some at a time, so this is for rare occasions. `from`, `to`: the start of the first day and
     * of the last (milliseconds, UTC).
     */
    async connectionsOf(
      accountId: string,
      { from, to }: { readonly from?: number; readonly to?: number } = {},
    ): Promise<{ at: number; address: string }[]> {
      const between = and(
        from === undefined ? undefined : gte(connection.day, from),
        to === undefined ? undefined : lte(connection.day, to),
      );
      let found: { at: number; address: string }[] = [];
      for (let after = { day: -1, id: '' }; ;) {
        const rows = await storage.read
          .select()
          .from(connection)
          .where(
            and(
              between,
              or(gt(connection.day, after.day), and(eq(connection.day, after.day), gt(connection.id, after.id))),
            ),
          )
          .orderBy(asc(connection.day), asc(connection.id))
          .limit(PAGE);
        for (const { id, sealed } of rows) {
          const { account, at, address } = JSON.parse(seals.open('connection', id, sealed)) as Entry;
          if (account === accountId) found.push({ at, address });
        }
        found = found.toSorted((a, b) => b.at - a.at).slice(0, FOUND_MAX);
        const last = rows.at(-1);
        if (last === undefined || rows.length < PAGE) return found;
        after = last;
      }
    },

    /** Forgets what is older than the setting says; everything where there is no register. For the clock. */
    async sweepConnections(): Promise<void> {
      const outdated =
        connectionMonths === 0 ? gt(connection.day, -1) : lt(connection.day, monthsBefore(now(), connectionMonths));
      await storage.write(async (tx) => void (await tx.delete(connection).where(outdated)));
    },
  };
}
