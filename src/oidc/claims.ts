import type { Account as LibraryAccount, FindAccount, KoaContextWithOIDC } from 'oidc-provider';
import type { Application } from '../applications/applications.ts';
import type { AsTold, Holder, Holders } from '../journey/journey.ts';
import { emailOf, subjectOf, type Profile } from '../profiles/profiles.ts';
import { hashId } from '../storage/seal.ts';
import { applicationIdOf } from './prompts.ts';
import type { TokenStore } from './store.ts';

/** Which scope opens which claims (OpenID Connect Core §5.4; `groups` as applications commonly ask for it). */
export const CLAIMS = {
  openid: ['sub'],
  profile: ['name', 'preferred_username'],
  email: ['email', 'email_verified'],
  groups: ['groups'],
};

type Needs = { asTold: AsTold; holders: Holders; tokens: TokenStore; aliasDomain: string };

/** What a token or a grant knows. */
type Source = { grantId?: string | undefined };

export type Claims = ReturnType<typeof makeClaims>;

/**
 * Who stands behind a grant. The account is the library's only notion of a person; the profile hangs off the grant,
 * and whether both are still good is asked anew each time (P4).
 */
export function makeClaims({ asTold, holders, tokens, aliasDomain }: Needs) {
  /**
   * The profile that a grant is for and what the application may know of it; nothing when the account, the profile or
   * the entry is gone.
   */
  async function readHolder(accountId: string, grantId: string, applicationId: string): Promise<Holder | undefined> {
    const profileId = await tokens.profileOf(grantId);
    return profileId === undefined ? undefined : holders.usable(accountId, applicationId, profileId);
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

  function claimsOf({ application, profile, groups }: Holder, signIn?: string) {
    const email = emailOf(application, profile, aliasDomain, signIn);
    return {
      name: profile.name,
      preferred_username: profile.name,
      groups,
      sub: subjectOf(application, profile),
      ...(email === undefined ? {} : { email: email.address, email_verified: email.isVerified }),
    };
  }

  /**
   * What is sent in this request. A sign-in has succeeded where its code was exchanged, and is known by the access token
   * of that: what userinfo answers to the token agrees with the ID token, and a later sign-in is another one.
   */
  async function sentIn(ctx: KoaContextWithOIDC, holder: Holder) {
    const token = ctx.oidc.entities.AccessToken?.jti;
    if (token === undefined) throw new Error('claims without an access token');
    const signIn = hashId(`sign-in:${token}`);
    return claimsOf(await asTold(holder, signIn), signIn);
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
    return { accountId, claims: async () => sentIn(ctx, holder) };
  };

  return {
    /** The library's `findAccount`. */
    find,
    holderOf,

    /** What would be sent for a profile, for its owner to read before. */
    claimsOf: (holder: Holder) => claimsOf(holder),

    /** The same for an account's own profile, whatever its state and whoever may enter at the moment. */
    async claimsFor(accountId: string, application: Application, profile: Profile) {
      return claimsOf(await holders.shown(accountId, application, profile));
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
