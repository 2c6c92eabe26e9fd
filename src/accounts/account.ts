import { z } from 'zod';
import { canonicalName } from '../names.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { makeAccountStore, type AccountRow } from './store.ts';

/** The languages pages and mail are written in. */
export type Language = 'fr' | 'en';

/** What one may do here. Moderation is no role: it is a matter between an account and one application. */
export type Role = 'person' | 'administrator';

/**
 * One person here, opened. `loginName` is as its owner wrote it (NFKC); `mailbox` has its domain in ASCII. A mailbox
 * that is not verified is only an assertion: nothing is forwarded to it and nobody signs in with it.
 */
export type Account = {
  readonly id: string;
  readonly loginName: string;
  readonly mailbox?: string;
  readonly mailboxVerified: boolean;
  readonly language: Language;
  readonly role: Role;
  readonly status: 'active' | 'suspended';
  /** When a suspension ends by itself, in milliseconds; the past where it has. */
  readonly suspendedUntil?: number;
  /** Proofs given before this moment (milliseconds) no longer count; 0 where all do. */
  readonly proofsSince: number;
};

/** The part of an account that is sealed. */
export type Details = Pick<Account, 'loginName' | 'mailbox' | 'language' | 'suspendedUntil'> & {
  readonly proofsSince?: number;
};

/** Larger than the longest details (by a few bytes: names in there are short), so that all rows are of one size. */
const PADDING = 512;

const sealedDetails = z.object({
  loginName: z.string(),
  mailbox: z.string().nullable(),
  language: z.enum(['fr', 'en']),
  proofsSince: z.number().default(0),
  until: z.number().optional(),
});

const plain = z.object({ role: z.enum(['person', 'administrator']), status: z.enum(['active', 'suspended']) });

type Plain = z.output<typeof plain>;

/** Seals what is private of an account; it opens in the row of this account only. */
export function sealDetails(
  seals: Seals,
  id: string,
  { loginName, mailbox, language, proofsSince = 0, suspendedUntil: until }: Details,
): string {
  const details: z.input<typeof sealedDetails> = { loginName, mailbox: mailbox ?? null, language, proofsSince, until };
  const json = JSON.stringify(details);
  return seals.sealPadded('account', id, json, PADDING);
}

/**
 * Where a suspension has an end, that time alone decides, as the clock stands now: a clock that ran ahead and was set
 * back lets nobody out for longer than it was wrong. The column follows by `reinstateDue`.
 */
function statusOf(status: Plain['status'], until: number | undefined, now: number): Plain['status'] {
  if (until === undefined) return status;
  return now < until ? 'suspended' : 'active';
}

/**
 * Opens a row, as it stands at the time `now` (milliseconds).
 * @throws {SealError} when it was moved or edited; internal.
 */
export function accountOf(seals: Seals, row: AccountRow, now: number): Account {
  const { loginName, mailbox, language, proofsSince, until } = sealedDetails.parse(
    JSON.parse(seals.open('account', row.id, row.sealed)),
  );
  const { role, status } = plain.parse({ role: row.role, status: row.status });
  return {
    id: row.id,
    loginName,
    ...(mailbox === null ? {} : { mailbox }),
    // The tag stands only while the mailbox is verified: there is no second place that could say otherwise.
    mailboxVerified: row.mailboxTag !== null,
    language,
    proofsSince,
    role,
    status: statusOf(status, until, now),
    ...(until === undefined ? {} : { suspendedUntil: until }),
  };
}

/** Finding accounts, and what anybody may change of their own without further proof. */
export function makeAccountAbility({ storage, seals, now }: { storage: Storage; seals: Seals; now: () => number }) {
  const store = makeAccountStore(storage);
  const opened = (row: AccountRow | undefined): Account | undefined =>
    row === undefined ? undefined : accountOf(seals, row, now());

  return {
    /** The account, suspended or not; undefined when there is none of this id. */
    async find(id: string): Promise<Account | undefined> {
      return opened(await store.find(id));
    },

    /** Whether the account exists and is not suspended, and a proof given at `provenAt` (milliseconds) still counts. */
    async isActive(id: string, provenAt?: number): Promise<boolean> {
      const account = opened(await store.find(id));
      if (account?.status !== 'active') return false;
      return provenAt === undefined || provenAt >= account.proofsSince;
    },

    /**
     * Has every proof given before now count no more, wherever a sign-in stands with it. To the second, because
     * sessions know no more; does nothing for an account that is gone.
     */
    async endProofs(id: string): Promise<void> {
      const proofsSince = Math.floor(now() / 1000) * 1000;
      await storage.write(async (tx) => {
        const account = opened(await store.lock(tx, id));
        if (account === undefined) return;
        await store.update(tx, id, { sealed: sealDetails(seals, id, { ...account, proofsSince }) });
      });
    },

    /** The account of exactly this login name, compared by `canonicalName`. For administrators: it tells who exists. */
    async findByLogin(text: string): Promise<Account | undefined> {
      return opened(await store.findByLogin(seals.tags('login', canonicalName(text))));
    },

    /** The month (YYYY-MM) in which an account was made. */
    createdMonth: (id: string): Promise<string | undefined> => store.createdMonth(id),

    /** Whether somebody can run this instance: at least one administrator who is not suspended. */
    hasAdministrator: (): Promise<boolean> => store.hasAdministrator(),

    /** Remembers the language of pages and mail. Does nothing for an account that is gone. */
    async setLanguage(id: string, language: Language): Promise<void> {
      await storage.write(async (tx) => {
        const account = opened(await store.lock(tx, id));
        if (account === undefined) return;
        await store.update(tx, id, { sealed: sealDetails(seals, id, { ...account, language }) });
      });
    },
  };
}
