import type { ClientMetadata } from 'oidc-provider';
import { isNative, type Client } from '../applications/applications.ts';

/** What the library is told beyond the standard about each client. */
export const EXTRA_METADATA = ['aluco_application', 'aluco_pkce', 'aluco_refresh_tokens'] as const;

/**
 * A client in the library's words. Every client is pairwise, under a sector that is its application: subjects then
 * belong to profiles, never to hosts (OpenID Connect Core §8.1).
 */
export function metadataOf(client: Client, issuer: string): ClientMetadata {
  return {
    client_id: client.id,
    client_name: client.label,
    application_type: isNative(client) ? 'native' : 'web',
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    response_types: ['code'],
    grant_types: client.refreshTokens ? ['authorization_code', 'refresh_token'] : ['authorization_code'],
    token_endpoint_auth_method: client.authMethod,
    // The library compares through `compareClientSecret`, which knows that this is a hash.
    ...(client.secretHash === undefined ? {} : { client_secret: client.secretHash }),
    ...(client.jwks === undefined ? {} : { jwks: client.jwks }),
    ...(client.jwksUri === undefined ? {} : { jwks_uri: client.jwksUri }),
    id_token_signed_response_alg: client.idTokenAlgorithm,
    subject_type: 'pairwise',
    sector_identifier_uri: `https://${new URL(issuer).host}/applications/${client.applicationId}`,
    ...(client.backchannelLogoutUri === undefined
      ? {}
      : { backchannel_logout_uri: client.backchannelLogoutUri, backchannel_logout_session_required: true }),
    aluco_application: client.applicationId,
    aluco_pkce: client.pkce,
    aluco_refresh_tokens: client.refreshTokens,
  };
}
