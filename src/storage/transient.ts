import { and, eq, lt, sql } from 'drizzle-orm';
import { hashId, roundUpToHour, type Seals } from './seal.ts';
import { perHandle, type Storage } from './storage.ts';

export type Transients = ReturnType<typeof makeTransients>;

type Sealed = { expiresAt: number; value: unknown };

/** What was kept, and whether it was used up. */
export type Kept = { value: unknown; consumed: boolean };

/**
 * Things that live for minutes and belong to neither side of P2: sign-ins on their way, pushed requests, one-time
 * identifiers. Kept sealed under the hash of their random id.
 */
export function makeTransients({ storage, seals, now }: { storage: Storage; seals: Seals; now: () => number }) {
  const { transient } = storage.tables;
  const byHash = storage.read
    .select()
    .from(transient)
    .where(eq(transient.idHash, sql.placeholder('hash')))
    .prepare('transient_by_hash');

  const insert = perHandle((db) => {
    const row = {
      idHash: sql.placeholder('idHash'),
      model: sql.placeholder('model'),
      consumed: sql.placeholder('consumed'),
      sealed: sql.placeholder('sealed'),
      expiresHour: sql.placeholder('expiresHour'),
    };
    const { idHash: _, ...set } = row;
    // The update's types want finished values; a placeholder is one when the statement runs.
    return db
      .insert(transient)
      .values(row)
      .onConflictDoUpdate({ target: transient.idHash, set: set as never })
      .prepare('transient_put');
  });

  const rowOf = (model: string, id: string, value: unknown, expiresAt: number) => {
    const idHash = hashId(`${model}:${id}`);
    return {
      idHash,
      model,
      consumed: false,
      sealed: seals.seal('transient', idHash, JSON.stringify({ expiresAt, value } satisfies Sealed)),
      expiresHour: roundUpToHour(expiresAt),
    };
  };

  return {
    /** Keeps a value until `expiresAt` (milliseconds), replacing what was there. */
    async put(model: string, id: string, value: unknown, expiresAt: number): Promise<void> {
      const row = rowOf(model, id, value, expiresAt);
      await storage.write(async (tx) => void (await insert(tx).execute(row)));
    },

    /** Keeps a value that must not be there yet; returns false when it is. On any number of nodes one caller wins. */
    async putOnce(model: string, id: string, value: unknown, expiresAt: number): Promise<boolean> {
      const row = rowOf(model, id, value, expiresAt);
      const rows = await storage.write((tx) =>
        tx.insert(transient).values(row).onConflictDoNothing().returning({ idHash: transient.idHash }),
      );
      return rows.length === 1;
    },

    async find(model: string, id: string): Promise<Kept | undefined> {
      const hash = hashId(`${model}:${id}`);
      const [row] = await byHash.execute({ hash });
      if (row === undefined) return undefined;
      const { expiresAt, value } = JSON.parse(seals.open('transient', hash, row.sealed)) as Sealed;
      return expiresAt <= now() ? undefined : { value, consumed: row.consumed };
    },

    /** Uses a value up; returns false when somebody else was faster or it is gone. */
    async consume(model: string, id: string): Promise<boolean> {
      const rows = await storage.write((tx) =>
        tx
          .update(transient)
          .set({ consumed: true })
          .where(and(eq(transient.idHash, hashId(`${model}:${id}`)), eq(transient.consumed, false)))
          .returning({ idHash: transient.idHash }),
      );
      return rows.length === 1;
    },

    async remove(model: string, id: string): Promise<void> {
      await storage.write(
        async (tx) => void (await tx.delete(transient).where(eq(transient.idHash, hashId(`${model}:${id}`)))),
      );
    },

    /** Forgets what has run out. */
    async sweep(): Promise<void> {
      await storage.write(async (tx) => void (await tx.delete(transient).where(lt(transient.expiresHour, now()))));
    },
  };
}
