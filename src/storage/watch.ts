import { describeError, type Log } from '../log.ts';
import type { Observer, Use } from './storage.ts';

/** Whether the database can be used, as far as those who use it have noticed. */
export type Watch = Observer & {
  /** What does not work at this moment. */
  readonly lostUses: ReadonlySet<Use>;
  /** For an error that `isUnavailable` knows, where it ends: makes sure that it was told. */
  noticed(error: unknown): void;
};

/** Notices when the database goes away and comes back, and says so once a change, however many requests find out. */
export function makeWatch(log: Log, asked: Observer['asked']): Watch {
  const lostUses = new Set<Use>();
  const told = new WeakSet<object>();

  function lost(use: Use, error: unknown): void {
    if (error instanceof Error) told.add(error);
    if (lostUses.has(use)) return;
    lostUses.add(use);
    log.error({ event: 'database_lost', use, ...describeError(error) });
  }

  return {
    lostUses,
    lost,
    works(use) {
      if (lostUses.delete(use)) log.info({ event: 'database_back', use });
    },
    noticed(error) {
      for (let link = error; link instanceof Error; link = link.cause) if (told.has(link)) return;
      lost('reading', error);
    },
    asked,
  };
}
