import { z } from 'zod';
import { hashId, isId, randomId, roundUpToHour, type Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { accountOf } from './account.ts';
import { makeLinkStore, type LinkRow } from './link-store.ts';
import { makeAccountStore } from './store.ts';

const HOUR = 3_600_000;

/** How long a link may be used, in milliseconds. */
export const LINK_LIFE = 24 * HOUR;

/**
 * A link that seems to have longer than this was made while the clock ran ahead: it would stay open for as long as the
 * clock was wrong. An hour too much does no harm, so whoever holds a good link is not turned away after a correction.
 */
const LONGEST = 2 * LINK_LIFE;

/** Larger than the longest content, so that all rows are of one size. */
const PADDING = 1024;

const common = {
  /** The administrator who made it; a command has none. */
  by: z.string().optional(),
  expiresAt: z.number(),
};

const content = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('account'),
    label: z.string(),
    role: z.enum(['person', 'administrator']),
    groups: z.array(z.string()),
    ...common,
  }),
  z.object({ kind: z.literal('password'), accountId: z.string(), ...common }),
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

  const isInTime = ({ expiresAt }: LinkContent): boolean => now() < expiresAt && expiresAt - now() <= LONGEST;

  async function isBacked({ by }: LinkContent): Promise<boolean> {
    if (by === undefined) return true;
    const row = await accounts.find(by);
    const maker = row === undefined ? undefined : accountOf(seals, row, now());
    return maker?.status === 'active' && maker.role === 'administrator';
  }

  return {
    open,
    isBacked,

    /** A new link and the row to store it in. */
    make(id: string, what: (expiresAt: number) => LinkContent): NewLink & { readonly row: LinkRow } {
      const token = randomId();
      const expiresAt = now() + LINK_LIFE;
      const sealed = seals.sealPadded('invitation', id, JSON.stringify(what(expiresAt)), PADDING);
      return {
        id,
        token,
        expiresAt,
        row: { id, tokenHash: hashId(token), sealed, expiresHour: roundUpToHour(expiresAt) },
      };
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
