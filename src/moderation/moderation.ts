import type { Log } from '../log.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { makeErrands, type ErrandHandlers } from './errands.ts';
import { makeProfileLog } from './log.ts';

export type { Actor } from './actor.ts';
export type { Errand, ErrandHandlers, Errands } from './errands.ts';
export type { LogEntry, LogKind, LogPlace, NewEntry, ProfileLog } from './log.ts';
export { reasonOf, reasonsOf, USUAL_REASONS, type Reason } from './reasons.ts';

export type Moderation = ReturnType<typeof makeModeration>;

export type ModerationNeeds = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  log: Log;
  /** Days for which moderators read what happened to a profile. */
  logDays: number;
  errandHandlers: ErrandHandlers;
};

/** What moderators of an application may do, and see: profiles, one by one, and nothing that joins two of them. */
export function makeModeration({ storage, seals, now, log, logDays, errandHandlers }: ModerationNeeds) {
  return {
    /** What happened to profiles: see `log.ts`. */
    log: makeProfileLog({ storage, seals, now, days: logDays }),
    /** What is to be done later: see `errands.ts`. */
    errands: makeErrands({ storage, seals, now, log, handlers: errandHandlers }),
  };
}
