import { z } from 'zod';
import { hashId, isId, randomId, roundUpToHour, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { accountOf } from './account.ts';
import { makeLinkStore, type LinkRow } from './link-store.ts';
import { makeAccountStore } from './store.ts';

const HOUR = 3_600_000;

/** How long a link from an administrator may be used where nothing else is said, in milliseconds. */
export const LINK_LIFE = 24 * HOUR;

/** Larger than the longest content, so that all rows are of one size. */
const PADDING = 1024;

const common = {
  /** The administrator who made it; a command has none. */
  by: z.string().optional(),
  expiresAt: z.number(),
  /** How long it was made for, in milliseconds. */
  life: z.number().default(LINK_LIFE),
};

const ofAccount = { accountId: z.string(), ...common };

const content = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('account'),
    label: z.string(),
    role: z.enum(['person', 'administrator']),
    groups: z.array(z.string()),
    /** How many people may still use it. */
    uses: z.number().default(1),
    ...common,
  }),
  /** From an administrator: a new password; and without the second factor, where that is lost too. */
  z.object({
    kind: z.literal('password'),
    /** Before this moment (milliseconds) it opens nothing: its owner was told and may stop it. */
    opensAt: z.number().default(0),
    resetsFactors: z.boolean().default(false),
    ...ofAccount,
  }),
  /** By mail, to whoever asked: an account of their own, on the journey that they asked on. */
  z.object({
    kind: z.literal('sign-up'),
    mailbox: z.string(),
    journeyId: z.string().optional(),
    applicationId: z.string().optional(),
    ...common,
  }),
  /** By mail, to the owner: a new password, on the journey that they asked on. */
  z.object({
    kind: z.literal('recovery'),
    journeyId: z.string().optional(),
    applicationId: z.string().optional(),
    ...ofAccount,
  }),
  /** By mail, to a mailbox that is to be proven: the first or the second of its account. */
  z.object({ kind: z.literal('mailbox'), mailbox: z.string(), second: z.boolean(), ...ofAccount }),
  /** To the mailbox that was replaced: takes the change back. */
  z.object({ kind: z.literal('mailbox-undo'), mailbox: z.string(), ...ofAccount }),
  /** To the owner, for whom an administrator made a link: stops that. */
  z.object({ kind: z.literal('link-stop'), ...ofAccount }),
  /** From an administrator: looking after an application. */
  z.object({ kind: z.literal('moderator'), applicationId: z.string(), ...common }),
  /** To somebody who waits for approval: how it stands. */
  z.object({ kind: z.literal('applicant'), ...ofAccount }),
]);

/** What a link is for, opened. */
export type LinkContent = z.output<typeof content>;

/** A link as it stands, with the row it was read from. */
export type OpenLink = { readonly row: LinkRow; readonly content: LinkContent };

/** A link just made. The token is in no table: it is known to whoever is handed it. */
export type NewLink = { readonly id: string; readonly token: string; readonly expiresAt: number };

export type Links = ReturnType<typeof makeLinks>;

/**
 * One-time links for people: each opens a page on which one makes an account, or chooses a new password. A link is
 * worth what its maker is: it opens nothing any more once the administrator who made it is none (P4).
 */
export function makeLinks({ storage, seals, now }: { storage: Storage; seals: Seals; now: () => number }) {
  const store = makeLinkStore(storage);
  const accounts = makeAccountStore(storage);

  const open = (row: LinkRow): OpenLink => ({
    row,
    content: content.parse(JSON.parse(seals.open('invitation', row.id, row.sealed))),
  });

  /**
   * A link that seems to have much longer than it was made for was made while the clock ran ahead: it would stay open for
   * as long as the clock was wrong. A little too much does no harm, so whoever holds a good link is not turned away after
   * a correction.
   */
  const isInTime = ({ expiresAt, life }: LinkContent): boolean => now() < expiresAt && expiresAt - now() <= 2 * life;

  /** In a transaction by `tx`, which then holds the maker's account. */
  async function isBacked({ by }: LinkContent, tx?: Db): Promise<boolean> {
    if (by === undefined) return true;
    const row = tx === undefined ? await accounts.find(by) : await accounts.lock(tx, by);
    const maker = row === undefined ? undefined : accountOf(seals, row, now());
    return maker?.status === 'active' && maker.role === 'administrator';
  }

  return {
    open,
    isBacked,

    /** A new link that may be used for `life` milliseconds, and the row to store it in. */
    make(
      id: string,
      life: number,
      what: (common: { expiresAt: number; life: number }) => LinkContent,
    ): NewLink & { readonly row: LinkRow } {
      const token = randomId();
      const expiresAt = now() + life;
      const sealed = seals.sealPadded('invitation', id, JSON.stringify(what({ expiresAt, life })), PADDING);
      return {
        id,
        token,
        expiresAt,
        row: { id, tokenHash: hashId(token), sealed, expiresHour: roundUpToHour(expiresAt) },
      };
    },

    /** The row of a link that says something else from now on, and is otherwise the same. */
    rewrite({ row }: OpenLink, changed: LinkContent): LinkRow {
      return { ...row, sealed: seals.sealPadded('invitation', row.id, JSON.stringify(changed), PADDING) };
    },

    /** The link of a token that may still be used; undefined where there is none, whatever the reason. */
    async find(token: string): Promise<OpenLink | undefined> {
      const row = isId(token) ? await store.findByToken(hashId(token)) : undefined;
      const link = row === undefined ? undefined : open(row);
      return link !== undefined && isInTime(link.content) && (await isBacked(link.content)) ? link : undefined;
    },

    /** Forgets links that have run out; for the clock. */
    async sweep(): Promise<void> {
      await storage.write((tx) => store.removeExpired(tx, now()));
    },
  };
}

/** Under which ids the link for an account's new password stands: there is one at most, whoever makes it. */
export function passwordLinkIds(seals: Seals, accountId: string): string[] {
  return seals.tags('account', 'password-link', accountId);
}

const ONLY_LINKS = ['recovery', 'mailbox', 'second-mailbox', 'link-stop', 'applicant'] as const;

/** What else there is one link at most for, at a time. */
export type OnlyLink = (typeof ONLY_LINKS)[number];

/** Under which ids that link of an account stands, the newest key first. */
export function onlyLinkIds(seals: Seals, kind: OnlyLink, accountId: string): string[] {
  return seals.tags('account', 'link', kind, accountId);
}

/** So many changes of a mailbox can be taken back at a time. */
const UNDO_PLACES = 3;

/** Under which ids the links stand that take a change of an account's mailbox back: place by place, the newest key first. */
export function undoLinkIds(seals: Seals, accountId: string): string[][] {
  return Array.from({ length: UNDO_PLACES }, (_, place) =>
    seals.tags('account', 'link', 'mailbox-undo', `${accountId} ${place}`),
  );
}

/** Under which ids any link of an account can stand. */
export function allLinkIds(seals: Seals, accountId: string): string[] {
  const only = ONLY_LINKS.flatMap((kind) => onlyLinkIds(seals, kind, accountId));
  return [...passwordLinkIds(seals, accountId), ...only, ...undoLinkIds(seals, accountId).flat()];
}

/**
 * Under which ids the link that was sent to a mailbox for a new account stands, the newest key first: however often
 * one is asked for, there is one at most (P8). `canonical` is the mailbox as mailboxes are compared.
 */
export function signUpLinkIds(seals: Seals, canonical: string): string[] {
  return seals.tags('account', 'sign-up-link', canonical);
}

/**
 * Every link that sets a password, or stops one that does, and those that wait to prove a mailbox: none of them
 * outlives the password it was made under (A51, A54). What takes the change of a mailbox back stays: it is the owner's
 * way out of the hands of somebody who has both.
 */
export function linksUnderPassword(seals: Seals, accountId: string): string[] {
  const only = (['recovery', 'link-stop', 'mailbox', 'second-mailbox'] as const).flatMap((kind) =>
    onlyLinkIds(seals, kind, accountId),
  );
  return [...passwordLinkIds(seals, accountId), ...only];
}
