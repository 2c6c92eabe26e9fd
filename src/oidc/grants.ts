import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import { randomId } from '../storage/seal.ts';
import type { Authorization, Requests } from './prompts.ts';
import type { TokenStore } from './store.ts';

/** How long a grant may stand, in seconds: longer than the refresh tokens under it. */
export const GRANT_LIFE = 180 * 86_400;

type Needs = { now: () => number; requests: Requests; tokens: TokenStore };

function addWhatIsAsked(ctx: KoaContextWithOIDC, grant: Grant): boolean {
  const { requestParamOIDCScopes, requestParamClaims } = ctx.oidc;
  const granted = new Set(grant.getOIDCScope().split(' '));
  const missingScopes = [...requestParamOIDCScopes].filter((scope) => !granted.has(scope));
  const claims = new Set(grant.getOIDCClaims());
  const missingClaims = [...requestParamClaims].filter((claim) => !claims.has(claim));
  if (missingScopes.length > 0) grant.addOIDCScope(missingScopes.join(' '));
  if (missingClaims.length > 0) grant.addOIDCClaims(missingClaims);
  return missingScopes.length + missingClaims.length > 0;
}

/**
 * The library's `loadExistingGrant`: the grant of this session and client for the profile that the journey ended with.
 * Where the session's grant is for another profile, a new one is made and the client gets a new `sid`, so that the two
 * profiles share nothing; the old one ends with it, except for what was granted beyond the session.
 */
export function makeGrants({ now, requests, tokens }: Needs) {
  return async function loadExistingGrant(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
    const { session, client, provider } = ctx.oidc;
    const { step, standing } = await requests.decision(ctx);
    if (session === undefined || client === undefined || step.name !== 'done' || step.profileId === undefined)
      return undefined;

    const currentId = session.grantIdFor(client.clientId);
    if (currentId !== undefined && standing === step.profileId) {
      const current = await provider.Grant.find(currentId);
      if (current !== undefined && current.accountId === session.accountId) {
        if (addWhatIsAsked(ctx, current)) await current.save();
        return current;
      }
    }

    const grant = new provider.Grant({ accountId: step.accountId, clientId: client.clientId });
    addWhatIsAsked(ctx, grant);
    const grantId = await grant.save();
    await tokens.bind(grantId, step.profileId, now() + GRANT_LIFE * 1000);
    if (currentId !== undefined) {
      session.sidFor(client.clientId, randomId());
      const authorization: Authorization = session.authorizationFor(client.clientId) ?? {};
      if (authorization.persistsLogout !== true) await tokens.revokeGrant(currentId);
      delete authorization.persistsLogout;
    }
    return grant;
  };
}
