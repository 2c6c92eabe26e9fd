import type { Account as LibraryAccount, FindAccount, KoaContextWithOIDC } from 'oidc-provider';
import type { Accounts } from '../accounts/accounts.ts';
import type { Application, Applications } from '../applications/applications.ts';
import { subjectOf, type Profile, type Profiles } from '../profiles/profiles.ts';
import { applicationIdOf } from './prompts.ts';
import type { TokenStore } from './store.ts';

/** Which scope opens which claims (OpenID Connect Core §5.4; `groups` as applications commonly ask for it). */
export const CLAIMS = {
  openid: ['sub'],
  profile: ['name', 'preferred_username'],
  email: ['email', 'email_verified'],
  groups: ['groups'],
};

type Needs = {
  accounts: Pick<Accounts, 'isActive' | 'groupsOf'>;
  applications: Applications;
  profiles: Pick<Profiles, 'usable'>;
  tokens: TokenStore;
  aliasDomain: string;
};

/** Who stands behind a grant. */
type Holder = { application: Application; profile: Profile; groups: string[] };

/** What a token or a grant knows. */
type Source = { grantId?: string | undefined };

export type Holders = ReturnType<typeof makeHolders>;

/**
 * Who stands behind a grant. The account is the library's only notion of a person; the profile hangs off the grant,
 * and whether both are still good is asked anew each time (P4).
 */
export function makeHolders({ accounts, applications, profiles, tokens, aliasDomain }: Needs) {
  /** The account's groups, where they matter. */
  async function groupsOf(
    accountId: string,
    application: Application,
    profile: Profile,
  ): Promise<{ id: string; name: string }[]> {
    const needed = application.entry.kind === 'groups' || profile.groups.length > 0;
    return needed ? accounts.groupsOf(accountId) : [];
  }

  /**
   * The profile that a grant is for and what the application may know of it; `undefined` when the account, the profile
   * or the entry is gone.
   */
  async function readHolder(accountId: string, grantId: string, applicationId: string): Promise<Holder | undefined> {
    const profileId = await tokens.profileOf(grantId);
    if (profileId === undefined) return undefined;
    const [isActive, application, profile] = await Promise.all([
      accounts.isActive(accountId),
      applications.find(applicationId),
      profiles.usable(accountId, profileId),
    ]);
    if (!isActive || application === undefined || profile?.applicationId !== applicationId) return undefined;
    const groups = await groupsOf(accountId, application, profile);
    if (
      !applications.mayEnter(
        application,
        groups.map(({ id }) => id),
      )
    )
      return undefined;
    return holderWith(application, profile, groups);
  }

  /** What the application may know: of the groups those that the profile shows. */
  function holderWith(
    application: Application,
    profile: Profile,
    groups: readonly { id: string; name: string }[],
  ): Holder {
    const names = groups.filter(({ id }) => profile.groups.includes(id)).map(({ name }) => name);
    return { application, profile, groups: names };
  }

  const answers = new WeakMap<object, Map<string, Promise<Holder | undefined>>>();

  /** `readHolder`, asked once in each request: the library asks for the account and then for its subject. */
  function holderOf(
    ctx: KoaContextWithOIDC,
    accountId: string,
    grantId: string,
    applicationId: string,
  ): Promise<Holder | undefined> {
    const known = answers.get(ctx.oidc) ?? new Map<string, Promise<Holder | undefined>>();
    answers.set(ctx.oidc, known);
    const key = `${accountId} ${grantId} ${applicationId}`;
    const answer = known.get(key) ?? readHolder(accountId, grantId, applicationId);
    known.set(key, answer);
    return answer;
  }

  function claimsOf({
    application,
    profile,
    groups,
  }: {
    application: Application;
    profile: Profile;
    groups: string[];
  }) {
    return {
      name: profile.name,
      preferred_username: profile.name,
      groups,
      sub: subjectOf(application, profile),
      ...(application.email === 'alias' ? { email: `${profile.aliasLocal}@${aliasDomain}`, email_verified: true } : {}),
    };
  }

  /** The grant that the request is about: of the token presented, or of the authorization under way. */
  function grantIdOf(ctx: KoaContextWithOIDC, source: Source | undefined): string | undefined {
    const { Grant, AccessToken, RefreshToken, AuthorizationCode } = ctx.oidc.entities;
    return source?.grantId ?? AccessToken?.grantId ?? RefreshToken?.grantId ?? AuthorizationCode?.grantId ?? Grant?.jti;
  }

  const find: FindAccount = async (ctx, accountId, source): Promise<LibraryAccount | undefined> => {
    const grantId = (source as Source | undefined)?.grantId;
    if (grantId === undefined) {
      // The authorization endpoint only wants a name for the session's account: whether it is still good is for the
      // journey to say, which is asked next.
      return { accountId, claims: async () => ({ sub: accountId }) };
    }
    const holder = await holderOf(ctx, accountId, grantId, applicationIdOf(ctx));
    if (holder === undefined) return undefined;
    return { accountId, claims: async () => claimsOf(holder) };
  };

  return {
    /** The library's `findAccount`. */
    find,
    holderOf,

    /** What would be sent for a profile, for its owner to read before. */
    claimsOf,

    /** The same for an account's own profile, whatever its state and whoever may enter at the moment. */
    async claimsFor(accountId: string, application: Application, profile: Profile) {
      return claimsOf(holderWith(application, profile, await groupsOf(accountId, application, profile)));
    },

    /**
     * The library's `pairwiseIdentifier`: the subject of the profile that the grant in the request is for.
     * @throws an internal error where there is no such grant: better no token than a wrong one.
     */
    async subject(ctx: KoaContextWithOIDC | undefined, accountId: string, applicationId: string): Promise<string> {
      if (ctx === undefined) throw new Error('a subject outside of a request');
      const grantId = grantIdOf(ctx, undefined);
      const holder = grantId === undefined ? undefined : await holderOf(ctx, accountId, grantId, applicationId);
      if (holder === undefined) throw new Error('no profile behind the grant');
      return subjectOf(holder.application, holder.profile);
    },
  };
}
