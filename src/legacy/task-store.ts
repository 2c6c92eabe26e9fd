import { and, eq } from 'drizzle-orm';
import type { z } from 'zod';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';

/** Rows are of one size, but for those with long reports. */
const PADDING = 1024;

/** A task as it lies in the table, and what it says. */
export type Task<Content> = {
  readonly id: string;
  readonly applicationId: string;
  readonly sealed: string;
  readonly content: Content;
};

/** Tasks of one kind; changes are compare-and-set, so that of several nodes one does each thing. */
export function makeTaskStore<Schema extends z.ZodType>(
  { storage, seals }: { storage: Storage; seals: Seals },
  kind: 'file' | 'notices' | 'handed',
  schema: Schema,
) {
  type Content = z.output<Schema>;
  const { legacyTask } = storage.tables;

  const sealedOf = (id: string, content: Content): string =>
    seals.sealPadded('legacy-task', id, JSON.stringify(content), PADDING);

  function open({ id, applicationId, sealed }: { id: string; applicationId: string; sealed: string }): Task<Content> {
    const content = schema.parse(JSON.parse(seals.open('legacy-task', id, sealed)));
    return { id, applicationId, sealed, content };
  }

  return {
    /** All of the kind, or those of an application. */
    async list(applicationId?: string): Promise<Task<Content>[]> {
      const isOurs = eq(legacyTask.kind, kind);
      const rows = await storage.read
        .select()
        .from(legacyTask)
        .where(applicationId === undefined ? isOurs : and(isOurs, eq(legacyTask.applicationId, applicationId)));
      return rows.map(open);
    },

    async find(id: string): Promise<Task<Content> | undefined> {
      const [row] = await storage.read
        .select()
        .from(legacyTask)
        .where(and(eq(legacyTask.id, id), eq(legacyTask.kind, kind)));
      return row === undefined ? undefined : open(row);
    },

    /** Returns false where it is there already. */
    async insert(tx: Db, id: string, applicationId: string, content: Content): Promise<boolean> {
      const rows = await tx
        .insert(legacyTask)
        .values({ id, applicationId, kind, sealed: sealedOf(id, content) })
        .onConflictDoNothing()
        .returning({ id: legacyTask.id });
      return rows.length === 1;
    },

    /** Has it say something else; undefined where it was changed meanwhile, or is gone. */
    async replace(tx: Db, task: Task<Content>, content: Content): Promise<Task<Content> | undefined> {
      const sealed = sealedOf(task.id, content);
      const rows = await tx
        .update(legacyTask)
        .set({ sealed })
        .where(and(eq(legacyTask.id, task.id), eq(legacyTask.sealed, task.sealed)))
        .returning({ id: legacyTask.id });
      return rows.length === 1 ? { ...task, sealed, content } : undefined;
    },

    /** How many of the kind an application has. */
    async count(db: Db, applicationId: string): Promise<number> {
      return db.$count(legacyTask, and(eq(legacyTask.kind, kind), eq(legacyTask.applicationId, applicationId)));
    },

    /** Removes it as it was read; returns false where it was changed meanwhile, or is gone. */
    async removeUnchanged(tx: Db, { id, sealed }: Task<Content>): Promise<boolean> {
      const rows = await tx
        .delete(legacyTask)
        .where(and(eq(legacyTask.id, id), eq(legacyTask.sealed, sealed)))
        .returning({ id: legacyTask.id });
      return rows.length === 1;
    },

    /** Returns false where it is gone already. */
    async remove(tx: Db, id: string): Promise<boolean> {
      const rows = await tx.delete(legacyTask).where(eq(legacyTask.id, id)).returning({ id: legacyTask.id });
      return rows.length === 1;
    },
  };
}
