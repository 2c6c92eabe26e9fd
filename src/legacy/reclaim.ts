import type { Accounts, Post } from '../accounts/accounts.ts';
import type { Application, Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import type { Profile, Profiles } from '../profiles/profiles.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import type { Transients } from '../storage/transient.ts';
import type { Batches } from './batches.ts';
import { makeCodes } from './reclaim-code.ts';
import { findNamed, typedName, type Found } from './reclaim-finding.ts';
import { makeOldNameLinks } from './reclaim-link.ts';
import { makeMoving } from './reclaim-moving.ts';
import { isAddressed, makeOffers, type Offer } from './reclaim-offers.ts';
import { makeOldPasswordCheck, type PasswordWork } from './reclaim-password.ts';
import { makeReclaimStore } from './reclaim-store.ts';
import { makeTaking } from './reclaim-taking.ts';

export type { Offer } from './reclaim-offers.ts';

type Needs = {
  accounts: Pick<Accounts, 'find' | 'hold' | 'oldNames' | 'timeline'>;
  applications: Pick<Applications, 'find' | 'get' | 'inForce'>;
  profiles: Pick<Profiles, 'at' | 'own' | 'receive'>;
  storage: Storage;
  seals: Seals;
  transients: Transients;
  now: () => number;
  post: Post;
  passwords: PasswordWork;
  batches: Pick<Batches, 'find' | 'list'>;
  hasRelay: boolean;
};

/**
 * Giving old names back. Each way ends in an active account's profile: with the name as it was imported, its subject and
 * its alias, of source `imported`; where it was suspended there it is blocked until a moderator takes that back. All that
 * throw `old_name_wrong` do so for every reason why the name is not theirs, after the same work (A71); they, and
 * `withOffer` and `withLink`, also throw `account_suspended`, `old_name_taken` (somebody was faster), `quota_full`
 * {limit} and `new_profiles_barred`, only to who has proven that the name was theirs.
 */
export function makeReclaim(needs: Needs) {
  const { accounts } = needs;
  const store = makeReclaimStore(needs.storage);
  const own = { ...needs, store };
  const isRight = makeOldPasswordCheck(own);
  const { taken, ownOf } = makeTaking(own);
  const codes = makeCodes(own);
  const offers = makeOffers(own);

  /** Who tries, as it is counted. */
  const attemptOf = (accountId: string, application: Application, canonical: string, network: string) => ({
    accountId,
    applicationId: application.id,
    nameKey: canonical,
    network,
  });

  /** The two things that can be known of a name whose second factor was in use are both asked for. */
  const needsBoth = ({ secret }: Found): boolean => secret.secondFactor;

  return {
    /** What an active account is offered without asking at an application: see `reclaim-offers.ts`. */
    offers: (accountId: string, application: Pick<Application, 'id'>): Promise<Offer[]> =>
      offers.offersAt(accountId, [application]),
    offersAt: offers.offersAt,
    isReserved: offers.isReserved,
    hasNames: offers.hasNames,

    /**
     * With the old name and the old password.
     * @throws {UserError} old_name_wrong, old_name_second_factor (the password is right, and a code is needed too),
     * try_later{seconds}, busy, and see above
     */
    async withPassword(
      accountId: string,
      application: Application,
      { name, password, network }: { readonly name: string; readonly password: string; readonly network: string },
    ): Promise<Profile> {
      const typed = typedName(name);
      const found = await findNamed(own, application.id, typed);
      const isProven = await accounts.oldNames.judge(attemptOf(accountId, application, typed.canonical, network), () =>
        isRight(application.id, typed, found, password),
      );
      if (!isProven || found === undefined) throw new UserError('old_name_wrong');
      const addressProven = needsBoth(found) && isAddressed(found.secret, await accounts.oldNames.mailboxes(accountId));
      if (needsBoth(found) && !addressProven) throw new UserError('old_name_second_factor');
      return taken(accountId, found, { addressProven, stands: ({ record }) => record !== undefined });
    },

    /** Sends a code to the old address: see `reclaim-code.ts`. Always answers alike. */
    sendCode: codes.send,

    /**
     * With the old name and the code of a letter; `password` beside it where a second factor was in use.
     * @throws {UserError} old_name_wrong, old_name_second_factor (the code is right, and the password is needed too),
     * try_later{seconds}, busy, and see above
     */
    async withCode(
      accountId: string,
      application: Application,
      given: {
        readonly name: string;
        readonly code: string;
        readonly password?: string | undefined;
        readonly network: string;
      },
    ): Promise<Profile> {
      const { name, code, password = '', network } = given;
      const typed = typedName(name);
      const found = await findNamed(own, application.id, typed);
      const isProven = await accounts.oldNames.judge(
        // Codes are the account's own: strangers who guess at the name's password keep nobody from using one.
        { ...attemptOf(accountId, application, typed.canonical, network), isOwn: true },
        async () => {
          const isCode = await codes.isRight(accountId, application.id, typed, found, code);
          const compare = () => isRight(application.id, typed, found, password);
          const isPassword =
            password !== '' &&
            // Whoever can read the letters has as many accounts to guess from as they like.
            (isCode
              ? await accounts.oldNames.judgeBeside(
                  { applicationId: application.id, nameKey: typed.canonical },
                  compare,
                )
              : await compare());
          const isMissing = found !== undefined && needsBoth(found) && password !== '' && !isPassword;
          return isCode && !isMissing;
        },
      );
      if (!isProven || found === undefined) throw new UserError('old_name_wrong');
      if (needsBoth(found) && password === '') throw new UserError('old_name_second_factor');
      const { address } = found.secret;
      const profile = await taken(accountId, found, { addressProven: true, stands: (now) => now.address === address });
      await codes.forget(accountId, application.id, typed);
      return profile;
    },

    /**
     * With nothing but the account's own proven mailbox, and the password where the offer says so.
     * @throws {UserError} old_name_wrong (also where it is not offered to this account), try_later{seconds}, busy, and
     * see above
     */
    async withOffer(
      accountId: string,
      application: Application,
      given: { readonly name: string; readonly password?: string | undefined; readonly network: string },
    ): Promise<Profile> {
      const { name, password = '', network } = given;
      const { mailboxes, found } = await offers.found(accountId, [application.id]);
      const offered = found.find(({ row }) => row.name === name);
      if (offered === undefined) throw new UserError('old_name_wrong');
      if (needsBoth(offered)) {
        const typed = typedName(name);
        const isProven = await accounts.oldNames.judge(
          attemptOf(accountId, application, typed.canonical, network),
          () => isRight(application.id, typed, offered, password),
        );
        if (!isProven) throw new UserError('old_name_wrong');
      }
      return taken(accountId, offered, {
        addressProven: true,
        stands: (secret) => isAddressed(secret, mailboxes) && (!needsBoth(offered) || secret.record !== undefined),
      });
    },

    /** Links that an administrator hands over: see `reclaim-link.ts`. */
    ...makeOldNameLinks({ ...own, taken, ownOf }),

    /** Whether the address that the application knows may be replaced: see `reclaim-moving.ts`. */
    ...makeMoving(own),
  };
}
