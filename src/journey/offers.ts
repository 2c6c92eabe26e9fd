import type { Application } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import type { Profiles } from '../profiles/profiles.ts';

/**
 * A name from before that is somebody's: the application knew them by their mailbox. With a second factor in use there,
 * the mailbox is not enough, and the old password is asked for.
 */
export type Offer = { readonly name: string; readonly needsPassword: boolean };

/** What an account holds at an application. */
type Held = Awaited<ReturnType<Profiles['at']>>;

/** The names from before that are an account's at an application, without anything being asked for. */
export type OffersOf = (accountId: string, application: Application) => Promise<readonly Offer[]>;

/** So many are offered on one journey, one after the other (P8). */
export const OFFERS = 20;

/** What of it matters to taking back. */
export type Counted = Pick<Held, 'entrance' | 'used' | 'limit'>;

/**
 * Why somebody who holds this may not take back any name from before, if there is anything. The policy is no matter: they
 * were there already. Only a decision about the person stands in the way, and the number of profiles where these count
 * in it.
 */
export function barToTakingBack(
  { oldNames }: Pick<Application, 'oldNames'>,
  { entrance, used, limit }: Counted,
): UserError | undefined {
  if (entrance.kind === 'refused' && entrance.code === 'new_profiles_barred') return new UserError(entrance.code);
  const isFull = oldNames.count && limit > 0 && used >= limit;
  return isFull ? new UserError('quota_full', { limit }) : undefined;
}

/** Whether they may take one back, if they can prove that it was theirs. */
export const mayTakeBack = (application: Pick<Application, 'oldNames'>, held: Counted): boolean =>
  barToTakingBack(application, held) === undefined;

/** What is offered to those who have no profile to go on with; of others no sign-in asks for it. */
export function makeOffers(offersOf: OffersOf) {
  return async function offersTo(accountId: string, application: Application, held: Held): Promise<readonly Offer[]> {
    const canGoOn = held.profiles.some(({ status, refusedBy }) => status === 'active' && refusedBy === undefined);
    if (canGoOn || !mayTakeBack(application, held)) return [];
    return (await offersOf(accountId, application)).slice(0, OFFERS);
  };
}
