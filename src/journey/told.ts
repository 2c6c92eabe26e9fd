import type { Profiles } from '../profiles/profiles.ts';
import type { Holder } from './holder.ts';

/**
 * Who is behind an answer, as this very answer may tell of them: an application that is sent the address of an old
 * account is sent it in the first sign-in that succeeds, and in no other. To be asked once nothing can refuse the answer
 * any more. `signIn`: what further answers of the same sign-in are known by, where there may be any. What it was given
 * is what comes back where that may be told as it is.
 */
export type AsTold = (holder: Holder, signIn?: string) => Promise<Holder>;

/** Sees to it that the address which came with an old name is told in one sign-in, and never again. */
export function makeAsTold({ profiles }: { profiles: Pick<Profiles, 'endOldAddress'> }): AsTold {
  return async (holder, signIn) => {
    const { profile } = holder;
    const { oldAddress: old } = profile;
    if (old === undefined || old.toldIn !== undefined) return holder;
    if (!(await profiles.endOldAddress(profile.id, signIn)))
      return { ...holder, profile: { ...profile, oldAddress: undefined } };
    return signIn === undefined
      ? holder
      : { ...holder, profile: { ...profile, oldAddress: { ...old, toldIn: signIn } } };
  };
}
