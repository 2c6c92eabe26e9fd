import { describeError, type Log } from '../log.ts';
import type { Profile, Profiles } from '../profiles/profiles.ts';
import { isUnavailable } from '../storage/storage.ts';

/** Called when an application has been told of a profile: returns at once, and nothing that fails in it is thrown. */
export type NoteTold = (profile: Profile) => void;

/** Sees to it that the address which came with an old name is told in one sign-in, and never again. */
export function makeNoteTold({ log, profiles }: { log: Log; profiles: Pick<Profiles, 'endOldAddress'> }): NoteTold {
  return ({ id, oldAddress }) => {
    if (oldAddress === undefined) return;
    profiles.endOldAddress(id).catch((error: unknown) => {
      if (isUnavailable(error)) return;
      log.error({ event: 'old_address_not_ended', ...describeError(error) });
    });
  };
}
