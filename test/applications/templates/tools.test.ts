import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get } from '../../attacks/exchange.ts';
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
import { askJmespath, readEnvironment, readGitlab, readOcc, READERS } from './readers.ts';

const ADDRESS = /^[\w-]+@relay\.example$/u;
const BUTTON = `Chez l'Oiseau "bleu" – $5 #1`;

let house: House;
beforeAll(async () => {
  house = await openHouse();
  await addPerson(house.parts, 'alix');
});
afterAll(() => house.close());

describe('as Nextcloud does', () => {
  /** `--name=value` words, and what stands after `--`. */
  function optionsOf(words: readonly string[]): Record<string, string> {
    const pairs = words.flatMap((word) => [...word.matchAll(/^--([a-z-]+)=(.*)$/gsu)]);
    return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]));
  }

  test('Alix signs in with the options of the command, asking for claims by name, and it hears when she signs out', async () => {
    const made = await makeFrom(house, 'nextcloud', () => ({ button: BUTTON, groups: 'yes' }), '/cloud');
    const commands = readOcc(codeOf(made));
    expect(commands[0]).toEqual(['app:install', 'user_oidc']);
    const [, words = []] = commands;
    expect([words[0], ...words.slice(-2)]).toEqual(['user_oidc:provider', '--', BUTTON]);
    const options = optionsOf(words);
    expect([options['unique-uid'], options['group-provisioning']]).toEqual(['0', '1']);
    expect(options['scope']).toBe('openid email profile groups');
    expect(made.client).toMatchObject({ authMethod: 'client_secret_post', pkce: 'required' });
    const found = await discover(options['discoveryuri'] ?? '');
    const [state, nonce] = [random(), random()];
    const { verifier, challenge } = pkce();
    const mapped = ['email', 'display-name', 'uid', 'groups'].map((name) => options[`mapping-${name}`] ?? '');
    const redirect_uri = `${made.address}/apps/user_oidc/code`;
    const answer = await ask(made, found['authorization_endpoint'] ?? '', {
      client_id: options['clientid'] ?? '',
      response_type: 'code',
      scope: options['scope'] ?? '',
      redirect_uri,
      claims: JSON.stringify({ id_token: Object.fromEntries(mapped.map((claim) => [claim, null])), userinfo: {} }),
      state,
      nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const tokens = await exchange(found['token_endpoint'] ?? '', {
      ...inBody(options['clientid'] ?? '', options['clientsecret'] ?? ''),
      code: answer['code'] ?? '',
      redirect_uri,
      code_verifier: verifier,
    });
    const expected = { issuer: found['issuer'] ?? '', audience: options['clientid'] ?? '' };
    const idToken = await checked(found['jwks_uri'] ?? '', tokens['id_token'], expected);
    expect(idToken['nonce']).toBe(nonce);
    expect(mapped.map((claim) => idToken[claim])).toEqual([
      expect.stringMatching(ADDRESS) as string,
      'alice',
      'alice',
      [],
    ]);

    // An older version says where to come back to, and nothing else.
    const back = new URLSearchParams({ post_logout_redirect_uri: `${made.address}/` });
    expect((await leave(made, `${found['end_session_endpoint']}?${back}`)).href).toBe(`${made.address}/`);
    await house.parts.oidc.deliverLogouts();
    const [told] = made.posted;
    const path = '/cloud/apps/user_oidc/backchannel-logout/';
    expect(told?.path.startsWith(path)).toBe(true);
    expect(decodeURIComponent(told?.path.slice(path.length) ?? '')).toBe(BUTTON);
    const logout = await checked(found['jwks_uri'] ?? '', told?.fields['logout_token'], expected);
    for (const claim of ['iss', 'aud', 'iat', 'exp', 'jti', 'events']) expect(logout).toHaveProperty(claim);
    expect(logout).toMatchObject({ sid: idToken['sid'], sub: idToken.sub });
    expect(logout).not.toHaveProperty('nonce');
    await made.close();
  });
});

describe.skipIf(!READERS.ruby)('as GitLab does', () => {
  type Args = Record<string, string> & { scope: string[]; client_options: Record<string, string> };

  test('Alix signs in with the part of gitlab.rb: the secret in the body, and the name from its claim', async () => {
    const made = await makeFrom(house, 'gitlab', () => ({ button: BUTTON, block: 'yes' }));
    expect(made.client).toMatchObject({ authMethod: 'client_secret_post', pkce: 'required' });
    const settings = readGitlab(codeOf(made));
    expect(settings['omniauth_block_auto_created_users']).toBe(true);
    expect(settings['omniauth_allow_single_sign_on']).toEqual(['openid_connect']);
    const [{ label, name, args }] = settings['omniauth_providers'] as [{ label: string; name: string; args: Args }];
    expect([label, name, args['name']]).toEqual([BUTTON, 'openid_connect', 'openid_connect']);
    const found = await discover(`${args['issuer']}/.well-known/openid-configuration`);
    const { identifier: id = '', secret = '', redirect_uri = '' } = args.client_options;
    const { verifier, challenge } = pkce();
    const [state, nonce] = [random(), random()];
    const answer = await ask(made, found['authorization_endpoint'] ?? '', {
      client_id: id,
      response_type: args['response_type'] ?? '',
      scope: args.scope.join(' '),
      redirect_uri,
      state,
      nonce,
      ...(String(args['pkce']) === 'true' ? { code_challenge: challenge, code_challenge_method: 'S256' } : {}),
    });
    expect(args['client_auth_method']).toBe('query');
    const tokens = await exchange(found['token_endpoint'] ?? '', {
      ...inBody(id, secret),
      code: answer['code'] ?? '',
      redirect_uri,
      code_verifier: verifier,
    });
    const expected = { issuer: args['issuer'] ?? '', audience: id };
    const idToken = await checked(found['jwks_uri'] ?? '', tokens['id_token'], expected);
    const person = { ...(await userinfoOf(found['userinfo_endpoint'] ?? '', tokens['access_token'])), ...idToken };
    const claim = (setting: string): unknown => (person as Record<string, unknown>)[args[setting] ?? ''];
    expect(claim('uid_field')).toBe(idToken.sub);
    expect(claim('gitlab_username_claim')).toBe('alice');
    expect(person).toMatchObject({ nonce, name: 'alice', email: expect.stringMatching(ADDRESS) as string });
    await made.close();
  });
});

describe('as Grafana does', () => {
  test('Alix signs in with the settings of its environment, and out again with a hint', async () => {
    const made = await makeFrom(house, 'grafana', () => ({ button: BUTTON, admins: `Les "as" d'ici` }), '/metrics');
    expect(made.client).toMatchObject({ authMethod: 'client_secret_basic', pkce: 'required' });
    const all = readEnvironment(codeOf(made));
    const env = (name: string): string => all[`GF_AUTH_GENERIC_OAUTH_${name}`] ?? '';
    expect([env('ENABLED'), env('NAME'), env('ALLOW_SIGN_UP')]).toEqual(['true', BUTTON, 'true']);
    const redirect_uri = `${all['GF_SERVER_ROOT_URL']}login/generic_oauth`;
    const { verifier, challenge } = pkce();
    const state = random();
    const answer = await ask(made, env('AUTH_URL'), {
      access_type: 'online',
      client_id: env('CLIENT_ID'),
      ...(env('USE_PKCE') === 'true' ? { code_challenge: challenge, code_challenge_method: 'S256' } : {}),
      redirect_uri,
      response_type: 'code',
      scope: env('SCOPES'),
      state,
    });
    // Its library tries the header first.
    const tokens = await exchange(
      env('TOKEN_URL'),
      { code: answer['code'] ?? '', redirect_uri, code_verifier: verifier },
      inHeader(env('CLIENT_ID'), env('CLIENT_SECRET')),
    );
    // It decodes the ID token and asks userinfo for the rest; `preferred_username` only where it is pointed to it.
    const middle = tokens['id_token']?.split('.')[1] ?? '';
    const person = {
      ...(await userinfoOf(env('API_URL'), tokens['access_token'])),
      ...(JSON.parse(Buffer.from(middle, 'base64url').toString('utf8')) as Record<string, unknown>),
    } as Record<string, unknown>;
    expect(person).not.toHaveProperty('login');
    expect(person[env('LOGIN_ATTRIBUTE_PATH')]).toBe('alice');
    expect(person[env('EMAIL_ATTRIBUTE_PATH')]).toMatch(ADDRESS);
    expect(person[env('NAME_ATTRIBUTE_PATH')]).toBe('alice');
    if (READERS.jmespath) {
      const groups = [['another'], [`Les "as" d'ici`, 'another'], person['groups']];
      const expression = env('ROLE_ATTRIBUTE_PATH');
      const roles = askJmespath(groups.map((one) => ({ expression, document: { ...person, groups: one } })));
      expect(roles).toEqual(['Viewer', 'Admin', 'Viewer']);
    }

    const out = new URL(env('SIGNOUT_REDIRECT_URL'));
    expect(out.searchParams.has('post_logout_redirect_uri')).toBe(true);
    out.searchParams.set('id_token_hint', tokens['id_token'] ?? '');
    expect((await leave(made, out.href)).href).toBe(`${made.address}/login`);
    await made.close();
  });
});

describe('as an application does that we know nothing of', () => {
  test.each([
    { secret: 'basic', pkce: 'yes', header: true, body: false },
    { secret: 'post', pkce: 'no', header: false, body: true },
    { secret: 'both', pkce: 'no', header: true, body: true },
  ])(
    'Alix signs in with the values given: secret $secret, PKCE $pkce',
    async ({ secret, pkce: able, header, body }) => {
      const answers = (address: string) => ({ redirect: `${address}/callback?via=aluco`, secret, pkce: able });
      const made = await makeFrom(house, 'generic', answers);
      const fields = fieldsOf(made);
      const redirect_uri = fields['Redirect URI'] ?? '';
      expect(redirect_uri).toBe(`${made.address}/callback?via=aluco`);
      const found = await discover(fields['Discovery URL'] ?? '');
      const named = ['Authorization', 'Token', 'Userinfo', 'End session'].map((name) => fields[`${name} endpoint`]);
      expect([...named, fields['JWKS']]).toEqual([
        found['authorization_endpoint'],
        found['token_endpoint'],
        found['userinfo_endpoint'],
        found['end_session_endpoint'],
        found['jwks_uri'],
      ]);
      expect([found['issuer'], (await get(fields['JWKS'] ?? '')).status]).toEqual([fields['Issuer'], 200]);
      const { verifier, challenge } = pkce();
      const client = fields['Client ID'] ?? '';
      const answer = await ask(made, fields['Authorization endpoint'] ?? '', {
        client_id: client,
        response_type: 'code',
        scope: fields['Scope'] ?? '',
        redirect_uri,
        ...(able === 'yes' ? { code_challenge: challenge, code_challenge_method: 'S256' } : {}),
      });
      const key = fields['Client secret'] ?? '';
      const tokens = await exchange(
        fields['Token endpoint'] ?? '',
        {
          code: answer['code'] ?? '',
          redirect_uri,
          ...(able === 'yes' ? { code_verifier: verifier } : {}),
          ...(body ? inBody(client, key) : {}),
        },
        header ? inHeader(client, key) : {},
      );
      const expected = { issuer: fields['Issuer'] ?? '', audience: client };
      const algorithms = [fields['ID token signature'] ?? ''];
      const idToken = await checked(fields['JWKS'] ?? '', tokens['id_token'], { ...expected, algorithms });
      expect(idToken).toMatchObject({ preferred_username: 'alice', email: expect.stringMatching(ADDRESS) as string });
      await made.close();
    },
  );
});
