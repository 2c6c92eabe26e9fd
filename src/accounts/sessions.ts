import { and, eq, inArray, lt, sql } from 'drizzle-orm';
import { hashId, roundUpToHour, type Seals } from '../storage/seal.ts';
import { perHandle, type Storage } from '../storage/storage.ts';

/**
 * A stored browser session. `handle` names it in forms without giving it away; `version` is another after each write.
 */
export type StoredSession = {
  readonly handle: string;
  readonly version: string;
  readonly body: Record<string, unknown>;
};

export type Sessions = ReturnType<typeof makeSessions>;

/** Padded, so that the size of a row does not tell at how many applications the browser is signed in. */
const PADDING = 1024;

type Sealed = { expiresAt: number; body: Record<string, unknown> };

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  /** When a session ends as things stand now, by its body, in milliseconds; undefined where it says nothing of that. */
  endOf?: (body: Readonly<Record<string, unknown>>) => number | undefined;
};

/**
 * The signed-in browsers. What a session holds is written by the door that made it; this keeps it sealed under the
 * hash of its id, and finds all sessions of an account by tag. One that is past its end is none, whoever asks: past the
 * end that it was written with, and past the one that it would be written with today.
 */
export function makeSessions({ storage, seals, now, endOf = () => undefined }: Needs) {
  const { session } = storage.tables;
  const byId = storage.read
    .select()
    .from(session)
    .where(eq(session.idHash, sql.placeholder('hash')))
    .prepare('session_by_id');
  const byUid = storage.read
    .select()
    .from(session)
    .where(eq(session.uidHash, sql.placeholder('hash')))
    .prepare('session_by_uid');

  const columns = {
    idHash: sql.placeholder('idHash'),
    uidHash: sql.placeholder('uidHash'),
    accountTag: sql.placeholder('accountTag'),
    sealed: sql.placeholder('sealed'),
    expiresHour: sql.placeholder('expiresHour'),
  };
  const insert = perHandle((db) => db.insert(session).values(columns).prepare('session_insert'));
  const replace = perHandle((db) =>
    db
      .update(session)
      // The update's types want finished values; a placeholder is one when the statement runs.
      .set(columns as never)
      .where(and(eq(session.idHash, sql.placeholder('foundHash')), eq(session.uidHash, sql.placeholder('uidHash'))))
      .returning({ uidHash: session.uidHash })
      .prepare('session_replace'),
  );
  const replaceVersion = perHandle((db) =>
    db
      .update(session)
      .set(columns as never)
      .where(
        and(
          eq(session.idHash, sql.placeholder('foundHash')),
          eq(session.uidHash, sql.placeholder('uidHash')),
          eq(session.sealed, sql.placeholder('version')),
        ),
      )
      .returning({ uidHash: session.uidHash })
      .prepare('session_replace_version'),
  );

  const open = (row: { uidHash: string; sealed: string } | undefined): StoredSession | undefined => {
    if (row === undefined) return undefined;
    const { expiresAt, body } = JSON.parse(seals.open('session', row.uidHash, row.sealed)) as Sealed;
    return Math.min(expiresAt, endOf(body) ?? expiresAt) <= now()
      ? undefined
      : { handle: row.uidHash, version: row.sealed, body };
  };

  return {
    /**
     * Writes a session under its id. `expiresAt` in milliseconds. One that was found under `foundAs` takes its new id
     * in the same step, and is not written at all if it has ended or taken another id meanwhile: a request that was
     * under way must not bring it back. With `foundVersion` neither where anybody wrote it since.
     * @returns its version, or nothing where it was not written.
     */
    async put(
      id: string,
      uid: string,
      accountId: string | undefined,
      expiresAt: number,
      body: Record<string, unknown>,
      foundAs?: string,
      foundVersion?: string,
    ): Promise<string | undefined> {
      const uidHash = hashId(uid);
      const row = {
        idHash: hashId(id),
        uidHash,
        accountTag: accountId === undefined ? null : seals.tag('account', accountId),
        sealed: seals.sealPadded('session', uidHash, JSON.stringify({ expiresAt, body } satisfies Sealed), PADDING),
        expiresHour: roundUpToHour(expiresAt),
      };
      return storage.write(async (tx) => {
        if (foundAs === undefined) {
          await insert(tx).execute(row);
          return row.sealed;
        }
        const found = { ...row, foundHash: hashId(foundAs) };
        const written =
          foundVersion === undefined
            ? await replace(tx).execute(found)
            : await replaceVersion(tx).execute({ ...found, version: foundVersion });
        return written.length === 1 ? row.sealed : undefined;
      });
    },

    async find(id: string): Promise<StoredSession | undefined> {
      const [row] = await byId.execute({ hash: hashId(id) });
      return open(row);
    },

    async findByUid(uid: string): Promise<StoredSession | undefined> {
      const [row] = await byUid.execute({ hash: hashId(uid) });
      return open(row);
    },

    async remove(id: string): Promise<void> {
      await storage.write(async (tx) => void (await tx.delete(session).where(eq(session.idHash, hashId(id)))));
    },

    /** Replaces what a session holds, if it still stands, by what `change` makes of it as it stands at that moment. */
    async change(handle: string, change: (body: Record<string, unknown>) => Record<string, unknown>): Promise<void> {
      const mine = eq(session.uidHash, handle);
      await storage.write(async (tx) => {
        // Read under its lock: what another request writes meanwhile is neither lost nor brought back.
        const [row] = await tx.update(session).set({ uidHash: handle }).where(mine).returning();
        if (row === undefined) return;
        const { expiresAt, body } = JSON.parse(seals.open('session', handle, row.sealed)) as Sealed;
        const after: Sealed = { expiresAt, body: change(body) };
        const sealed = seals.sealPadded('session', handle, JSON.stringify(after), PADDING);
        await tx.update(session).set({ sealed }).where(mine);
      });
    },

    /** Every session of an account that has not run out. */
    async ofAccount(accountId: string): Promise<StoredSession[]> {
      const rows = await storage.read
        .select()
        .from(session)
        .where(inArray(session.accountTag, seals.tags('account', accountId)));
      return rows.flatMap((row) => open(row) ?? []);
    },

    /** Ends a session by its handle; from this moment on its cookie opens nothing. */
    async removeByHandle(handle: string): Promise<void> {
      await storage.write(async (tx) => void (await tx.delete(session).where(eq(session.uidHash, handle))));
    },

    /** Forgets sessions that have run out. */
    async sweep(): Promise<void> {
      await storage.write(async (tx) => void (await tx.delete(session).where(lt(session.expiresHour, now()))));
    },
  };
}
