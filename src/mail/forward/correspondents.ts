import { and, count, eq, inArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { hashId, randomId, SealError, type Seals } from '../../storage/seal.ts';
import { perHandle, type Db, type Storage } from '../../storage/storage.ts';
import { canonicalAddress, type Mailbox } from '../addresses.ts';
import { randomLocal } from '../random-local.ts';
import { plainName } from './names.ts';

const sealedCorrespondent = z.object({
  profileId: z.string(),
  address: z.string(),
  name: z.string(),
  local: z.string(),
  isBlocked: z.boolean(),
  seen: z.number(),
});

type Sealed = z.output<typeof sealedCorrespondent>;
type Row = { readonly id: string; readonly sealed: string };

/**
 * Somebody who wrote to a profile. `address` is theirs, `local` that of the address at the alias domain which stands for
 * them; `seen`: when they last wrote, in milliseconds, up to a day too early.
 */
export type Correspondent = Readonly<Sealed> & { readonly id: string };

/** So many are kept of one profile (P8). */
export const CORRESPONDENTS_MAX = 1000;
/** So many go at once when there are as many: rows are sealed, so to find the oldest all must be opened. */
const LEAVING = 20;
/** Rows grow in these steps, in bytes, so that their size hardly says anything. */
const STEP = 512;
/** That somebody wrote again is noted no more often than this, in milliseconds. */
const DAY = 86_400_000;

const hashOf = (local: string): string => hashId(`correspondent:${local.toLowerCase()}`);

export type Correspondents = ReturnType<typeof makeCorrespondents>;

/**
 * Who wrote to which profile, and the random address that stands for them in what is forwarded (P6): one for each
 * profile and address, the same while the row is kept, derived from nothing and never given to anybody else. Nothing is
 * cached, for a block holds at once on all nodes: a look is one read by a unique index.
 */
export function makeCorrespondents({ storage, seals, now }: { storage: Storage; seals: Seals; now: () => number }) {
  const table = storage.tables.correspondent;
  // Asked for every message.
  const byTag = perHandle((db) =>
    db
      .select({ id: table.id, sealed: table.sealed })
      .from(table)
      .where(eq(table.tag, sql.placeholder('tag')))
      .prepare('correspondent_by_tag'),
  );
  const ofProfile = (profileId: string) => inArray(table.profileTag, seals.tags('relay-profile', profileId));

  const sealOf = (id: string, value: Sealed): string =>
    seals.sealPadded('correspondent', id, JSON.stringify(value), STEP);
  const open = ({ id, sealed }: Row): Correspondent => ({
    ...sealedCorrespondent.parse(JSON.parse(seals.open('correspondent', id, sealed))),
    id,
  });
  /** Undefined where no configured key opens it any more. */
  function openIfPossible(row: Row): Correspondent | undefined {
    try {
      return open(row);
    } catch (error) {
      if (error instanceof SealError) return undefined;
      throw error;
    }
  }

  /** Opened where there is none, so that it costs as much. */
  const nobody = ((): Row => {
    const id = randomId();
    const value = { profileId: id, address: '', name: '', local: '', isBlocked: false, seen: 0 };
    return { id, sealed: sealOf(id, value) };
  })();

  async function rowOf(profileId: string, address: string): Promise<Row | undefined> {
    const tags = seals.tags('correspondent', profileId, canonicalAddress(address));
    let row: Row | undefined;
    for (const tag of tags) row ??= (await byTag(storage.read).execute({ tag }))[0];
    return row;
  }

  /** Replaces a row that is still as it was read; its tags are those of the newest key from then on. */
  async function replace(tx: Db, row: Row, { id, ...value }: Correspondent): Promise<boolean> {
    const replaced = await tx
      .update(table)
      .set({
        profileTag: seals.tag('relay-profile', value.profileId),
        tag: seals.tag('correspondent', value.profileId, canonicalAddress(value.address)),
        sealed: sealOf(id, value),
      })
      .where(and(eq(table.id, id), eq(table.sealed, row.sealed)))
      .returning({ id: table.id });
    return replaced.length === 1;
  }

  /** Has those go who wrote longest ago where there are too many: first the unreadable, last the blocked. */
  async function makeRoom(tx: Db, profileId: string): Promise<void> {
    const [counted] = await tx.select({ count: count() }).from(table).where(ofProfile(profileId));
    const over = (counted?.count ?? 0) - CORRESPONDENTS_MAX;
    if (over <= 0) return;
    const rows = await tx.select({ id: table.id, sealed: table.sealed }).from(table).where(ofProfile(profileId));
    const rank = (row: Row): [number, number] => {
      const one = openIfPossible(row);
      return one === undefined ? [0, 0] : [one.isBlocked ? 2 : 1, one.seen];
    };
    const leaving = rows
      .map((row) => ({ id: row.id, rank: rank(row) }))
      .toSorted((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1])
      .slice(0, over + LEAVING - 1);
    const blocked = leaving.filter(({ rank }) => rank[0] === 2);
    // No more of the blocked than must go.
    const going = leaving.slice(0, Math.max(over, leaving.length - blocked.length)).map(({ id }) => id);
    await tx.delete(table).where(inArray(table.id, going));
  }

  async function add(profileId: string, { address, name }: Mailbox): Promise<Correspondent | undefined> {
    const id = randomId();
    const local = randomLocal();
    const value = { profileId, address, name: plainName(name), local, isBlocked: false, seen: now() };
    const row = {
      id,
      profileTag: seals.tag('relay-profile', profileId),
      tag: seals.tag('correspondent', profileId, canonicalAddress(address)),
      localHash: hashOf(local),
      sealed: sealOf(id, value),
    };
    return storage.write(async (tx) => {
      const added = await tx
        .insert(table)
        .values(row)
        .onConflictDoNothing({ target: table.tag })
        .returning({ id: table.id });
      if (added.length === 0) return undefined;
      await makeRoom(tx, profileId);
      return { ...value, id };
    });
  }

  function setBlocked(profileId: string, id: string, isBlocked: boolean): Promise<void> {
    return storage.write(async (tx) => {
      for (;;) {
        const [row] = await tx
          .select({ id: table.id, sealed: table.sealed })
          .from(table)
          .where(and(eq(table.id, id), ofProfile(profileId)));
        if (row === undefined) throw new UserError('correspondent_unknown');
        if (await replace(tx, row, { ...open(row), isBlocked })) return;
      }
    });
  }

  return {
    /** Who has this address (compared without case, domains in A-labels), where they wrote before. Makes nothing. */
    async known(profileId: string, address: string): Promise<Correspondent | undefined> {
      const row = await rowOf(profileId, address);
      return row === undefined ? undefined : open(row);
    },

    /**
     * Finds the correspondent of a profile, or makes one. Where a profile has as many as may be, those who wrote longest
     * ago go, the blocked last; what is sent to their address afterwards is sent to nobody.
     */
    async of(profileId: string, mailbox: Mailbox): Promise<Correspondent> {
      for (;;) {
        const row = await rowOf(profileId, mailbox.address);
        // Another node may be as quick: then its row is found in the next round.
        const one = row === undefined ? await add(profileId, mailbox) : open(row);
        if (one === undefined) continue;
        if (row === undefined || one.seen + DAY > now()) return one;
        const name = plainName(mailbox.name) || one.name;
        const later = { ...one, name, seen: now() };
        if (await storage.write((tx) => replace(tx, row, later))) return later;
      }
    },

    /** Whose address at the alias domain this is, by its local part. As much work whether there is one or not. */
    async find(local: string): Promise<Correspondent | undefined> {
      const rows = await storage.read
        .select({ id: table.id, sealed: table.sealed })
        .from(table)
        .where(eq(table.localHash, hashOf(local)));
      const one = open(rows[0] ?? nobody);
      return rows.length === 0 ? undefined : one;
    },

    /** All of a profile, those first who wrote last. */
    async list(profileId: string): Promise<Correspondent[]> {
      const rows = await storage.read
        .select({ id: table.id, sealed: table.sealed })
        .from(table)
        .where(ofProfile(profileId));
      return rows
        .map(openIfPossible)
        .filter((one) => one !== undefined)
        .toSorted((a, b) => b.seen - a.seen);
    },

    /**
     * Marks one of a profile: what they write is not to be forwarded.
     * @throws {UserError} correspondent_unknown
     */
    block: (profileId: string, id: string): Promise<void> => setBlocked(profileId, id, true),

    /**
     * Takes the mark away.
     * @throws {UserError} correspondent_unknown
     */
    unblock: (profileId: string, id: string): Promise<void> => setBlocked(profileId, id, false),

    /** Removes all of a profile that goes, in a transaction of the caller's. */
    async forget(tx: Db, profileId: string): Promise<void> {
      await tx.delete(table).where(ofProfile(profileId));
    },
  };
}
