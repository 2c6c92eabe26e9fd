import { errors, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { ACR_VALUES } from './acr.ts';
import { CLAIMS } from './claims.ts';
import { EXTRA_METADATA } from './client-metadata.ts';
import { GRANT_LIFE } from './grants.ts';

const MINUTE = 60;
const DAY = 86_400;

/** How long an interaction may take, in seconds: as long as a journey. */
export const INTERACTION_LIFE = 60 * MINUTE;

const SIGNING = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

/** How far ahead a client's signed proof may run out, in seconds: as long as that we remember that it was used. */
const ASSERTION_LIFE = 60 * MINUTE;

/**
 * Refuses a proof that is also meant for somebody else, who could hand it on to us, and one that we would have to
 * remember for ever (RFC 7523 §3).
 */
function checkAssertion(ctx: KoaContextWithOIDC, claims: Readonly<Record<string, unknown>>): void {
  const ours: ReadonlySet<unknown> = ctx.oidc.clientJwtAuthExpectedAudience();
  if (![claims['aud']].flat().every((audience) => ours.has(audience))) {
    throw new errors.InvalidClientAuth('the client_assertion is also meant for somebody else');
  }
  if (Number(claims['exp']) > Date.now() / 1000 + ASSERTION_LIFE) {
    throw new errors.InvalidClientAuth('the client_assertion runs out too late');
  }
}

/** The parts of the library's configuration that never change while the program runs. */
export function fixedConfiguration(secure: boolean): Configuration {
  const cookie = { httpOnly: true, sameSite: 'lax', secure, signed: true, overwrite: true } as const;
  return {
    acrValues: ACR_VALUES,
    claims: { ...CLAIMS, acr: null, amr: null, auth_time: null, sid: null, iss: null },
    // Some applications read the ID token only, others userinfo only: both say the same.
    conformIdTokenClaims: false,
    scopes: ['openid', 'offline_access', 'profile', 'email', 'groups'],
    subjectTypes: ['pairwise'],
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    assertJwtClientAuthClaimsAndHeader: async (ctx, claims) => checkAssertion(ctx, claims),
    pkce: { required: (_ctx, client) => client['aluco_pkce'] !== 'optional' },
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'],
      clientAuthSigningAlgValues: [...SIGNING],
      dPoPSigningAlgValues: ['ES256', 'EdDSA', 'RS256', 'PS256'],
      requestObjectSigningAlgValues: [...SIGNING],
      userinfoSigningAlgValues: ['RS256'],
    },
    extraClientMetadata: { properties: [...EXTRA_METADATA] },
    sectorIdentifierUriValidate: () => false,
    cookies: {
      names: secure
        ? { session: '__Host-aluco', interaction: '__Secure-aluco-interaction', resume: '__Secure-aluco-resume' }
        : { session: 'aluco', interaction: 'aluco-interaction', resume: 'aluco-resume' },
      long: { ...cookie, path: '/' },
      short: cookie,
    },
    ttl: {
      AccessToken: 10 * MINUTE,
      AuthorizationCode: MINUTE,
      Grant: GRANT_LIFE,
      IdToken: 60 * MINUTE,
      Interaction: INTERACTION_LIFE,
      PushedAuthorizationRequest: MINUTE,
      RefreshToken: 30 * DAY,
    },
    rotateRefreshToken: true,
    issueRefreshToken: async (_ctx, client) => client['aluco_refresh_tokens'] === true,
    expiresWithSession: async (_ctx, source) => !source.scopes.has('offline_access'),
    routes: {
      authorization: '/oidc/authorize',
      end_session: '/oidc/logout',
      introspection: '/oidc/introspect',
      jwks: '/oidc/jwks',
      pushed_authorization_request: '/oidc/par',
      revocation: '/oidc/revoke',
      token: '/oidc/token',
      userinfo: '/oidc/userinfo',
    },
    discovery: {
      ui_locales_supported: ['fr', 'en'],
      display_values_supported: ['page'],
      prompt_values_supported: ['none', 'login', 'consent', 'select_account', 'create'],
    },
  };
}

/** Whether a client may renew what it was granted. */
export function mayRefresh(client: Readonly<Record<string, unknown>> | undefined): boolean {
  return client?.['aluco_refresh_tokens'] === true;
}
