import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openHouse, type House } from '../house.ts';
import { get, type Answer } from '../attacks/exchange.ts';

describe('the discovery document', () => {
  let house: House;
  let document: Answer['body'];
  beforeAll(async () => {
    house = await openHouse();
    const answer = await get(`${house.url}/.well-known/openid-configuration`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/u);
    document = answer.body;
  });
  afterAll(() => house.close());

  test('names the issuer exactly as it is configured, and every address beneath it', () => {
    expect(document).toMatchObject({
      issuer: house.url,
      authorization_endpoint: `${house.url}/oidc/authorize`,
      token_endpoint: `${house.url}/oidc/token`,
      userinfo_endpoint: `${house.url}/oidc/userinfo`,
      jwks_uri: `${house.url}/oidc/jwks`,
      introspection_endpoint: `${house.url}/oidc/introspect`,
      revocation_endpoint: `${house.url}/oidc/revoke`,
      end_session_endpoint: `${house.url}/oidc/logout`,
      pushed_authorization_request_endpoint: `${house.url}/oidc/par`,
    });
  });

  test('says what may be asked: the code flow with S256, by address or by form', () => {
    expect(document['response_types_supported']).toEqual(['code']);
    expect(document['response_modes_supported']).toEqual(expect.arrayContaining(['query', 'form_post']));
    expect(document['code_challenge_methods_supported']).toEqual(['S256']);
    expect(document['grant_types_supported']).toEqual(['authorization_code', 'refresh_token']);
    expect(document['scopes_supported']).toEqual(['openid', 'offline_access', 'profile', 'email', 'groups']);
    expect(document['prompt_values_supported']).toEqual(['none', 'login', 'consent', 'select_account', 'create']);
    expect(document['ui_locales_supported']).toEqual(['fr', 'en']);
    expect(document['acr_values_supported']).toEqual([
      'urn:aluco:acr:password',
      'urn:aluco:acr:two-factor',
      'https://refeds.org/profile/sfa',
      'https://refeds.org/profile/mfa',
    ]);
    expect(document).toMatchObject({
      claims_parameter_supported: true,
      request_uri_parameter_supported: false,
      authorization_response_iss_parameter_supported: true,
    });
    expect(document['request_parameter_supported'] ?? false).toBe(false);
  });

  test('says what is given: pairwise subjects, the claims of a profile, three signatures', () => {
    expect(document['subject_types_supported']).toEqual(['pairwise']);
    expect(document['id_token_signing_alg_values_supported']).toEqual(['RS256', 'ES256', 'EdDSA']);
    const claims = ['sub', 'name', 'preferred_username', 'email', 'email_verified', 'groups'];
    expect(document['claims_supported']).toEqual(
      expect.arrayContaining([...claims, 'acr', 'amr', 'auth_time', 'iss', 'sid']),
    );
    expect(document['claims_supported']).not.toContain('picture');
  });

  test('says how applications prove who they are, and how they hear of a sign-out', () => {
    const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'];
    expect(document['token_endpoint_auth_methods_supported']).toEqual(methods);
    expect(document['token_endpoint_auth_signing_alg_values_supported']).toEqual(
      expect.arrayContaining(['RS256', 'ES256', 'EdDSA']),
    );
    expect(document['dpop_signing_alg_values_supported']).toEqual(expect.arrayContaining(['ES256', 'EdDSA']));
    expect(document).toMatchObject({ backchannel_logout_supported: true, backchannel_logout_session_supported: true });
  });

  test('leads to keys that hold nothing private, one for each signature', async () => {
    const { keys } = (await get(`${house.url}/oidc/jwks`)).body as { keys: Record<string, unknown>[] };
    expect(keys.map(({ alg }) => alg).toSorted()).toEqual(['ES256', 'EdDSA', 'RS256']);
    for (const key of keys) {
      expect(key).toMatchObject({ use: 'sig', kid: expect.any(String) as string });
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret);
    }
  });
});
