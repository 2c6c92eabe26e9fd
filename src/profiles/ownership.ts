import { inPages } from '../storage/findings.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { emptyHolding, holding, type Holding } from './holding.ts';
import { makeHoldingStore } from './store.ts';

/**
 * Who may cross from an account to its profiles or back, and why. Nothing else does: this file is the only one that
 * opens a holding or an owner (P2).
 */
export const CROSSINGS = {
  create: 'count what the account holds and add the new profile',
  receive: 'count what the account holds and add the profile of a name that was proven to be its own',
  list: 'show an account its own profiles',
  own: 'let an account act on a profile of its own, and only on those',
  use: 'remember which profile was used last, and on which day',
  emit: 'decide at each issuance whether the account behind a grant still owns its profile',
  deliver: 'find out, each time mail is about to leave, whose it is; the alias and the mailbox never stand together',
  tell: 'write to the owner of a profile what its moderators decided; they see nothing of whom',
  impartial: 'keep moderators from deciding about a profile of their own',
  except: 'grant the person behind a profile more of them, or take that back, blindly',
  sanction: 'let a decision about a profile hold for the person behind it, undisclosed',
  unseal: 'show two administrators what they asked to see behind a profile, written in the register',
  data: 'hand an account all that is kept of its own profiles, in a file for its owner alone',
  leave: 'end the profiles of an account that is deleted, each on a day of its own, and forget what it held',
  wipe: 'forget whose a deleted profile was',
  check: 'find profiles and holdings that do not agree, for `aluco check`, which names one side of each alone',
} as const;

type Crossing = keyof typeof CROSSINGS;

/** Holdings are padded to this many bytes, so that their size does not tell how many profiles they hold. */
const PADDING = 1024;

/** Compare-and-set is tried this often; with fifty people at once nobody comes near it. */
const TRIES = 200;

/** So many holdings are checked at a time. */
const PAGE = 500;

/** A holding as it was read: the row to compare with, and what it says. */
export type ReadHolding = { tag: string; sealed: string | undefined; value: Holding };

export type Ownership = ReturnType<typeof makeOwnership>;

/** The two ways across: from an account and an application to a holding, and from a profile to its owner. */
export function makeOwnership(storage: Storage, seals: Seals) {
  const store = makeHoldingStore(storage);

  const open = (row: { tag: string; sealed: string }): ReadHolding => ({
    tag: row.tag,
    sealed: row.sealed,
    value: holding.parse(JSON.parse(seals.open('holding', row.tag, row.sealed))),
  });

  const openIfPossible = (row: { tag: string; sealed: string }): Holding | undefined => {
    try {
      return open(row).value;
    } catch {
      return undefined;
    }
  };

  return {
    /** The holding of an account at an application; an empty one where there is none yet. */
    async read(_why: Crossing, db: Db, accountId: string, applicationId: string): Promise<ReadHolding> {
      const tags = seals.tags('holding', accountId, applicationId);
      const [row] = await store.find(db, tags);
      if (row !== undefined) return open(row);
      return {
        tag: tags[0] ?? '',
        sealed: undefined,
        value: emptyHolding(accountId, applicationId),
      };
    },

    /** Whether the account holds anything at the application: none does once it is deleted. */
    async holds(_why: Crossing, db: Db, accountId: string, applicationId: string): Promise<boolean> {
      return (await store.find(db, seals.tags('holding', accountId, applicationId))).length > 0;
    },

    /** The holdings of an account at many applications, in one query; applications without one are left out. */
    async readAll(
      _why: Crossing,
      db: Db,
      accountId: string,
      applicationIds: readonly string[],
    ): Promise<ReadHolding[]> {
      const tags = applicationIds.flatMap((id) => seals.tags('holding', accountId, id));
      const rows = await store.find(db, tags);
      return rows.map(open);
    },

    /** Every holding, some at a time: what it says where it opens, and whether it lies where it is looked for. */
    async *pages(
      _why: Crossing,
      db: Db,
    ): AsyncGenerator<{ tag: string; value: Holding | undefined; isPlaced: boolean }[]> {
      for await (const rows of inPages(
        (after) => store.page(db, after, PAGE),
        ({ tag }) => tag,
      )) {
        yield rows.map((row) => {
          const value = openIfPossible(row);
          const tags = value === undefined ? [] : seals.tags('holding', value.accountId, value.applicationId);
          return { tag: row.tag, value, isPlaced: tags.includes(row.tag) };
        });
      }
    },

    /** For each of these accounts and applications the profiles that its holding lists. */
    async listedBy(
      _why: Crossing,
      db: Db,
      pairs: readonly { accountId: string; applicationId: string }[],
    ): Promise<(readonly string[])[]> {
      const tags = pairs.map(({ accountId, applicationId }) => seals.tags('holding', accountId, applicationId));
      const rows = tags.length === 0 ? [] : await store.find(db, [...new Set(tags.flat())]);
      const listed = new Map(rows.map((row) => [row.tag, openIfPossible(row)?.profiles.map(({ id }) => id) ?? []]));
      return tags.map((own) => own.flatMap((tag) => listed.get(tag) ?? []));
    },

    /**
     * Writes a holding if it still is what was read (compare-and-set).
     * @returns false when another transaction was faster: roll back and read again.
     */
    async write(_why: Crossing, tx: Db, before: ReadHolding, value: Holding): Promise<boolean> {
      const sealed = seals.sealPadded('holding', before.tag, JSON.stringify(value), PADDING);
      return before.sealed === undefined
        ? store.insert(tx, before.tag, sealed)
        : store.replace(tx, before.tag, before.sealed, sealed);
    },

    /**
     * Changes a holding in a transaction of the caller's: when another one was faster, it is read again. `change` may
     * return undefined, and nothing is changed.
     * @returns whether it was changed.
     */
    async change(
      why: Crossing,
      tx: Db,
      accountId: string,
      applicationId: string,
      change: (held: Holding) => Holding | undefined,
    ): Promise<boolean> {
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const before = await this.read(why, tx, accountId, applicationId);
        const after = change(before.value);
        if (after === undefined) return false;
        if (await this.write(why, tx, before, after)) return true;
      }
      throw new Error('a holding changed too often');
    },

    /** Forgets all that an account held, in a transaction of the caller's. */
    async remove(_why: Crossing, tx: Db, accountId: string, applicationIds: readonly string[]): Promise<void> {
      const tags = applicationIds.flatMap((id) => seals.tags('holding', accountId, id));
      await store.remove(tx, tags);
    },

    /** What a profile row keeps of its owner. */
    sealOwner(profileId: string, accountId: string): string {
      return seals.sealPadded('profile-owner', profileId, JSON.stringify(accountId), 64);
    },

    /** The account behind a profile; `undefined` once wiped. */
    owner(_why: Crossing, profile: { id: string; ownerSealed: string | null }): string | undefined {
      if (profile.ownerSealed === null) return undefined;
      return JSON.parse(seals.open('profile-owner', profile.id, profile.ownerSealed)) as string;
    },
  };
}
