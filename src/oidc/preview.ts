import type { Provider } from 'oidc-provider';
import type { Client } from '../applications/applications.ts';
import { acrOf, amrOf } from './acr.ts';
import { fixedConfiguration } from './configuration.ts';

/** What an application asks for: scopes, and claims by name (OpenID Connect Core §5.5). */
export type AskedFor = {
  readonly scope: string;
  readonly claims?: { readonly id_token?: Record<string, null>; readonly userinfo?: Record<string, null> };
};

/** What the two answers of a sign-in say. */
export type Sent = { readonly idToken: Record<string, unknown>; readonly userinfo: Record<string, unknown> };

type LibraryClient = { includeSid(): boolean };
type Mask = { scope(value: string): void; mask(value: unknown): void; result(): Promise<Record<string, unknown>> };
type LibraryToken = { scope: string; mask: unknown; payload(): Promise<Record<string, unknown>> };

/** The parts of the library that fill its answers; its types leave them out. */
type Inner = {
  Client: { find(id: string): Promise<LibraryClient | undefined> };
  Claims: new (available: object, of: { client: LibraryClient }) => Mask;
  IdToken: new (available: object, of: { ctx: { oidc: { client: LibraryClient } } }) => LibraryToken;
};

const { conformIdTokenClaims } = fixedConfiguration(true);

/** What a value that differs each time is shown as. */
const EACH_TIME = null;

/**
 * What would be sent to a client, made by the very code that issues it. `available`: what may be said of the profile,
 * with the subject as it is emitted. Values that differ each time are null.
 */
export async function previewTokens(
  provider: Provider,
  issuer: string,
  client: Client,
  available: object,
  { scope, claims = {} }: AskedFor,
): Promise<Sent | undefined> {
  const { Client, Claims, IdToken } = provider as unknown as Inner;
  const known = await Client.find(client.id);
  if (known === undefined) return undefined;

  const userinfo = new Claims(available, { client: known });
  userinfo.scope(scope);
  userinfo.mask(claims.userinfo);

  const token = new IdToken(
    { ...available, acr: acrOf(1), amr: amrOf(1), auth_time: EACH_TIME },
    { ctx: { oidc: { client: known } } },
  );
  token.scope = conformIdTokenClaims === true ? 'openid' : scope;
  token.mask = claims.id_token;
  const hasSid = known.includeSid() || (claims.id_token !== undefined && 'sid' in claims.id_token);
  return {
    idToken: {
      ...(await token.payload()),
      iss: issuer,
      aud: client.id,
      iat: EACH_TIME,
      exp: EACH_TIME,
      ...(hasSid ? { sid: EACH_TIME } : {}),
    },
    userinfo: await userinfo.result(),
  };
}

/** How long what is issued is good for, in seconds. */
export function lifetimes(): { accessToken: number; idToken: number; refreshToken: number; code: number } {
  const { AccessToken, IdToken, RefreshToken, AuthorizationCode } = fixedConfiguration(true).ttl ?? {};
  return {
    accessToken: Number(AccessToken),
    idToken: Number(IdToken),
    refreshToken: Number(RefreshToken),
    code: Number(AuthorizationCode),
  };
}

/** The scopes that open claims. */
export function claimScopes(): string[] {
  const { scopes = [] } = fixedConfiguration(true);
  return [...scopes].filter((scope) => scope !== 'offline_access');
}
