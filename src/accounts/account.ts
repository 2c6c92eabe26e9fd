import { z } from 'zod';
import { canonicalName } from '../names.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
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
  /** `awaiting`: an administrator has not said yes yet. `leaving`: its owner asked for its deletion, and may still keep it. */
  readonly status: 'active' | 'suspended' | 'awaiting' | 'leaving';
  /** When a suspension ends by itself, in milliseconds; the past where it has. */
  readonly suspendedUntil?: number;
  /** Proofs given before this moment (milliseconds) no longer count; 0 where all do. */
  readonly proofsSince: number;
  /** Whether its owner set up a second factor; whoever has one proves it at every sign-in. */
  readonly secondFactor: boolean;
  /** The version of the rules that its owner accepted last. */
  readonly termsAccepted?: string;
  /** When a leaving account goes, in milliseconds. */
  readonly leavingAt?: number;
};

/** The part of an account that is sealed. */
export type Details = Pick<
  Account,
  'loginName' | 'mailbox' | 'language' | 'suspendedUntil' | 'termsAccepted' | 'leavingAt'
> &
  Partial<Pick<Account, 'proofsSince' | 'secondFactor'>>;

/** Whether a leaving account's owner may still think better of it, at the time `now` (milliseconds). */
export function mayBeKept({ status, leavingAt = 0 }: Account, now: number): boolean {
  return status === 'leaving' && now < leavingAt;
}

/** Larger than the longest details, so that all rows are of one size. */
const PADDING = 1024;

const sealedDetails = z.object({
  loginName: z.string(),
  mailbox: z.string().nullable(),
  language: z.enum(['fr', 'en']),
  proofsSince: z.number().default(0),
  until: z.number().optional(),
  secondFactor: z.boolean().default(false),
  terms: z.string().optional(),
  leavingAt: z.number().optional(),
});

const plain = z.object({
  role: z.enum(['person', 'administrator']),
  status: z.enum(['active', 'suspended', 'awaiting', 'leaving']),
});

type Plain = z.output<typeof plain>;

/** Seals what is private of an account; it opens in the row of this account only. */
export function sealDetails(seals: Seals, id: string, details: Details): string {
  const {
    loginName,
    mailbox,
    language,
    proofsSince = 0,
    suspendedUntil,
    secondFactor,
    termsAccepted,
    leavingAt,
  } = details;
  const kept: z.input<typeof sealedDetails> = {
    loginName,
    mailbox: mailbox ?? null,
    language,
    proofsSince,
    until: suspendedUntil,
    secondFactor,
    terms: termsAccepted,
    leavingAt,
  };
  const json = JSON.stringify(kept);
  return seals.sealPadded('account', id, json, PADDING);
}

/**
 * Where a suspension has an end, that time alone decides, as the clock stands now: a clock that ran ahead and was set
 * back lets nobody out for longer than it was wrong. The column follows by `reinstateDue`.
 */
function statusOf(status: Plain['status'], until: number | undefined, now: number): Plain['status'] {
  if (until === undefined || status === 'awaiting' || status === 'leaving') return status;
  return now < until ? 'suspended' : 'active';
}

/**
 * Opens a row, as it stands at the time `now` (milliseconds).
 * @throws {SealError} when it was moved or edited; internal.
 */
export function accountOf(seals: Seals, row: AccountRow, now: number): Account {
  const { loginName, mailbox, language, proofsSince, until, secondFactor, terms, leavingAt } = sealedDetails.parse(
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
    secondFactor,
    ...(terms === undefined ? {} : { termsAccepted: terms }),
    ...(leavingAt === undefined ? {} : { leavingAt }),
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

    /** The account as it stands inside a transaction of the caller's: until that ends, nothing else changes it. */
    async hold(tx: Db, id: string): Promise<Account | undefined> {
      return opened(await store.lock(tx, id));
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

    /** Remembers that the account's owner accepted this version of the rules. */
    async acceptTerms(id: string, version: string): Promise<void> {
      await storage.write(async (tx) => {
        const account = opened(await store.lock(tx, id));
        if (account === undefined) return;
        await store.update(tx, id, { sealed: sealDetails(seals, id, { ...account, termsAccepted: version }) });
      });
    },

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
