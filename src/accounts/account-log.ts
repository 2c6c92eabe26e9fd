import { and, asc, desc, gt, gte, inArray, lt } from 'drizzle-orm';
import { z } from 'zod';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { accountOf } from './account.ts';
import { makeAccountStore } from './store.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Larger than any entry, so that all rows are of one size. */
const PADDING = 256;

/** So many entries about one account are shown. */
const SHOWN = 500;

/** What stands both here and in the account's timeline: what concerns its safety, and nothing that it does anywhere. */
const FROM_TIMELINE = [
  'password_changed',
  'mailbox_changed',
  'mailbox_verified',
  'mailbox_taken_back',
  'second_mailbox_changed',
  'mailbox_paused',
  'mailbox_resumed',
  'sessions_ended',
  'sessions_ended_for',
  'link_made',
  'link_used',
  'link_stopped',
  'factor_added',
  'factor_removed',
  'factor_guessed',
  'recovery_codes_made',
  'recovery_code_used',
  'password_recovered',
  'data_taken',
  'leaving',
  'kept',
  'moderator_appointed',
  'moderator_dismissed',
] as const;

const KINDS = [
  ...FROM_TIMELINE,
  'made',
  'suspended',
  'suspension_over',
  'reinstated',
  'role_administrator',
  'role_person',
  'delegate_appointed',
  'delegate_dismissed',
] as const;

/** What may be logged of an account; the words are `account_log.<kind>`. */
export type AccountLogKind = (typeof KINDS)[number];

/** Every kind there is, for whoever has words for them. */
export const ACCOUNT_LOG_KINDS: readonly AccountLogKind[] = KINDS;

const content = z.object({
  kind: z.enum(KINDS),
  /** The hour it happened in, in milliseconds. */
  hour: z.number(),
  /** The account of who did it, where that was somebody else. */
  by: z.string().optional(),
  /** The kind of credential that was added or removed. */
  method: z.string().optional(),
});

/** Something to log. `by`: the account of whoever did it, where that is another than the account itself. */
export type NewAccountLogEntry = {
  readonly kind: AccountLogKind;
  readonly by?: string | undefined;
  readonly method?: string | undefined;
};

/** An entry as administrators read it. `hour`: milliseconds. `by`: a login name, empty where that account is gone. */
type AccountLogEntry = {
  readonly kind: AccountLogKind;
  readonly hour: number;
  readonly by?: string;
  readonly method?: string;
};

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  /** For how many days entries are kept. */
  accountLogDays: number;
};

export type AccountLog = ReturnType<typeof makeAccountLog>;

const isLogged = (kind: string): kind is AccountLogKind => (FROM_TIMELINE as readonly string[]).includes(kind);

/**
 * What happened to accounts, for administrators: to the hour, never what an account does at an application, never its
 * profiles. It goes with its account: nobody could find it any more, and whoever leaves is forgotten. It has no key in
 * common with the log of profiles, which knows days alone.
 */
export function makeAccountLog({ storage, seals, now, accountLogDays }: Needs) {
  const { accountLog } = storage.tables;
  const accounts = makeAccountStore(storage);
  const tagsOf = (accountId: string): string[] => seals.tags('account', 'log', accountId);

  async function entriesOf(db: Db, accountId: string): Promise<z.output<typeof content>[]> {
    const rows = await db
      .select()
      .from(accountLog)
      .where(inArray(accountLog.accountTag, tagsOf(accountId)))
      .orderBy(desc(accountLog.day), desc(accountLog.id))
      .limit(SHOWN);
    return rows
      .map(({ id, sealed }) => content.parse(JSON.parse(seals.open('account-log', id, sealed))))
      .toSorted((a, b) => b.hour - a.hour);
  }

  return {
    /** Writes an entry, in the transaction of what it tells of. */
    async add(tx: Db, accountId: string, { kind, by, method }: NewAccountLogEntry): Promise<void> {
      const id = randomId();
      const hour = Math.floor(now() / HOUR) * HOUR;
      const entry: z.input<typeof content> = {
        kind,
        hour,
        ...(by === undefined || by === accountId ? {} : { by }),
        ...(method === undefined ? {} : { method: method.slice(0, 40) }),
      };
      await tx.insert(accountLog).values({
        id,
        accountTag: seals.tag('account', 'log', accountId),
        day: Math.floor(hour / DAY) * DAY,
        sealed: seals.sealPadded('account-log', id, JSON.stringify(entry), PADDING),
      });
    },

    /** Writes what was just added to the account's timeline, where it is one of the kinds that belong here. */
    async follow(
      tx: Db,
      accountId: string,
      event: { readonly kind: string; readonly detail?: Readonly<Record<string, string>> | undefined },
      by?: string,
    ): Promise<void> {
      if (!isLogged(event.kind)) return;
      await this.add(tx, accountId, { kind: event.kind, by, method: event.detail?.['method'] });
    },

    /** The last 500 entries about an account, the latest first. */
    async list(accountId: string, db: Db = storage.read): Promise<AccountLogEntry[]> {
      const entries = await entriesOf(db, accountId);
      const ids = [...new Set(entries.flatMap(({ by }) => by ?? []))];
      const names = new Map(
        (await accounts.findMany(ids, db)).map((row) => [row.id, accountOf(seals, row, now()).loginName]),
      );
      return entries.map(({ kind, hour, by, method }) => ({
        kind,
        hour,
        ...(by === undefined ? {} : { by: names.get(by) ?? '' }),
        ...(method === undefined ? {} : { method }),
      }));
    },

    /**
     * The latest entry of one of these kinds, by its hour (milliseconds), from a time (milliseconds) on, however many others
     * were written since: nothing can be pushed out of sight.
     */
    async hourOfLatest(
      accountId: string,
      kinds: readonly AccountLogKind[],
      from: number,
      db: Db = storage.read,
    ): Promise<number | undefined> {
      const isRecent = gte(accountLog.day, Math.floor(from / DAY) * DAY);
      let [after, latest]: [string, number | undefined] = ['', undefined];
      for (;;) {
        const rows = await db
          .select()
          .from(accountLog)
          .where(and(inArray(accountLog.accountTag, tagsOf(accountId)), isRecent, gt(accountLog.id, after)))
          .orderBy(asc(accountLog.id))
          .limit(SHOWN);
        for (const { id, sealed } of rows) {
          const { kind, hour } = content.parse(JSON.parse(seals.open('account-log', id, sealed)));
          if (kinds.includes(kind)) latest = Math.max(latest ?? 0, hour);
          after = id;
        }
        if (rows.length < SHOWN) return latest;
      }
    },

    /** Forgets all about an account that is removed, in the transaction of that. */
    async forget(tx: Db, accountId: string): Promise<void> {
      await tx.delete(accountLog).where(inArray(accountLog.accountTag, tagsOf(accountId)));
    },

    /** Forgets what is older than the setting says; for the clock, about once an hour. */
    async sweep(): Promise<void> {
      const first = Math.floor(now() / DAY) * DAY - accountLogDays * DAY;
      await storage.write(async (tx) => void (await tx.delete(accountLog).where(lt(accountLog.day, first))));
    },
  };
}
