import type { Accounts } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import { addDays, dayOf } from '../days.ts';
import type { Profiles } from '../profiles/profiles.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { makeActions, type OpenCase } from './actions.ts';
import { makeAppeals } from './appeals.ts';
import { makeDecide } from './decide.ts';
import { makeExceptions } from './exceptions.ts';
import { makeHolds } from './holds.ts';
import type { ProfileLog } from './log.ts';
import type { Moderators } from './moderators.ts';
import { makeOwnersView } from './owners-view.ts';
import { makePersonActions } from './person.ts';
import { makeReasons } from './reasons.ts';
import { makeSeeing } from './seeing.ts';
import type { OwnerTelling } from './telling.ts';

export type DecidingNeeds = {
  accounts: Accounts;
  applications: Applications;
  profiles: Profiles;
  storage: Storage;
  seals: Seals;
  /** The time in milliseconds. */
  now: () => number;
  /** Days for which moderators read what happened to a profile. */
  logDays: number;
  openCase: OpenCase;
};

/** Everything that moderators see of profiles and decide about them, each part made once. */
export function makeDeciding(
  given: DecidingNeeds,
  { log, moderators, telling }: { log: ProfileLog; moderators: Moderators; telling: OwnerTelling },
) {
  /** The login names of moderators, for their colleagues: no account leaves this room otherwise. */
  async function loginNames(accountIds: readonly (string | undefined)[]): Promise<ReadonlyMap<string, string>> {
    const names = new Map<string, string>();
    for (const id of new Set(accountIds)) {
      const account = id === undefined ? undefined : await given.accounts.find(id);
      if (account !== undefined) names.set(account.id, account.loginName);
    }
    return names;
  }

  const needs = {
    ...given,
    log,
    loginNames,
    moderators,
    telling,
    decide: makeDecide({ ...given, moderators, telling }),
  };
  const appeals = makeAppeals(needs);
  const exceptions = makeExceptions(needs);
  const holds = makeHolds({ ...needs, appeals, exceptions });

  return {
    /** What moderators see: see `seeing.ts`. */
    seeing: makeSeeing({ ...needs, appeals, exceptions }),
    /** What they do about one profile: see `actions.ts`. */
    actions: makeActions(needs),
    /** What they do about the person behind one: see `person.ts`. */
    person: makePersonActions(needs),
    /** What owners say against that: see `appeals.ts`. */
    appeals,
    /** More profiles for one person: see `exceptions.ts`. */
    exceptions,
    /** What reasons are given: see `reasons.ts`. */
    reasons: makeReasons(needs),
    /** What owners read of it: see `owners-view.ts`. */
    ownersView: makeOwnersView({ ...needs, appeals }),

    /** Forgets what is kept about a profile whose owner is about to be forgotten, in the transaction of that. */
    async forget(tx: Db, profileId: string): Promise<void> {
      await appeals.forget(tx, profileId);
      await exceptions.forget(tx, profileId);
    },

    /** Forgets what is older than the setting says and holds nothing any more; for the clock. */
    async sweep(): Promise<void> {
      await log.sweep(holds);
      await appeals.sweep(addDays(dayOf(given.now()), -given.logDays));
    },
  };
}
