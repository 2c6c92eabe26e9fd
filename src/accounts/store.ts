import { and, asc, count, eq, gt, inArray, isNull, lt, or, sql } from 'drizzle-orm';
import { perHandle, type Db, type Storage } from '../storage/storage.ts';

export type AccountRow = { id: string; mailboxTag: string | null; role: string; status: string; sealed: string };

type AccountTags = { loginTag: string; mailboxSearchTag: string | null };

type AccountChange = Partial<Omit<AccountRow, 'id'> & Pick<AccountTags, 'mailboxSearchTag'>>;

/** The queries about accounts, their login names and their credentials. */
export function makeAccountStore({ read, tables }: Storage) {
  const { account, credential, loginTaken } = tables;
  const columns = {
    id: account.id,
    mailboxTag: account.mailboxTag,
    role: account.role,
    status: account.status,
    sealed: account.sealed,
  };
  const byId = read
    .select(columns)
    .from(account)
    .where(eq(account.id, sql.placeholder('id')))
    .prepare('account_by_id');
  const byTag = (column: 'loginTag' | 'mailboxTag') =>
    read
      .select({ account: columns, password: credential.sealed })
      .from(account)
      .leftJoin(credential, and(eq(credential.accountId, account.id), eq(credential.kind, 'password')))
      .where(eq(account[column], sql.placeholder('tag')))
      .limit(1)
      .prepare(`account_by_${column.toLowerCase()}`);
  const withPassword = { loginTag: byTag('loginTag'), mailboxTag: byTag('mailboxTag') };
  const isPassword = (accountId: string) => and(eq(credential.accountId, accountId), eq(credential.kind, 'password'));

  return {
    async find(id: string): Promise<AccountRow | undefined> {
      const [row] = await byId.execute({ id });
      return row;
    },
    /** The account of a login name or of a verified mailbox, with its sealed password, in one query for each tag. */
    async findWithPassword(
      by: 'loginTag' | 'mailboxTag',
      tags: string[],
    ): Promise<{ account: AccountRow; password: string | null } | undefined> {
      // All tags in any case: whether somebody exists must not show in the number of queries.
      const rows = await Promise.all(tags.map((tag) => withPassword[by].execute({ tag })));
      return rows.flat()[0];
    },
    async findByLogin(tags: string[]): Promise<AccountRow | undefined> {
      const [row] = await read.select(columns).from(account).where(inArray(account.loginTag, tags)).limit(1);
      return row;
    },
    async findMany(ids: string[], db: Db = read): Promise<AccountRow[]> {
      if (ids.length === 0) return [];
      return db.select(columns).from(account).where(inArray(account.id, ids));
    },
    async isShapeTaken(db: Db, tags: string[]): Promise<boolean> {
      const rows = await db.select().from(loginTaken).where(inArray(loginTaken.tag, tags)).limit(1);
      return rows.length > 0;
    },
    /** Takes the shape of a login name for ever. Returns false when it was taken under this very tag. */
    async takeShape(tx: Db, tag: string): Promise<boolean> {
      const rows = await tx.insert(loginTaken).values({ tag }).onConflictDoNothing().returning({ tag: loginTaken.tag });
      return rows.length === 1;
    },
    /** Returns false when the login tag or the mailbox tag was taken. */
    async insert(tx: Db, row: AccountRow & AccountTags & { createdMonth: string }): Promise<boolean> {
      const rows = await tx.insert(account).values(row).onConflictDoNothing().returning({ id: account.id });
      return rows.length === 1;
    },
    /** The row, which no other write changes until this one ends. */
    async lock(tx: Db, id: string): Promise<AccountRow | undefined> {
      const [row] = await tx
        .update(account)
        .set({ status: sql`${account.status}` })
        .where(eq(account.id, id))
        .returning(columns);
      return row;
    },
    /** The administrators, suspended ones too, none of whom another write changes until this one ends. */
    async lockAdministrators(tx: Db): Promise<AccountRow[]> {
      return tx
        .update(account)
        .set({ role: sql`${account.role}` })
        .where(eq(account.role, 'administrator'))
        .returning(columns);
    },
    /** The administrators, suspended ones too. */
    async administrators(db: Db): Promise<AccountRow[]> {
      return db.select(columns).from(account).where(eq(account.role, 'administrator')).orderBy(asc(account.id));
    },
    /** Whether there is an administrator who may act, besides the one named. */
    async hasAdministrator(db: Db = read, besides = ''): Promise<boolean> {
      // By role alone, which few have: an engine that chose the index of the status would read every account.
      const rows = await db
        .select({ id: account.id, status: account.status })
        .from(account)
        .where(eq(account.role, 'administrator'));
      return rows.some(({ id, status }) => status === 'active' && id !== besides);
    },
    /** Suspended accounts in the order of their ids, after one of them. */
    async suspendedAfter(id: string, limit: number): Promise<AccountRow[]> {
      return read
        .select(columns)
        .from(account)
        .where(and(eq(account.status, 'suspended'), gt(account.id, id)))
        .orderBy(asc(account.id))
        .limit(limit);
    },
    /** Accounts without a search tag in the order of their ids, after one of them. */
    async withoutSearchTagAfter(id: string, limit: number): Promise<AccountRow[]> {
      return read
        .select(columns)
        .from(account)
        .where(and(isNull(account.mailboxSearchTag), gt(account.id, id)))
        .orderBy(asc(account.id))
        .limit(limit);
    },
    async findBySearchTag(tags: string[], limit: number): Promise<AccountRow[]> {
      return read.select(columns).from(account).where(inArray(account.mailboxSearchTag, tags)).limit(limit);
    },
    async createdMonth(id: string): Promise<string | undefined> {
      const [row] = await read.select({ month: account.createdMonth }).from(account).where(eq(account.id, id));
      return row?.month;
    },
    async update(tx: Db, id: string, change: AccountChange): Promise<void> {
      await tx.update(account).set(change).where(eq(account.id, id));
    },
    async isMailboxOfOther(db: Db, tags: string[], id: string): Promise<boolean> {
      const rows = await db.select({ id: account.id }).from(account).where(inArray(account.mailboxTag, tags));
      return rows.some((row) => row.id !== id);
    },
    async findPassword(accountId: string): Promise<string | undefined> {
      const [row] = await read.select({ sealed: credential.sealed }).from(credential).where(isPassword(accountId));
      return row?.sealed;
    },
    async insertPassword(tx: Db, id: string, accountId: string, sealed: string): Promise<void> {
      await tx.insert(credential).values({ id, accountId, kind: 'password', sealed });
    },
    /** Sets a password whatever it was before; returns false where there was none. */
    async overwritePassword(tx: Db, accountId: string, sealed: string): Promise<boolean> {
      const rows = await tx
        .update(credential)
        .set({ sealed })
        .where(isPassword(accountId))
        .returning({ id: credential.id });
      return rows.length > 0;
    },
    /** Returns false when the password is no longer the one that was read. */
    async replacePassword(tx: Db, accountId: string, before: string, sealed: string): Promise<boolean> {
      const rows = await tx
        .update(credential)
        .set({ sealed })
        .where(and(isPassword(accountId), eq(credential.sealed, before)))
        .returning({ id: credential.id });
      return rows.length === 1;
    },
  };
}

export type AttemptRow = { tag: string; sealed: string; expiresHour: number };

/** An attempt's columns, to be filled when the statement runs. */
const PLACES = {
  tag: sql.placeholder('tag'),
  sealed: sql.placeholder('sealed'),
  expiresHour: sql.placeholder('expiresHour'),
};

/** The queries of `attempts.ts`. */
export function makeAttemptStore({ read, tables }: Storage) {
  const { attempt } = tables;
  const byTag = read
    .select({ tag: attempt.tag, sealed: attempt.sealed })
    .from(attempt)
    .where(eq(attempt.tag, sql.placeholder('tag')))
    .prepare('attempt_by_tag');
  const lockOne = perHandle((db) =>
    db
      .insert(attempt)
      .values(PLACES)
      .onConflictDoUpdate({ target: attempt.tag, set: { sealed: sql`${attempt.sealed}` } })
      .returning({ tag: attempt.tag, sealed: attempt.sealed })
      .prepare('attempt_lock'),
  );
  const writeOne = perHandle((db) =>
    db
      .insert(attempt)
      .values(PLACES)
      .onConflictDoUpdate({
        target: attempt.tag,
        set: { sealed: sql`excluded.sealed`, expiresHour: sql`excluded.expires_hour` },
      })
      .prepare('attempt_write'),
  );
  return {
    async find(tags: string[]): Promise<{ tag: string; sealed: string }[]> {
      const rows: { tag: string; sealed: string }[] = [];
      for (const tag of tags) rows.push(...(await byTag.execute({ tag })));
      return rows;
    },
    /**
     * Makes the rows that are missing and returns all of them as they stand; no other write changes them until this
     * one ends. Rows come sorted by tag, so that two writes that share some wait for one another in the same order.
     */
    async lock(tx: Db, rows: AttemptRow[]): Promise<{ tag: string; sealed: string }[]> {
      const locked: { tag: string; sealed: string }[] = [];
      for (const row of rows) locked.push(...(await lockOne(tx).execute(row)));
      return locked;
    },
    async write(tx: Db, rows: AttemptRow[]): Promise<void> {
      for (const row of rows) await writeOne(tx).execute(row);
    },
    async removeExpired(tx: Db, now: number): Promise<void> {
      await tx.delete(attempt).where(lt(attempt.expiresHour, now));
    },
  };
}

/** The queries of `timeline.ts`. */
export function makeTimelineStore({ read, tables }: Storage) {
  const { timeline } = tables;
  const lockOne = perHandle((db) =>
    db
      .update(timeline)
      .set({ sealed: sql`${timeline.sealed}` })
      .where(eq(timeline.accountTag, sql.placeholder('tag')))
      .returning()
      .prepare('timeline_lock'),
  );
  return {
    async find(tags: string[]): Promise<string | undefined> {
      const [row] = await read.select().from(timeline).where(inArray(timeline.accountTag, tags)).limit(1);
      return row?.sealed;
    },
    /** The row, which no other write changes until this one ends. */
    async lock(tx: Db, tags: string[]): Promise<{ accountTag: string; sealed: string } | undefined> {
      for (const tag of tags) {
        const [row] = await lockOne(tx).execute({ tag });
        if (row !== undefined) return row;
      }
      return undefined;
    },
    /** Returns false when the row was made meanwhile. */
    async insert(tx: Db, accountTag: string, sealed: string): Promise<boolean> {
      const rows = await tx.insert(timeline).values({ accountTag, sealed }).onConflictDoNothing().returning();
      return rows.length === 1;
    },
    async replace(tx: Db, before: string, accountTag: string, sealed: string): Promise<void> {
      await tx.update(timeline).set({ accountTag, sealed }).where(eq(timeline.accountTag, before));
    },
  };
}

/** The queries of `groups.ts`. */
export function makeGroupStore({ read, tables }: Storage) {
  const { group, groupDelegate, groupMember } = tables;
  const identity = { id: group.id, name: group.name };
  return {
    async names(): Promise<{ id: string; name: string }[]> {
      return read.select(identity).from(group);
    },
    async list(): Promise<{ id: string; name: string; secondFactor: boolean; members: number }[]> {
      return read
        .select({ ...identity, secondFactor: group.secondFactor, members: count(groupMember.accountId) })
        .from(group)
        .leftJoin(groupMember, eq(groupMember.groupId, group.id))
        .groupBy(group.id, group.name, group.secondFactor);
    },
    /** Returns false when the name is taken. */
    async insert(tx: Db, row: { id: string; name: string; nameKey: string }): Promise<boolean> {
      const rows = await tx.insert(group).values(row).onConflictDoNothing().returning({ id: group.id });
      return rows.length === 1;
    },
    /** Whether the group exists; it is not removed until this write ends. */
    async lock(tx: Db, id: string): Promise<boolean> {
      const rows = await tx
        .update(group)
        .set({ name: sql`${group.name}` })
        .where(eq(group.id, id))
        .returning({ id: group.id });
      return rows.length === 1;
    },
    async rename(tx: Db, id: string, name: string, nameKey: string): Promise<boolean> {
      const rows = await tx.update(group).set({ name, nameKey }).where(eq(group.id, id)).returning({ id: group.id });
      return rows.length === 1;
    },
    async setSecondFactor(tx: Db, id: string, secondFactor: boolean): Promise<boolean> {
      const rows = await tx.update(group).set({ secondFactor }).where(eq(group.id, id)).returning({ id: group.id });
      return rows.length === 1;
    },
    async remove(tx: Db, id: string): Promise<void> {
      // The group first: whoever puts somebody in holds its row, and finds none afterwards.
      await tx.delete(group).where(eq(group.id, id));
      await tx.delete(groupMember).where(eq(groupMember.groupId, id));
      await tx.delete(groupDelegate).where(eq(groupDelegate.groupId, id));
    },
    async addMember(tx: Db, groupId: string, accountId: string): Promise<void> {
      await tx.insert(groupMember).values({ groupId, accountId }).onConflictDoNothing();
    },
    async removeMember(tx: Db, groupId: string, accountId: string): Promise<void> {
      await tx.delete(groupMember).where(and(eq(groupMember.groupId, groupId), eq(groupMember.accountId, accountId)));
    },
    async members(groupId: string): Promise<string[]> {
      const rows = await read.select().from(groupMember).where(eq(groupMember.groupId, groupId));
      return rows.map(({ accountId }) => accountId);
    },
    /** Whether one of an account's groups asks its members for a second factor. */
    async asksSecondFactor(accountId: string): Promise<boolean> {
      const rows = await read
        .select({ id: group.id })
        .from(groupMember)
        .innerJoin(group, eq(group.id, groupMember.groupId))
        .where(and(eq(groupMember.accountId, accountId), eq(group.secondFactor, true)))
        .limit(1);
      return rows.length > 0;
    },
    async ofAccount(accountId: string): Promise<{ id: string; name: string }[]> {
      return read
        .select(identity)
        .from(groupMember)
        .innerJoin(group, eq(group.id, groupMember.groupId))
        .where(eq(groupMember.accountId, accountId))
        .orderBy(asc(group.nameKey));
    },
  };
}

export type CheckedAccountRow = AccountRow & { loginTag: string };

/** So many rows are checked at a time. */
const PAGE = 500;

/** The queries of `check.ts`, which write nothing. */
export function makeAccountCheckStore({ read, tables }: Storage) {
  const { account, credential, group, groupDelegate, groupMember, loginTaken, moderator, signUp, timeline } = tables;
  return {
    page(after: string | undefined): Promise<CheckedAccountRow[]> {
      return read
        .select()
        .from(account)
        .where(after === undefined ? undefined : gt(account.id, after))
        .orderBy(asc(account.id))
        .limit(PAGE);
    },
    async taken(tags: string[]): Promise<Set<string>> {
      if (tags.length === 0) return new Set();
      const rows = await read.select().from(loginTaken).where(inArray(loginTaken.tag, tags));
      return new Set(rows.map(({ tag }) => tag));
    },
    /** Passwords, factors and whatever else belongs to one of the accounts. */
    credentials(accountIds: string[]): Promise<{ id: string; accountId: string; kind: string; sealed: string }[]> {
      return read.select().from(credential).where(inArray(credential.accountId, accountIds));
    },
    timelines(tags: string[]): Promise<{ accountTag: string; sealed: string }[]> {
      return read.select().from(timeline).where(inArray(timeline.accountTag, tags));
    },
    async countTimelines(): Promise<number> {
      const [row] = await read.select({ rows: count() }).from(timeline);
      return row?.rows ?? 0;
    },
    async strayCredentials(): Promise<string[]> {
      const rows = await read
        .select({ id: credential.id })
        .from(credential)
        .leftJoin(account, eq(account.id, credential.accountId))
        .where(isNull(account.id));
      return rows.map(({ id }) => id);
    },
    /** What people who wait wrote, with how their account stands; null where there is none. Never many. */
    requests(): Promise<{ accountId: string; sealed: string; status: string | null }[]> {
      return read
        .select({ accountId: signUp.accountId, sealed: signUp.sealed, status: account.status })
        .from(signUp)
        .leftJoin(account, eq(account.id, signUp.accountId));
    },
    async awaitingWithoutRequest(): Promise<string[]> {
      const rows = await read
        .select({ id: account.id })
        .from(account)
        .leftJoin(signUp, eq(signUp.accountId, account.id))
        .where(and(eq(account.status, 'awaiting'), isNull(signUp.accountId)));
      return rows.map(({ id }) => id);
    },
    /** What memberships name that is not there: groups, or accounts. */
    async strayMembers(missing: 'group' | 'account'): Promise<string[]> {
      const rows = await read
        .select({ groupId: groupMember.groupId, accountId: groupMember.accountId })
        .from(groupMember)
        .leftJoin(group, eq(group.id, groupMember.groupId))
        .leftJoin(account, eq(account.id, groupMember.accountId))
        .where(missing === 'group' ? isNull(group.id) : isNull(account.id));
      return rows.map(({ groupId, accountId }) => (missing === 'group' ? groupId : accountId));
    },
    /** Whom roles name that is not there: accounts of delegates and of moderators, and groups of delegates. */
    async strayRoles(): Promise<string[]> {
      const delegates = await read
        .select({ groupId: groupDelegate.groupId, accountId: groupDelegate.accountId })
        .from(groupDelegate)
        .leftJoin(group, eq(group.id, groupDelegate.groupId))
        .leftJoin(account, eq(account.id, groupDelegate.accountId))
        .where(or(isNull(group.id), isNull(account.id)));
      const moderators = await read
        .select({ accountId: moderator.accountId })
        .from(moderator)
        .leftJoin(account, eq(account.id, moderator.accountId))
        .where(isNull(account.id));
      return [...delegates, ...moderators].map(({ accountId }) => accountId);
    },
  };
}
