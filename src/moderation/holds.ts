import type { Profiles } from '../profiles/profiles.ts';
import type { Appeals } from './appeals.ts';
import type { Exceptions } from './exceptions.ts';
import type { ProfileLog } from './log.ts';
import { barsIn } from './person.ts';

type Needs = {
  appeals: Pick<Appeals, 'ofProfile'>;
  exceptions: Pick<Exceptions, 'ofProfile'>;
  log: ProfileLog;
  profiles: Pick<Profiles, 'find' | 'ownerToTell'>;
};

/** Which entries of a profile's log still hold something, so that they are not forgotten. */
export function makeHolds({ appeals, exceptions, log, profiles }: Needs) {
  /** The ids of a block in force, of what its owner has not done yet, of open appeals, of bars and grants that stand. */
  return async function holds(profileId: string): Promise<ReadonlySet<string>> {
    const [profile, history, rows, granted, owner] = await Promise.all([
      profiles.find(profileId),
      log.of(profileId),
      appeals.ofProfile(profileId),
      exceptions.ofProfile(profileId),
      profiles.ownerToTell(profileId),
    ]);
    const { blocked, warnings = [], rename } = profile?.standing ?? {};
    const open = rows.filter(({ status }) => status === 'open');
    // A decision about a person who is forgotten holds for nobody.
    const bars = owner === undefined ? [] : barsIn(history);
    return new Set(
      [blocked?.id ?? [], warnings, rename ?? [], [...open, ...granted, ...bars].map(({ id }) => id)].flat(),
    );
  };
}
