import { z } from 'zod';
import { SettingsProblem } from '../errors.ts';

/** How a client proves who it is at the token endpoint (OpenID Connect Core §9). */
export const AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const;

/** How ID tokens are signed for a client. RS256 is what every client understands. */
export const ID_TOKEN_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/u;
/** Schemes of native applications carry a dot (RFC 8252 §7.1), which no scheme that runs or embeds anything has. */
const PRIVATE_SCHEME = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/u;

/**
 * Whether an address may be registered to send people or codes to: https, http on loopback only, or a native
 * application's own scheme; no fragment (RFC 6749 §3.1.2), no credentials, no control character or space.
 */
export function isReturnAddress(text: string): boolean {
  if (/[\s\p{Cc}#\\]/u.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:') return true;
  if (url.protocol === 'http:') return LOOPBACK.test(url.hostname);
  return PRIVATE_SCHEME.test(url.protocol);
}

const returnAddress = z.string().max(1000).refine(isReturnAddress);
const serverAddress = z
  .string()
  .max(1000)
  .refine((text) => isReturnAddress(text) && /^https?:/u.test(text));

const jwk = z.looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']) }).refine((key) => !('d' in key));

/** One OpenID Connect client of an application. */
export const clientSettings = z
  .object({
    label: z.string().trim().min(1).max(60),
    redirectUris: z.array(returnAddress).min(1).max(20),
    postLogoutRedirectUris: z.array(returnAddress).max(20),
    authMethod: z.enum(AUTH_METHODS),
    /** SHA-256 of the secret in base64url; secrets are ours and of 256 bit, so a slow hash would add nothing. */
    secretHash: z.string().optional(),
    jwks: z.object({ keys: z.array(jwk).min(1).max(20) }).optional(),
    jwksUri: serverAddress.optional(),
    pkce: z.enum(['required', 'optional']),
    idTokenAlgorithm: z.enum(ID_TOKEN_ALGORITHMS),
    refreshTokens: z.boolean(),
    backchannelLogoutUri: serverAddress.optional(),
    /** Believe a client that sends the same secret by header and in the body at once. */
    doubleCredentials: z.boolean(),
    /** Recognise this client at logout by its registered return address alone. */
    logoutByAddress: z.boolean(),
  })
  .refine((client) => client.authMethod !== 'none' || client.pkce === 'required', { path: ['pkce'] })
  .refine(
    (client) =>
      client.authMethod !== 'private_key_jwt' || (client.jwks === undefined) !== (client.jwksUri === undefined),
    { path: ['jwks'] },
  );

export type ClientSettings = z.output<typeof clientSettings>;

export const CLIENT_DEFAULTS: Omit<ClientSettings, 'label' | 'redirectUris'> = {
  postLogoutRedirectUris: [],
  authMethod: 'client_secret_basic',
  pkce: 'required',
  idTokenAlgorithm: 'RS256',
  refreshTokens: false,
  doubleCredentials: false,
  logoutByAddress: false,
};

const CODES: Record<string, string> = {
  label: 'application_name_required',
  redirectUris: 'redirect_uri_invalid',
  postLogoutRedirectUris: 'redirect_uri_invalid',
  jwks: 'jwks_invalid',
  jwksUri: 'url_invalid',
  backchannelLogoutUri: 'url_invalid',
  pkce: 'pkce_required',
};

/**
 * Checks a client's settings.
 * @throws {SettingsProblem} with a code for each field that is wrong.
 */
export function checkClient(input: unknown): ClientSettings {
  const result = clientSettings.safeParse(input);
  if (result.success) return result.data;
  throw new SettingsProblem(
    result.error.issues.map((issue) => {
      const field = String(issue.path[0]);
      const values = (input as Record<string, unknown>)[field];
      const uri: unknown = Array.isArray(values) ? values[Number(issue.path[1])] : undefined;
      return {
        field,
        code: CODES[field] ?? 'choice_required',
        params: { uri: typeof uri === 'string' ? uri.slice(0, 200) : '' },
      };
    }),
  );
}

/**
 * Whether a client runs on the person's own machine: it alone may come back to any port of the loopback address
 * (RFC 8252 §7.3).
 */
export function isNative({ authMethod, redirectUris }: ClientSettings): boolean {
  return (
    redirectUris.some((uri) => !uri.startsWith('http')) ||
    (authMethod === 'none' && redirectUris.some((uri) => uri.startsWith('http:')))
  );
}
