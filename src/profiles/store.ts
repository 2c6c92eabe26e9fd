import { and, asc, eq, gt, inArray, isNull, lte, sql } from 'drizzle-orm';
import { isId } from '../storage/seal.ts';
import { perHandle, type Db, type Storage } from '../storage/storage.ts';
import type { RequestRow } from './petition.ts';

export type ProfileRow = {
  id: string;
  applicationId: string;
  name: string;
  nameKey: string;
  subject: string;
  aliasLocal: string;
  status: string;
  createdDay: string;
  retiredDay: string | null;
  ownerSealed: string | null;
  source: string;
  sealed: string;
};

/** The queries of `ownership.ts`. */
export function makeHoldingStore({ tables }: Storage) {
  const { holding } = tables;
  const byTag = perHandle((db) =>
    db
      .select()
      .from(holding)
      .where(eq(holding.tag, sql.placeholder('tag')))
      .prepare('holding_by_tag'),
  );
  return {
    async find(db: Db, tags: readonly string[]): Promise<{ tag: string; sealed: string }[]> {
      // One tag is the common case: it becomes two only while a master key is being replaced.
      if (tags.length === 1) return byTag(db).execute({ tag: tags[0] });
      return db
        .select()
        .from(holding)
        .where(inArray(holding.tag, [...tags]));
    },
    /** Some rows after this tag, in the order of tags. */
    page(db: Db, after: string | undefined, limit: number): Promise<{ tag: string; sealed: string }[]> {
      return db
        .select()
        .from(holding)
        .where(after === undefined ? undefined : gt(holding.tag, after))
        .orderBy(asc(holding.tag))
        .limit(limit);
    },
    async insert(tx: Db, tag: string, sealed: string): Promise<boolean> {
      const rows = await tx
        .insert(holding)
        .values({ tag, sealed })
        .onConflictDoNothing()
        .returning({ tag: holding.tag });
      return rows.length === 1;
    },
    async remove(tx: Db, tags: readonly string[]): Promise<void> {
      if (tags.length > 0) await tx.delete(holding).where(inArray(holding.tag, [...tags]));
    },
    async replace(tx: Db, tag: string, before: string, sealed: string): Promise<boolean> {
      const rows = await tx
        .update(holding)
        .set({ sealed })
        .where(and(eq(holding.tag, tag), eq(holding.sealed, before)))
        .returning({ tag: holding.tag });
      return rows.length === 1;
    },
  };
}

/** The queries of the rest of this room. */
export function makeProfileStore({ read, tables }: Storage) {
  const { legacyBatch, profile, nameTaken } = tables;
  const one = perHandle((db) =>
    db
      .select()
      .from(profile)
      .where(eq(profile.id, sql.placeholder('id')))
      .prepare('profile_by_id'),
  );
  const byAlias = perHandle((db) =>
    db
      .select({ id: profile.id, applicationId: profile.applicationId, name: profile.name, status: profile.status })
      .from(profile)
      .where(eq(profile.aliasLocal, sql.placeholder('local')))
      .prepare('profile_by_alias'),
  );
  return {
    async find(id: string): Promise<ProfileRow | undefined> {
      const [row] = isId(id) ? await one(read).execute({ id }) : [];
      return row;
    },
    /** The one with this alias; `local` is written in ASCII. */
    async findByAlias(
      local: string,
    ): Promise<Pick<ProfileRow, 'id' | 'applicationId' | 'name' | 'status'> | undefined> {
      const [row] = await byAlias(read).execute({ local });
      return row;
    },
    async findByAliases(locals: readonly string[]): Promise<Pick<ProfileRow, 'aliasLocal' | 'status'>[]> {
      if (locals.length === 0) return [];
      return read
        .select({ aliasLocal: profile.aliasLocal, status: profile.status })
        .from(profile)
        .where(inArray(profile.aliasLocal, [...locals]));
    },
    async findMany(db: Db, ids: readonly string[]): Promise<ProfileRow[]> {
      if (ids.length === 0) return [];
      if (ids.length === 1) return one(db).execute({ id: ids[0] });
      return db
        .select()
        .from(profile)
        .where(inArray(profile.id, [...ids]));
    },
    /** Takes the shape of a name for ever. Returns false when it was taken. */
    async takeShape(tx: Db, applicationId: string, shape: string): Promise<boolean> {
      const rows = await tx
        .insert(nameTaken)
        .values({ applicationId, shape })
        .onConflictDoNothing()
        .returning({ shape: nameTaken.shape });
      return rows.length === 1;
    },
    async takenShapes(applicationId: string, shapes: readonly string[]): Promise<string[]> {
      const rows = await read
        .select({ shape: nameTaken.shape })
        .from(nameTaken)
        .where(and(eq(nameTaken.applicationId, applicationId), inArray(nameTaken.shape, [...shapes])));
      return rows.map(({ shape }) => shape);
    },
    /**
     * Frees the shape of a name that nobody ever saw. Not where names from before were imported: one of them may look
     * like it, and has no other hold on the shape than this row (P3).
     */
    async freeShape(tx: Db, applicationId: string, shape: string): Promise<void> {
      await tx.delete(nameTaken).where(and(eq(nameTaken.applicationId, applicationId), eq(nameTaken.shape, shape)));
      // After it: an import that found the shape taken has its batch there by now, and a later one waits for this end.
      const imports = await tx
        .select({ id: legacyBatch.id })
        .from(legacyBatch)
        .where(eq(legacyBatch.applicationId, applicationId))
        .limit(1);
      if (imports.length > 0) await tx.insert(nameTaken).values({ applicationId, shape }).onConflictDoNothing();
    },
    async insert(tx: Db, row: ProfileRow): Promise<void> {
      await tx.insert(profile).values(row);
    },
    /** A profile's row, held until the transaction ends: what is written then stands on what is read here. */
    async hold(tx: Db, id: string): Promise<ProfileRow | undefined> {
      if (!isId(id)) return undefined;
      const [row] = await tx.update(profile).set({ id }).where(eq(profile.id, id)).returning();
      return row;
    },
    /** Forgets a profile that nobody ever saw, if it is in the given state; returns whether it was. */
    async remove(tx: Db, id: string, status: string): Promise<boolean> {
      const rows = await tx
        .delete(profile)
        .where(and(eq(profile.id, id), eq(profile.status, status)))
        .returning({ id: profile.id });
      return rows.length === 1;
    },
    /** Changes a profile if it is in the given state; returns whether it was. */
    async change(tx: Db, id: string, status: string, set: Partial<ProfileRow>): Promise<boolean> {
      const rows = await tx
        .update(profile)
        .set(set)
        .where(and(eq(profile.id, id), eq(profile.status, status)))
        .returning({ id: profile.id });
      return rows.length === 1;
    },
    /** Those that a moderator blocked. */
    blocked(): Promise<ProfileRow[]> {
      return read.select().from(profile).where(eq(profile.status, 'blocked'));
    },
    retiredUntil(status: string, day: string): Promise<ProfileRow[]> {
      return read
        .select()
        .from(profile)
        .where(and(eq(profile.status, status), lte(profile.retiredDay, day)));
    },
  };
}

/** So many rows are checked at a time. */
const PAGE = 500;

/** The queries of `check.ts`, which write nothing. */
export function makeProfileCheckStore({ read, tables }: Storage) {
  const { profile, profileRequest, nameTaken } = tables;
  return {
    requestPage(after: string | undefined): Promise<RequestRow[]> {
      return read
        .select()
        .from(profileRequest)
        .where(after === undefined ? undefined : gt(profileRequest.profileId, after))
        .orderBy(asc(profileRequest.profileId))
        .limit(PAGE);
    },
    /** Profiles that wait for a yes that nobody is asked for. */
    async withoutRequest(): Promise<string[]> {
      const rows = await read
        .select({ id: profile.id })
        .from(profile)
        .leftJoin(profileRequest, eq(profileRequest.profileId, profile.id))
        .where(and(eq(profile.status, 'requested'), isNull(profileRequest.profileId)))
        .limit(PAGE);
      return rows.map(({ id }) => id);
    },
    page(after: string | undefined): Promise<ProfileRow[]> {
      return read
        .select()
        .from(profile)
        .where(after === undefined ? undefined : gt(profile.id, after))
        .orderBy(asc(profile.id))
        .limit(PAGE);
    },
    /** The profiles of these ids, however many. */
    async some(ids: readonly string[]): Promise<ProfileRow[]> {
      const found: ProfileRow[] = [];
      for (let from = 0; from < ids.length; from += PAGE) {
        found.push(
          ...(await read
            .select()
            .from(profile)
            .where(inArray(profile.id, ids.slice(from, from + PAGE)))),
        );
      }
      return found;
    },
    /** Which of these shapes are taken, each as its application and itself. */
    async taken(applicationIds: string[], shapes: string[]): Promise<Set<string>> {
      const rows = await read
        .select()
        .from(nameTaken)
        .where(and(inArray(nameTaken.applicationId, applicationIds), inArray(nameTaken.shape, shapes)));
      return new Set(rows.map(({ applicationId, shape }) => `${applicationId} ${shape}`));
    },
    /** Applications that names are taken at and that are not there. */
    async strayShapes(applications: ReadonlySet<string>): Promise<string[]> {
      const rows = await read.selectDistinct({ id: nameTaken.applicationId }).from(nameTaken);
      return rows.map(({ id }) => id).filter((id) => !applications.has(id));
    },
    /** Values that may stand once and stand twice: only where an index is broken. */
    async twice(column: 'subject' | 'aliasLocal' | 'nameKey'): Promise<string[]> {
      const value = profile[column];
      const grouped = column === 'nameKey' ? [profile.applicationId, value] : [value];
      const rows = await read
        .select({ value })
        .from(profile)
        .groupBy(...grouped)
        .having(sql`count(*) > 1`)
        .limit(PAGE);
      return rows.map((row) => row.value);
    },
  };
}
