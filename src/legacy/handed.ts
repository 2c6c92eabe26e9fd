import { z } from 'zod';
import type { Log } from '../log.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { makeTaskStore } from './task-store.ts';

type Needs = { readonly log: Log; readonly seals: Seals; readonly storage: Storage };

/**
 * What the log is told of links to old names. A command writes into no log: it leaves word, and a server passes it on.
 * Whose name it is stands in no log; that a link was made does.
 */
export function makeHanded({ log, seals, storage }: Needs) {
  const tasks = makeTaskStore({ storage, seals }, 'handed', z.object({}));
  const say = (application: string): void => log.warn({ event: 'old_name_link_made', application });
  return {
    /** A link was made here and now. */
    say,

    /** A link was made by a command: the log of a server says so within seconds, or once one runs. */
    async leaveWord(applicationId: string): Promise<void> {
      await storage.write((tx) => tasks.insert(tx, randomId(), applicationId, {}));
    },

    /** Passes on what commands left word of, each once however many nodes there are; for the clock. */
    async passOn(): Promise<void> {
      for (const { id, applicationId } of await tasks.list())
        if (await storage.write((tx) => tasks.remove(tx, id))) say(applicationId);
    },
  };
}
