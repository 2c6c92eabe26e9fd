import { and, eq, lt, sql } from 'drizzle-orm';
import { hashId, roundUpToHour, type Seals } from '../storage/seal.ts';
import { perHandle, type Db, type Storage } from '../storage/storage.ts';

/** A token's record, as the library wrote it, and whether it was used up. */
export type KeptToken = { payload: Record<string, unknown>; consumed: boolean };

export type TokenStore = ReturnType<typeof makeTokenStore>;

type Needs = {
  storage: Storage;
  seals: Seals;
  /** The request being served, if any. */
  request: () => object | undefined;
};

const grantHashOf = (grantId: string): string => hashId(`grant:${grantId}`);

/**
 * Grants, codes and tokens, and which profile a grant is for. All on the profile side of P2: the account stands only
 * in the sealed payload.
 */
export function makeTokenStore({ storage, seals, request }: Needs) {
  const { token, grantProfile } = storage.tables;
  /** The grants of what requests used up: they are answered for its profile, though a replay may have ended it since. */
  const usedUp = new WeakMap<object, { grantHash: string; profileId: string }>();
  const byHash = storage.read
    .select()
    .from(token)
    .where(eq(token.idHash, sql.placeholder('hash')))
    .prepare('token_by_hash');
  const profileByGrant = storage.read
    .select({ profileId: grantProfile.profileId })
    .from(grantProfile)
    .where(eq(grantProfile.grantHash, sql.placeholder('hash')))
    .prepare('profile_by_grant');

  const put = perHandle((db) => {
    const row = {
      idHash: sql.placeholder('idHash'),
      model: sql.placeholder('model'),
      grantHash: sql.placeholder('grantHash'),
      consumed: sql.placeholder('consumed'),
      sealed: sql.placeholder('sealed'),
      expiresHour: sql.placeholder('expiresHour'),
    };
    const { idHash: _, ...set } = row;
    // The update's types want finished values; a placeholder is one when the statement runs.
    return db
      .insert(token)
      .values(row)
      .onConflictDoUpdate({ target: token.idHash, set: set as never })
      .prepare('token_put');
  });
  const consume = perHandle((db) =>
    db
      .update(token)
      .set({ consumed: true })
      .where(and(eq(token.idHash, sql.placeholder('hash')), eq(token.consumed, false)))
      .returning({ grantHash: token.grantHash })
      .prepare('token_consume'),
  );

  /** Whoever removes tokens of a grant holds its row first: two who took them in another order would wait for ever. */
  async function holdGrant(tx: Db, grantHash: string): Promise<void> {
    await tx.update(grantProfile).set({ grantHash }).where(eq(grantProfile.grantHash, grantHash));
  }

  async function endGrant(tx: Db, grantHash: string): Promise<void> {
    await holdGrant(tx, grantHash);
    await tx.delete(token).where(eq(token.grantHash, grantHash));
    await tx.delete(grantProfile).where(eq(grantProfile.grantHash, grantHash));
  }

  const revokeAll = (grantHash: string): Promise<void> => storage.write((tx) => endGrant(tx, grantHash));

  return {
    /** Writes a record that expires at `expiresAt` (milliseconds; the exact time is in the payload). */
    async put(
      model: string,
      id: string,
      grantId: string | undefined,
      payload: Record<string, unknown>,
      expiresAt: number,
    ): Promise<void> {
      const idHash = hashId(`${model}:${id}`);
      const row = {
        idHash,
        model,
        grantHash: grantId === undefined ? null : grantHashOf(grantId),
        consumed: false,
        sealed: seals.seal('token', idHash, JSON.stringify(payload)),
        expiresHour: roundUpToHour(expiresAt),
      };
      await storage.write(async (tx) => void (await put(tx).execute(row)));
    },

    async find(model: string, id: string): Promise<KeptToken | undefined> {
      const hash = hashId(`${model}:${id}`);
      const [row] = await byHash.execute({ hash });
      if (row === undefined) return undefined;
      return {
        payload: JSON.parse(seals.open('token', hash, row.sealed)) as Record<string, unknown>,
        consumed: row.consumed,
      };
    },

    async remove(model: string, id: string): Promise<void> {
      await storage.write(
        async (tx) => void (await tx.delete(token).where(eq(token.idHash, hashId(`${model}:${id}`)))),
      );
    },

    /**
     * Uses a code or token up. Of any number of callers on any number of nodes one gets `true`; for every other one
     * the whole grant is revoked before they hear it (RFC 6749 §4.1.2, RFC 9700 §4.14.2). The one is still answered,
     * with tokens that open nothing by then.
     */
    async consume(model: string, id: string): Promise<boolean> {
      const idHash = hashId(`${model}:${id}`);
      const { won, grant } = await storage.write(async (tx) => {
        const [used] = await consume(tx).execute({ hash: idHash });
        if (used !== undefined) {
          if (used.grantHash === null) return { won: true, grant: undefined };
          const [bound] = await tx.select().from(grantProfile).where(eq(grantProfile.grantHash, used.grantHash));
          return { won: true, grant: bound };
        }
        const [row] = await tx.select({ grantHash: token.grantHash }).from(token).where(eq(token.idHash, idHash));
        if (row?.grantHash !== null && row?.grantHash !== undefined) await endGrant(tx, row.grantHash);
        return { won: false, grant: undefined };
      });
      const serving = request();
      if (serving !== undefined && grant !== undefined) usedUp.set(serving, grant);
      return won;
    },

    /** Removes a grant's records of one model. */
    async revokeModel(model: string, grantId: string): Promise<void> {
      const grantHash = grantHashOf(grantId);
      await storage.write(async (tx) => {
        await holdGrant(tx, grantHash);
        await tx.delete(token).where(and(eq(token.grantHash, grantHash), eq(token.model, model)));
      });
    },

    /** Ends a grant: nothing that was issued under it is accepted from now on. */
    async revokeGrant(grantId: string): Promise<void> {
      await revokeAll(grantHashOf(grantId));
    },

    /** Ends every grant of a profile. */
    async revokeProfile(profileId: string): Promise<void> {
      const rows = await storage.read
        .select({ grantHash: grantProfile.grantHash })
        .from(grantProfile)
        .where(eq(grantProfile.profileId, profileId));
      for (const { grantHash } of rows) await revokeAll(grantHash);
    },

    /** Says which profile a grant is for, once and for all. */
    async bind(grantId: string, profileId: string, expiresAt: number): Promise<void> {
      const row = { grantHash: grantHashOf(grantId), profileId, expiresHour: roundUpToHour(expiresAt) };
      await storage.write(async (tx) => void (await tx.insert(grantProfile).values(row)));
    },

    async profileOf(grantId: string): Promise<string | undefined> {
      const grantHash = grantHashOf(grantId);
      const serving = request();
      const used = serving === undefined ? undefined : usedUp.get(serving);
      if (used?.grantHash === grantHash) return used.profileId;
      const [row] = await profileByGrant.execute({ hash: grantHash });
      return row?.profileId;
    },

    /** Forgets what ran out before `now`. */
    async sweep(now: number): Promise<void> {
      await storage.write(async (tx) => {
        await tx.delete(token).where(lt(token.expiresHour, now));
        await tx.delete(grantProfile).where(lt(grantProfile.expiresHour, now));
      });
    },
  };
}
