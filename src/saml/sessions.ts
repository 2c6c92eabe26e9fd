import { eq, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import { hashId, roundUpToHour, type Seals } from '../storage/seal.ts';
import { perHandle, type Storage } from '../storage/storage.ts';

const told = z.object({
  /** The browser's session, by its uid. */
  uid: z.string(),
  /** As whom, the latest first; several where it asked for several formats. */
  nameIds: z.array(z.object({ format: z.string(), value: z.string() })).min(1),
  expiresAt: z.number(),
});

/** As whom a service provider knows the session that it calls by a SessionIndex. Times in milliseconds. */
export type Told = z.output<typeof told>;

export type SamlSessions = ReturnType<typeof makeSamlSessions>;

/** All rows are as large as one another up to this many bytes, whatever a NameID is made of. */
const PADDING = 1024;

const hashOf = (providerId: string, sessionIndex: string): string =>
  hashId(`saml-session:${providerId}:${sessionIndex}`);

/**
 * What service providers were told, by the SessionIndex each was given: it finds the session again that it asks to end.
 * On the profile side of P2; which session that is stands only in the sealed part.
 */
export function makeSamlSessions({ storage, seals, now }: { storage: Storage; seals: Seals; now: () => number }) {
  const { samlSession } = storage.tables;
  const byHash = perHandle((db) =>
    db
      .select()
      .from(samlSession)
      .where(eq(samlSession.idHash, sql.placeholder('hash')))
      .prepare('saml_session_by_hash'),
  );
  const put = perHandle((db) => {
    const row = {
      idHash: sql.placeholder('idHash'),
      sealed: sql.placeholder('sealed'),
      expiresHour: sql.placeholder('expiresHour'),
    };
    const { idHash: _, ...set } = row;
    // The update's types want finished values; a placeholder is one when the statement runs.
    return db
      .insert(samlSession)
      .values(row)
      .onConflictDoUpdate({ target: samlSession.idHash, set: set as never })
      .prepare('saml_session_put');
  });

  return {
    async find(providerId: string, sessionIndex: string): Promise<Told | undefined> {
      const idHash = hashOf(providerId, sessionIndex);
      const [row] = await byHash(storage.read).execute({ hash: idHash });
      if (row === undefined) return undefined;
      const value = told.parse(JSON.parse(seals.open('saml-session', idHash, row.sealed)));
      return value.expiresAt <= now() ? undefined : value;
    },

    async put(providerId: string, sessionIndex: string, value: Told): Promise<void> {
      const idHash = hashOf(providerId, sessionIndex);
      const row = {
        idHash,
        sealed: seals.sealPadded('saml-session', idHash, JSON.stringify(value), PADDING),
        expiresHour: roundUpToHour(value.expiresAt),
      };
      await storage.write(async (tx) => void (await put(tx).execute(row)));
    },

    async remove(providerId: string, sessionIndex: string): Promise<void> {
      const mine = eq(samlSession.idHash, hashOf(providerId, sessionIndex));
      await storage.write(async (tx) => void (await tx.delete(samlSession).where(mine)));
    },

    /** Forgets what has run out. */
    async sweep(): Promise<void> {
      await storage.write(async (tx) => void (await tx.delete(samlSession).where(lt(samlSession.expiresHour, now()))));
    },
  };
}
