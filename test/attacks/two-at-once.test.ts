import type { AdapterPayload } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { mergeSessions, type Found } from '../../src/oidc/session-merge.ts';
import { begin, openService, receive, walk, type Attempt, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

const ROUNDS = 50;

describe.each(['sqlite', 'postgres'] as const)('two sign-ins in one browser at the same instant, on %s', (engine) => {
  let house: House;
  let services: [Service, Service];
  const profiles: string[] = [];
  beforeAll(async () => {
    house = await openHouse({ engine, now: () => Date.now() });
    services = [await openService(house, 'Blog'), await openService(house, 'Photos')];
    const { id } = await addPerson(house.parts, 'alix');
    for (const { application } of services) {
      profiles.push((await house.parts.profiles.create(id, application, { name: 'alice', note: '' })).id);
    }
  });
  afterAll(async () => {
    profiles.length = 0;
    for (const service of services) await service.close();
    await house.close();
  });

  /** A browser in which Alix is signed in, and has been nowhere yet. */
  async function open(): Promise<Visitor> {
    const visitor = makeVisitor((url) => services.some((service) => service.isHome(url)));
    const { loginName: login, password } = PEOPLE.alix;
    await visitor.submit(await visitor.get(`${house.url}/account`), '/sign-in', { login, password });
    return visitor;
  }

  async function knock(visitor: Visitor, service: Service): Promise<{ attempt: Attempt; page: Page }> {
    const attempt = await begin(service);
    return { attempt, page: await visitor.get(attempt.url) };
  }

  /** Presses the one button of the page. */
  function enter(visitor: Visitor, { page }: { page: Page }): Promise<Page> {
    const profile = page.document.querySelector('button[name=profile]')?.getAttribute('value') ?? '';
    return visitor.submit(page, '/profile', { profile });
  }

  async function isSignedIn(visitor: Visitor): Promise<boolean> {
    return (await visitor.get(house.url)).document.querySelector('input[name=password]') === null;
  }

  /** Has both applications ask again which profile, as the portal's switch does. */
  async function askAgain(visitor: Visitor): Promise<void> {
    for (const id of profiles) await visitor.submit(await visitor.get(`${house.url}/profiles/${id}`), '/switch');
  }

  test('both finish, and she stays signed in', async () => {
    const visitor = await open();
    for (let round = 0; round < ROUNDS; round += 1) {
      const ways = [await knock(visitor, services[0]), await knock(visitor, services[1])] as const;
      const ends = await Promise.all(ways.map((way) => enter(visitor, way)));
      for (const [at, service] of services.entries()) {
        const received = await receive(service, ways[at]?.attempt as Attempt, ends[at]?.url as URL);
        expect(received.userinfo.sub).toBe(received.idToken.sub);
      }
      expect(await isSignedIn(visitor), `round ${round}`).toBe(true);
      // Both are remembered: neither asks again.
      for (const service of services) {
        expect((await knock(visitor, service)).page.url.searchParams.has('code')).toBe(true);
      }
      await askAgain(visitor);
    }
  });

  test.each(['chooses a profile elsewhere', 'types her password elsewhere'] as const)(
    'A57: when she %s, a journey begun before goes on with the old id only without a newer proof',
    async (what) => {
      const visitor = await open();
      const { page } = await knock(visitor, services[0]);
      const cookie = await visitor.cookies(page.url.href);
      const isKnown = async (): Promise<boolean> => {
        const answer = await fetch(page.url, { headers: { cookie } });
        return !(await answer.text()).includes('name="password"');
      };
      expect(await isKnown()).toBe(true);
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5000 });
      try {
        const attempt = await begin(services[1], what.startsWith('types') ? { prompt: 'login' } : {});
        const end = await walk(visitor, services[1], await visitor.get(attempt.url), {
          person: 'alix',
          profile: 'alice',
        });
        expect(end.url.searchParams.has('code')).toBe(true);
        // Elsewhere the old id opens nothing, whatever happened.
        const session = cookie.split('; ').filter((pair) => /^aluco(\.sig)?=/u.test(pair));
        const portal = await fetch(`${house.url}/account`, {
          headers: { cookie: session.join('; ') },
          redirect: 'manual',
        });
        expect([session.length, portal.status]).toEqual([2, 303]);
        expect(await isKnown()).toBe(what.startsWith('chooses'));
      } finally {
        vi.useRealTimers();
      }
    },
  );

  test('A60: one that she signs out of meanwhile does not come back', async () => {
    for (let round = 0; round < 10; round += 1) {
      const visitor = await open();
      const way = await knock(visitor, services[0]);
      const home = await visitor.get(house.url);
      const cookie = await visitor.cookies(`${house.url}/`);
      await Promise.all([enter(visitor, way).catch(() => undefined), visitor.submit(home, '/sign-out')]);
      const answer = await fetch(`${house.url}/account`, { headers: { cookie }, redirect: 'manual' });
      expect(answer.status).toBe(303);
    }
  });
});

describe('two writes of one session', () => {
  const grants = (of: Record<string, string>) =>
    Object.fromEntries(Object.entries(of).map(([client, grantId]) => [client, { grantId }]));
  const session = (jti: string, loginTs: number, of: Record<string, string>, accountId = 'alix') =>
    ({ jti, uid: 'uid', accountId, loginTs, exp: 100, authorizations: grants(of) }) as AdapterPayload;
  const found: Found = {
    id: 'old',
    version: '1',
    loginTs: 1,
    authorizations: JSON.stringify(grants({ a: '1', b: '1' })),
  };

  test('become one: what each of them changed, under the id that was given first', () => {
    const merged = mergeSessions(
      found,
      session('mine', 1, { a: '1', b: '1', c: '1' }),
      session('theirs', 1, { a: '2', b: '1' }),
    );
    expect(merged).toMatchObject({ jti: 'theirs', authorizations: grants({ a: '2', b: '1', c: '1' }) });
    const left = mergeSessions(found, session('old', 1, { b: '1' }), session('old', 1, { a: '1', b: '2' }));
    expect(left).toMatchObject({ jti: 'old', authorizations: grants({ b: '2' }) });
    expect(left?.authorizations).not.toHaveProperty('a');
  });

  test('A57: do not, for an old id, where a password was typed since', () => {
    const theirs = session('theirs', 2, { a: '1', b: '1' });
    expect(mergeSessions(found, session('mine', 1, { a: '1', b: '1', c: '1' }), theirs)).toBeUndefined();
    const proven = mergeSessions(found, session('mine', 3, { a: '1', b: '1', c: '1' }), theirs);
    expect(proven).toMatchObject({ jti: 'theirs', loginTs: 3 });
    expect(mergeSessions(found, session('mine', 3, {}, 'bruno'), theirs)).toBeUndefined();
  });

  test('A57: do not, for an old id, where a second factor was proven since', () => {
    const [weak, strong] = ['urn:aluco:acr:password', 'urn:aluco:acr:two-factor'];
    const of = { a: '1', b: '1' };
    const before: Found = { ...found, acr: weak };
    const theirs = { ...session('theirs', 1, of), acr: strong };
    const late = { ...session('mine', 1, { ...of, c: '1' }), acr: weak };
    expect(mergeSessions(before, late, theirs)).toBeUndefined();
    const proven = mergeSessions(before, { ...late, acr: strong }, { ...theirs, acr: weak });
    expect(proven).toMatchObject({ jti: 'theirs', acr: strong });
  });

  test('A57: do not, for an old id, where the request has nothing to say', () => {
    const theirs = session('theirs', 1, { a: '1', b: '1' });
    expect(mergeSessions(found, session('old', 1, { a: '1', b: '1' }), theirs)).toBeUndefined();
  });
});
