import { randomInt } from 'node:crypto';
import { ne } from 'drizzle-orm';
import type { Accounts } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import type { Storage } from '../storage/storage.ts';
import type { Profiles } from './profiles.ts';

const HOUR = 3_600_000;

/** The hours within which each profile of a deleted account ends, from and until when its time to be kept is over (P1). */
export const SPREAD_HOURS = { from: 24, until: 14 * 24 };

/** Where the hour of the last round is remembered among the facts of the database. */
const FACT = 'departures';

type Needs = {
  accounts: Pick<Accounts, 'departing' | 'remove'>;
  applications: Pick<Applications, 'list'>;
  profiles: Pick<Profiles, 'endSome' | 'forgetAll'>;
  storage: Storage;
  now: () => number;
  /** True once in so many times, by chance. */
  draw?: (times: number) => boolean;
};

/**
 * Accounts that go. Each profile ends in an hour of its own between one day and fourteen, all equally likely and none
 * known beforehand: with so many hours left, one chance in as many each hour. So no plan is stored that could show which
 * profiles belong together, and hours missed while nothing ran only move what was due to the hours that are left.
 */
export function makeDepartures(needs: Needs) {
  const { accounts, applications, profiles, storage, now, draw = (times) => randomInt(times) === 0 } = needs;
  const { meta } = storage.tables;

  /** Whether this round is the first one of its hour, on any node: a second one would double every chance. */
  async function takeHour(): Promise<boolean> {
    const value = String(Math.floor(now() / HOUR));
    const rows = await storage.write((tx) =>
      tx
        .insert(meta)
        .values({ key: FACT, value })
        .onConflictDoUpdate({ target: meta.key, set: { value }, setWhere: ne(meta.value, value) })
        .returning({ key: meta.key }),
    );
    return rows.length > 0;
  }

  /** With how many chances a profile stays for this hour; nothing where none may end yet. */
  function chances(since: number): number | undefined {
    const hours = Math.floor((now() - since) / HOUR);
    return hours < SPREAD_HOURS.from ? undefined : Math.max(1, SPREAD_HOURS.until - hours);
  }

  return {
    /** One round: ends the profiles whose hour this is, and removes the accounts that have none left. For the clock. */
    async depart(): Promise<void> {
      if (!(await takeHour())) return;
      const everywhere = (await applications.list()).map(({ id }) => id);
      for await (const { id, since } of accounts.departing()) {
        const times = chances(since);
        const left = await profiles.endSome(id, everywhere, () => times !== undefined && draw(times));
        if (left === 0) await accounts.remove(id, (tx) => profiles.forgetAll(tx, id, everywhere));
      }
    },
  };
}
