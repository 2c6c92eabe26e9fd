import * as client from 'openid-client';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { SignInEntry } from '../../src/journey/recent-sign-ins.ts';
import { begin, openService, receive, signIn, walk, type Attempt, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';

const ALIX = { person: 'alix', profile: 'heron' } as const;

let house: House;
/** How far the clock of the house is ahead, in milliseconds. */
let ahead = 0;
beforeAll(async () => {
  house = await openHouse({ now: () => Date.now() + ahead });
  for (const person of ['alix', 'bruno'] as const) await addPerson(house.parts, person);
});
afterAll(() => house.close());

/** A new application with one client, forgotten afterwards, and what is known of its last sign-ins. */
async function at(
  settings: Parameters<typeof openService>[2],
  play: (service: Service, visitor: Visitor) => Promise<unknown>,
): Promise<SignInEntry[]> {
  const service = await openService(house, 'Meadow', settings);
  try {
    await play(
      service,
      makeVisitor((url) => service.isHome(url)),
    );
    return await house.parts.recent.read(service.application.id);
  } finally {
    await service.close();
  }
}

/** Alix's way to the application, up to the code. */
async function arrive(service: Service, visitor: Visitor, params: Record<string, string> = {}) {
  const attempt = await begin(service, params);
  const page = await walk(visitor, service, await visitor.get(attempt.url), ALIX);
  return { attempt, answer: page.url };
}

/** The token request with whatever is wrong with it; resolves to the error. */
async function exchange(
  service: Service,
  { answer, attempt }: { answer: URL; attempt: Attempt },
  fields: Record<string, string | undefined> = {},
  headers: Record<string, string> = {},
): Promise<string | undefined> {
  const body = {
    grant_type: 'authorization_code',
    code: answer.searchParams.get('code') ?? '',
    redirect_uri: service.redirectUri,
    code_verifier: attempt.verifier,
    ...(headers['authorization'] === undefined ? { client_id: service.client.id } : {}),
    ...(service.secret === undefined || headers['authorization'] !== undefined
      ? {}
      : { client_secret: service.secret }),
    ...fields,
  };
  const given = Object.entries(body).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const response = await fetch(`${house.url}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams(given),
    headers,
  });
  return ((await response.json()) as { error?: string }).error;
}

function rename(tx: object, from: string, to: string): unknown {
  return (tx as { run(query: unknown): unknown }).run(sql.raw(`ALTER TABLE ${from} RENAME TO ${to}`));
}

const basic = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

describe('the last sign-ins of an application say', () => {
  test('that one succeeded and userinfo was read, once, whatever its steps', async () => {
    const list = await at({}, (service, visitor) => signIn(visitor, service, ALIX));
    expect(list).toEqual([expect.objectContaining({ outcome: 'succeeded', userinfo: 'fetched', count: 1 })]);
  });

  test('that userinfo was never read, or refused', async () => {
    const [never] = await at({}, async (service, visitor) => exchange(service, await arrive(service, visitor)));
    expect(never).toMatchObject({ outcome: 'succeeded' });
    expect(never).not.toHaveProperty('userinfo');
    const [refused] = await at({}, async (service, visitor) => {
      const { attempt, answer } = await arrive(service, visitor);
      const tokens = await client.authorizationCodeGrant(service.configuration, answer, {
        pkceCodeVerifier: attempt.verifier,
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
      });
      const account = await house.parts.accounts.findByLogin('alix');
      const { profiles } = await house.parts.profiles.at(account?.id ?? '', service.application);
      const { id, ...rest } = service.application;
      await house.parts.applications.change(id, { ...rest, entry: { kind: 'nobody' } });
      await client.fetchUserInfo(service.configuration, tokens.access_token, profiles[0]?.subject ?? '').catch(() => 0);
    });
    expect(refused).toMatchObject({ outcome: 'succeeded', userinfo: 'refused' });
  });

  test('that a code was given and never fetched', async () => {
    const list = await at({}, arrive);
    expect(list).toEqual([expect.objectContaining({ outcome: 'issued', count: 1, stranger: false })]);
  });

  test('that the secret is wrong, and how it was sent', async () => {
    const list = await at({}, async (service, visitor) => {
      const way = await arrive(service, visitor);
      expect(await exchange(service, way, { client_secret: 'a guess' })).toBe('invalid_client');
      const headers = { authorization: basic(service.client.id, 'a guess') };
      expect(await exchange(service, { ...way, answer: new URL('http://x/?code=made-up') }, {}, headers)).toBe(
        'invalid_client',
      );
    });
    expect(list).toEqual([
      expect.objectContaining({ outcome: 'secret_wrong', used: 'client_secret_basic', stranger: true }),
      expect.objectContaining({ outcome: 'secret_wrong', used: 'client_secret_post', stranger: false }),
    ]);
  });

  test('that the client proves who it is in another way than was registered', async () => {
    const settings = { client: { authMethod: 'none' } } as const;
    const list = await at(settings, async (service, visitor) => {
      const way = await arrive(service, visitor);
      await exchange(service, way, { client_secret: 'not needed' });
    });
    expect(list).toEqual([expect.objectContaining({ outcome: 'method_wrong', used: 'client_secret_post' })]);
    const [none] = await at({}, async (service, visitor) =>
      exchange(service, await arrive(service, visitor), { client_secret: undefined }),
    );
    expect(none).toMatchObject({ outcome: 'method_wrong', used: 'none' });
  });

  test('that the secret came twice', async () => {
    const [one] = await at({}, async (service, visitor) => {
      const headers = { authorization: basic(service.client.id, service.secret ?? '') };
      await exchange(service, await arrive(service, visitor), { client_secret: service.secret }, headers);
    });
    expect(one).toMatchObject({ outcome: 'credentials_twice' });
  });

  test('that a signed proof has another algorithm, or is none', async () => {
    const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ]);
    const key = await crypto.subtle.exportKey('jwk', publicKey);
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const settings: Parameters<typeof openService>[2] = {
      client: { authMethod: 'private_key_jwt', jwks: { keys: [{ ...key, kty: 'EC' }] } },
    };
    const outcomes = [];
    for (const alg of ['HS256', 'ES256']) {
      const [one] = await at(settings, async (service, visitor) => {
        const claims = { sub: service.client.id, iss: service.client.id, aud: house.url, exp: 4e9, jti: alg };
        await exchange(service, await arrive(service, visitor), {
          client_assertion: `${part({ alg })}.${part(claims)}.${'A'.repeat(86)}`,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        });
      });
      outcomes.push(one?.outcome);
    }
    expect(outcomes).toEqual(['assertion_algorithm', 'assertion_invalid']);
  });

  test('which return address was asked for, without what may be about a person, and short', async () => {
    const list = await at({}, async (service, visitor) => {
      const redirect_uri = `https://alix@évil.example/${'ü'.repeat(300)}?mail=alix@home.example`;
      await visitor.get((await begin(service, { redirect_uri })).url);
      // Something else is wrong with it as well: it counts once.
      await visitor.get((await begin(service, { redirect_uri: 'https://other.example/', code_challenge: '' })).url);
    });
    expect(list).toEqual([
      expect.objectContaining({
        outcome: 'redirect_unknown',
        asked: 'https://other.example/',
        count: 2,
        stranger: true,
      }),
    ]);
    const [long] = await at({}, async (service, visitor) => {
      const redirect_uri = `https://alix@évil.example/${'ü'.repeat(300)}?mail=alix@home.example`;
      await visitor.get((await begin(service, { redirect_uri })).url);
    });
    expect(long?.asked).toMatch(/^https:\/\/%C3%A9vil\.example\/(%C3%BC)+/u);
    expect(long?.asked).not.toContain('alix');
    expect(long?.asked?.length).toBeLessThanOrEqual(200);
  });

  test('that PKCE is missing, of a kind we do not do, or wrong', async () => {
    const without = async (service: Service, visitor: Visitor): Promise<unknown> => {
      const { url } = await begin(service);
      url.searchParams.delete('code_challenge');
      url.searchParams.delete('code_challenge_method');
      return visitor.get(url);
    };
    const plain = async (service: Service, visitor: Visitor): Promise<unknown> =>
      visitor.get((await begin(service, { code_challenge_method: 'plain' })).url);
    const wrong = async (service: Service, visitor: Visitor): Promise<unknown> =>
      exchange(service, await arrive(service, visitor), { code_verifier: 'x'.repeat(43) });
    const missing = async (service: Service, visitor: Visitor): Promise<unknown> =>
      exchange(service, await arrive(service, visitor), { code_verifier: undefined });
    const outcomes = [];
    for (const play of [without, plain, wrong, missing])
      outcomes.push((await at({}, play)).map(({ outcome }) => outcome));
    expect(outcomes).toEqual([['pkce_missing'], ['pkce_method'], ['verifier_wrong'], ['verifier_missing']]);
  });

  test('that a code was used twice, too late, elsewhere, or is none', async () => {
    const twice = await at({}, async (service, visitor) => {
      const way = await arrive(service, visitor);
      await receive(service, way.attempt, way.answer);
      expect(await exchange(service, way)).toBe('invalid_grant');
    });
    expect(twice).toEqual([expect.objectContaining({ outcome: 'code_reused', count: 1 })]);
    const unknown = await at({}, async (service) => {
      const attempt = await begin(service);
      for (const code of ['a', 'b', 'c'])
        await exchange(service, { attempt, answer: new URL(`http://x/?code=${code}`) });
    });
    expect(unknown).toEqual([expect.objectContaining({ outcome: 'code_unknown', count: 3, stranger: true })]);
    const elsewhere = await at({}, async (service, visitor) => {
      await exchange(service, await arrive(service, visitor), { redirect_uri: `${service.url}/other?for=alix` });
    });
    expect(elsewhere).toEqual([
      expect.objectContaining({ outcome: 'redirect_differs', asked: expect.stringMatching(/\/other\?…$/u) }),
    ]);
  });

  test('that a code came too late, from another client, or after its person lost access', async () => {
    const late = await at({}, async (service, visitor) => {
      const way = await arrive(service, visitor);
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
      try {
        expect(await exchange(service, way)).toBe('invalid_grant');
      } finally {
        vi.useRealTimers();
      }
    });
    expect(late.map(({ outcome }) => outcome)).toEqual(['code_late']);
    const elsewhere = await at({}, async (service, visitor) => {
      const other = await openService(house, 'Meadow', { of: service.application });
      const { attempt, answer } = await arrive(service, visitor);
      await exchange(other, { attempt, answer });
      await other.close();
    });
    expect(elsewhere.map(({ outcome }) => outcome)).toEqual(['code_elsewhere']);
    const closed = await at({}, async (service, visitor) => {
      const way = await arrive(service, visitor);
      const { id, ...rest } = service.application;
      await house.parts.applications.change(id, { ...rest, entry: { kind: 'nobody' } });
      await exchange(service, way);
    });
    expect(closed.map(({ outcome }) => outcome)).toEqual(['refused_since']);
    const retired = await at({}, async (service, visitor) => {
      const way = await arrive(service, visitor);
      const { id } = (await house.parts.accounts.findByLogin('alix')) ?? { id: '' };
      const [heron] = (await house.parts.profiles.at(id, service.application)).profiles;
      await house.parts.profiles.retire(id, heron?.id ?? '');
      await exchange(service, way);
    });
    expect(retired.map(({ outcome }) => outcome)).toEqual(['refused_since']);
  });

  test('that something went wrong on our side', async () => {
    const list = await at({}, async (service, visitor) => {
      const way = await arrive(service, visitor);
      const { storage } = house.parts;
      await storage.write(async (tx) => void (await rename(tx, 'grant_profile', 'grant_profile_away')));
      expect(await exchange(service, way)).toBe('server_error');
      await storage.write(async (tx) => void (await rename(tx, 'grant_profile_away', 'grant_profile')));
    });
    expect(list.map(({ outcome }) => outcome)).toEqual(['internal']);
  });

  test('which scopes do not exist, and that openid was not asked for', async () => {
    const [one] = await at({}, (service, visitor) =>
      signIn(visitor, service, ALIX, { scope: 'openid profile email roles <b>' }),
    );
    expect(one).toMatchObject({ outcome: 'succeeded', unknownScopes: 'roles <b>', userinfo: 'fetched' });
    const [other] = await at({}, async (service, visitor) => {
      const { url } = await begin(service, { scope: 'profile' });
      url.searchParams.delete('nonce');
      await walk(visitor, service, await visitor.get(url), ALIX);
    });
    expect(other).toMatchObject({ withoutOpenid: true });
  });

  test('that a request makes no sense, and why', async () => {
    const [type] = await at({}, async (service, visitor) =>
      visitor.get((await begin(service, { response_type: 'token' })).url),
    );
    expect(type).toMatchObject({ outcome: 'response_type' });
    const [age] = await at({}, async (service, visitor) => visitor.get((await begin(service, { max_age: '-1' })).url));
    expect(age).toMatchObject({ outcome: 'request_invalid', asked: 'invalid max_age parameter value' });
    const acr = JSON.stringify({ id_token: { acr: { essential: true, value: 'retina' } } });
    const [level] = await at({}, async (service, visitor) => visitor.get((await begin(service, { claims: acr })).url));
    expect(level).toMatchObject({ outcome: 'level_unknown' });
    const [scope] = await at({}, async (service, visitor) =>
      visitor.get((await begin(service, { scope: 'openid "' })).url),
    );
    expect(scope).toMatchObject({ outcome: 'scope_invalid' });
  });

  test('that a person is on the way, and then gave up', async () => {
    const begun = await at({}, async (service, visitor) => visitor.get((await begin(service)).url));
    expect(begun).toEqual([expect.objectContaining({ outcome: 'begun', stranger: true })]);
    const gaveUp = await at({}, async (service, visitor) => {
      await signIn(visitor, service, ALIX);
      const page = await visitor.get((await begin(service, { prompt: 'select_account' })).url);
      await visitor.submit(page, '/profile', { cancel: '1' });
    });
    expect(gaveUp.map(({ outcome }) => outcome)).toEqual(['gave_up', 'succeeded']);
  });

  test('that a person was refused, and which rule did it', async () => {
    const refuse = async (service: Service, visitor: Visitor): Promise<unknown> => {
      const { loginName: login, password } = PEOPLE.bruno;
      const page = await visitor.submit(await visitor.get((await begin(service)).url), '/sign-in', { login, password });
      expect(page.status).toBe(403);
      // A second look at the page is no second refusal.
      await visitor.get(page.url);
      await visitor.submit(await visitor.get(`${house.url}/account`), '/sign-in', { login, password });
      return visitor.get((await begin(service, { prompt: 'none' })).url);
    };
    const entry = await at({ application: { entry: { kind: 'nobody' } } }, refuse);
    expect(entry.map(({ outcome }) => outcome)).toEqual(['entry_refused', 'entry_refused']);
    const full = await at({ application: { quota: 1 } }, async (service, visitor) => {
      const { id } = (await house.parts.accounts.findByLogin('bruno')) ?? { id: '' };
      const { profiles, storage } = house.parts;
      const gone = await profiles.create(id, service.application, { name: 'gull', note: '' });
      await profiles.retire(id, gone.id);
      const { profile } = storage.tables;
      await storage.write(
        async (tx) => void (await tx.update(profile).set({ status: 'deleted' }).where(eq(profile.id, gone.id))),
      );
      await refuse(service, visitor);
    });
    expect(full.map(({ outcome }) => outcome)).toEqual(['quota_full', 'quota_full']);
    const names = await at({ application: { people: 'awaited' } }, refuse);
    expect(names.map(({ outcome }) => outcome)).toEqual(['names_awaited', 'names_awaited']);
  });

  test('that a silent request needed the person, for want of a sign-in, of a fresh one, or of a choice', async () => {
    const silent = { prompt: 'none' };
    const [login] = await at({}, async (service, visitor) => visitor.get((await begin(service, silent)).url));
    const [choice] = await at({}, async (service, visitor) => {
      await visitor.submit(await visitor.get(`${house.url}/account`), '/sign-in', {
        login: 'alix',
        password: PEOPLE.alix.password,
      });
      await visitor.get((await begin(service, silent)).url);
    });
    const [age] = await at({}, async (service, visitor) => {
      await signIn(visitor, service, ALIX);
      ahead += 2000;
      await visitor.get((await begin(service, { ...silent, max_age: '1' })).url);
    });
    const outcomes = [login, choice, age].map((one) => one?.outcome);
    expect(outcomes).toEqual(['silent_login', 'silent_choice', 'silent_max_age']);
  });
});
