import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openHouse, type House } from '../../house.ts';
import { addPerson } from '../../people.ts';
import {
  ask,
  checked,
  codeOf,
  discover,
  exchange,
  fieldsOf,
  inBody,
  inHeader,
  leave,
  makeFrom,
  pkce,
  random,
  userinfoOf,
} from './behaving.ts';
import { readDotenv, readLaravel, READERS, readYaml } from './readers.ts';

const ADDRESS = /^[\w-]+@relay\.example$/u;
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** What an administrator may well write on a button. */
const BUTTON = `Chez l'Oiseau "bleu" – $5 #1`;

let house: House;
beforeAll(async () => {
  house = await openHouse();
  await addPerson(house.parts, 'alix');
});
afterAll(() => house.close());

describe.skipIf(!READERS.rubyDotenv)('as Mastodon does', () => {
  test('Alix signs in with the settings of its file, under the name of her profile, and out again', async () => {
    const made = await makeFrom(house, 'mastodon', () => ({ button: BUTTON, only: 'yes' }));
    expect(made.client).toMatchObject({ authMethod: 'client_secret_basic', pkce: 'required' });
    const env = readDotenv(codeOf(made));
    expect(env['OIDC_DISPLAY_NAME']).toBe(BUTTON);
    expect([env['OIDC_ENABLED'], env['OIDC_DISCOVERY'], env['OMNIAUTH_ONLY']]).toEqual(['true', 'true', 'true']);
    const found = await discover(`${env['OIDC_ISSUER']}/.well-known/openid-configuration`);
    expect(found['issuer']).toBe(env['OIDC_ISSUER']);

    const { verifier, challenge } = pkce();
    const [state, nonce] = [random(), random()];
    const { OIDC_CLIENT_ID: id = '', OIDC_CLIENT_SECRET: secret = '', OIDC_REDIRECT_URI: redirect_uri = '' } = env;
    const scope = (env['OIDC_SCOPE'] ?? '').split(',').join(' ');
    const answer = await ask(made, found['authorization_endpoint'] ?? '', {
      client_id: id,
      response_type: 'code',
      scope,
      redirect_uri,
      state,
      nonce,
      ...(env['OIDC_USE_PKCE'] === 'true' ? { code_challenge: challenge, code_challenge_method: 'S256' } : {}),
    });
    expect(answer['state']).toBe(state);
    // Its library sends the scope along here too.
    expect(env['OIDC_CLIENT_AUTH_METHOD']).toBe('basic');
    const tokens = await exchange(
      found['token_endpoint'] ?? '',
      { code: answer['code'] ?? '', redirect_uri, scope, code_verifier: verifier },
      inHeader(id, secret),
    );
    const idToken = await checked(found['jwks_uri'] ?? '', tokens['id_token'], {
      issuer: env['OIDC_ISSUER'] ?? '',
      audience: id,
    });
    expect(idToken['nonce']).toBe(nonce);
    const person: Record<string, unknown> = {
      ...(await userinfoOf(found['userinfo_endpoint'] ?? '', tokens['access_token'])),
      ...idToken,
    };
    const uid = String(person[env['OIDC_UID_FIELD'] ?? 'sub']);
    expect(uid).toBe('alice');
    expect(person).toMatchObject({
      name: 'alice',
      email_verified: true,
      email: expect.stringMatching(ADDRESS) as string,
    });

    // It says nothing but where to come back to.
    const back = env['OIDC_IDP_LOGOUT_REDIRECT_URI'] ?? '';
    const url = `${found['end_session_endpoint']}?${new URLSearchParams({ post_logout_redirect_uri: back })}`;
    expect((await leave(made, url)).href).toBe(`${made.address}/`);
    await made.close();
  });
});

describe.skipIf(!READERS.laravel)('as Pixelfed does', () => {
  test('Alix signs in with the settings of its file: no PKCE, no nonce, the secret in the body, userinfo only', async () => {
    const made = await makeFrom(house, 'pixelfed');
    expect(made.client.authMethod).toBe('client_secret_post');
    const env = readLaravel(codeOf(made));
    expect(env['PF_OIDC_ENABLED']).toBe('true');
    const redirect_uri = `${made.address}/auth/oidc/callback`;
    const state = random();
    const answer = await ask(made, env['PF_OIDC_AUTHORIZE_URL'] ?? '', {
      state,
      scope: env['PF_OIDC_SCOPES'] ?? '',
      response_type: 'code',
      approval_prompt: 'auto',
      redirect_uri,
      client_id: env['PF_OIDC_CLIENT_ID'] ?? '',
    });
    expect(answer['state']).toBe(state);
    const tokens = await exchange(env['PF_OIDC_TOKEN_URL'] ?? '', {
      ...inBody(env['PF_OIDC_CLIENT_ID'] ?? '', env['PF_OIDC_CLIENT_SECRET'] ?? ''),
      redirect_uri,
      code: answer['code'] ?? '',
    });
    const person = await userinfoOf(env['PF_OIDC_PROFILE_URL'] ?? '', tokens['access_token']);
    expect(person[env['PF_OIDC_USERNAME_FIELD'] ?? '']).toBe('alice');
    expect(person[env['PF_OIDC_FIELD_ID'] ?? '']).toMatch(/^[\w-]{20,}$/u);
    expect(person['email']).toMatch(ADDRESS);
    expect(String(person['name']).length).toBeLessThanOrEqual(30);
    await made.close();
  });
});

describe('as PeerTube does', () => {
  test('Alix signs in with the fields of the plugin: the answer by a form, PKCE without a nonce, userinfo only', async () => {
    const made = await makeFrom(house, 'peertube', () => ({ button: BUTTON }));
    expect(made.client).toMatchObject({ authMethod: 'client_secret_basic', pkce: 'required' });
    const fields = fieldsOf(made);
    expect(fields['Auth display name']).toBe(BUTTON);
    const found = await discover(fields['Discover URL'] ?? '');
    const { verifier, challenge } = pkce();
    const redirect_uri = `${made.address}/plugins/auth-openid-connect/router/code-cb`;
    const answer = await ask(made, found['authorization_endpoint'] ?? '', {
      client_id: fields['Client ID'] ?? '',
      scope: fields['Scope'] ?? '',
      response_type: 'code',
      redirect_uri,
      response_mode: 'form_post',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    expect(answer['iss']).toBe(found['issuer']);
    const tokens = await exchange(
      found['token_endpoint'] ?? '',
      { code: answer['code'] ?? '', redirect_uri, code_verifier: verifier },
      inHeader(fields['Client ID'] ?? '', fields['Client secret'] ?? ''),
    );
    // Its library checks the signature with the algorithm of its setting, and no other.
    const expected = { issuer: found['issuer'] ?? '', audience: fields['Client ID'] ?? '' };
    const algorithms = [fields['Token signature algorithm'] ?? ''];
    const { sub } = await checked(found['jwks_uri'] ?? '', tokens['id_token'], { ...expected, algorithms });
    const person = await userinfoOf(found['userinfo_endpoint'] ?? '', tokens['access_token']);
    expect(person['sub']).toBe(sub);
    const name = String(person[fields['Username property'] ?? '']);
    expect(name.replaceAll(/[^a-z0-9._]/gu, '_')).toBe('alice');
    expect(person[fields['Email property'] ?? '']).toMatch(ADDRESS);
    expect(person[fields['Display name property'] ?? '']).toBe('alice');
    await made.close();
  });
});

describe.skipIf(!READERS.yaml)('as Synapse does', () => {
  type Provider = Record<string, string> & {
    scopes: string[];
    user_mapping_provider: { config: Record<string, string> };
  };

  test('Alix signs in with the part of its file, reading the ID token only, and it hears when she signs out', async () => {
    const made = await makeFrom(house, 'synapse', () => ({ button: BUTTON, same: 'no' }));
    expect(made.client).toMatchObject({ authMethod: 'client_secret_basic', pkce: 'required' });
    const [provider] = (readYaml(codeOf(made)) as { oidc_providers: Provider[] }).oidc_providers;
    if (provider === undefined) throw new Error('no provider');
    expect(provider).toMatchObject({
      idp_name: BUTTON,
      allow_existing_users: false,
      backchannel_logout_enabled: true,
      pkce_method: 'always',
      client_auth_method: 'client_secret_basic',
    });
    const { issuer = '', client_id: audience = '', client_secret: secret = '' } = provider;
    const found = await discover(`${issuer}/.well-known/openid-configuration`);
    const { verifier, challenge } = pkce();
    const [state, nonce] = [random(), random()];
    const redirect_uri = `${made.address}/_synapse/client/oidc/callback`;
    const answer = await ask(made, found['authorization_endpoint'] ?? '', {
      client_id: audience,
      response_type: 'code',
      scope: provider.scopes.join(' '),
      redirect_uri,
      state,
      nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const tokens = await exchange(
      found['token_endpoint'] ?? '',
      { code: answer['code'] ?? '', redirect_uri, code_verifier: verifier },
      inHeader(audience, secret),
    );
    const user = await checked(found['jwks_uri'] ?? '', tokens['id_token'], {
      issuer,
      audience,
      algorithms: ['RS256'],
    });
    expect(user['nonce']).toBe(nonce);
    // Jinja, as far as these templates need it.
    const render = (template = ''): string =>
      template.replaceAll(/\{\{ user\.(\w+) \}\}/gu, (_, claim: string) => String(user[claim]));
    const { config } = provider.user_mapping_provider;
    expect(render(config['subject_template'])).toBe(user.sub);
    expect(render(config['localpart_template'])).toBe('alice');
    expect(render(config['display_name_template'])).toBe('alice');
    expect(render(config['email_template'])).toMatch(ADDRESS);

    await leave(made, `${house.url}/oidc/logout?${new URLSearchParams({ client_id: audience })}`);
    await house.parts.oidc.deliverLogouts();
    const [told] = made.posted;
    expect(told?.path).toBe('/_synapse/client/oidc/backchannel_logout');
    const logout = await checked(found['jwks_uri'] ?? '', told?.fields['logout_token'], { issuer, audience });
    expect(logout).toMatchObject({ sid: user['sid'], sub: user.sub, events: { [EVENT]: {} } });
    expect(logout).not.toHaveProperty('nonce');
    await made.close();
  });
});
