import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { begin, openService, type Service } from '../application.ts';
import { addApp, codeAt, codesOn, scan, STEP, wrongCode } from '../authenticator.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, textOf, type Fields, type Page, type Visitor } from '../visitor.ts';
import { startNode, type Node } from './nodes.ts';

const START = Date.UTC(2026, 10, 21, 9, 30);
const HOUR = 3_600_000;

describe.each(['sqlite', 'postgres'] as const)('the second factor, on %s', (engine) => {
  let house: House;
  let blog: Service;
  let now = START;
  let secret = '';
  let alix = { id: '', loginName: '' };
  beforeAll(async () => {
    house = await openHouse({ engine, now: () => now });
    blog = await openService(house, 'Blog');
    await addPerson(house.parts, 'odile');
    await addPerson(house.parts, 'bruno');
    alix = await addPerson(house.parts, 'alix');
    ({ secret } = await addApp(house.parts, alix, now));
  });
  afterAll(async () => {
    await blog.close();
    await house.close();
  });

  const newBrowser = (): Visitor => makeVisitor((url) => blog.isHome(url));
  const { loginName: login, password } = PEOPLE.alix;

  /** Signs in by password, and stops where the second factor is asked for. */
  async function knock(visitor: Visitor, person: PersonName = 'alix', address = `${house.url}/`): Promise<Page> {
    now += HOUR;
    const page = await visitor.get(address);
    const own = PEOPLE[person];
    return visitor.submit(page, '/sign-in', { login: own.loginName, password: own.password });
  }

  async function isInside(visitor: Visitor): Promise<boolean> {
    return (await visitor.get(`${house.url}/account`)).url.pathname === '/account';
  }

  const isAsked = (page: Page): boolean => page.document.querySelector('form[action$="/factor/code"]') !== null;

  test('the password alone opens nothing, and the code opens everything', async () => {
    const visitor = newBrowser();
    const page = await knock(visitor);
    expect([isAsked(page), await isInside(visitor)]).toEqual([true, false]);
    const home = await visitor.submit(page, '/factor/code', { code: codeAt(secret, now) });
    expect([home.url.pathname, await isInside(visitor)]).toEqual(['/', true]);
  });

  test('A48: the same code twice; two steps beside; nothing: never in', async () => {
    const used = newBrowser();
    const first = await knock(used);
    const code = codeAt(secret, now);
    await used.submit(first, '/factor/code', { code });
    const again = newBrowser();
    const page = await visitorAt(again);
    for (const other of [code, codeAt(secret, now - 2 * STEP), codeAt(secret, now + 2 * STEP)]) {
      const answer = await again.submit(page, '/factor/code', { code: other });
      expect([other, answer.status, isAsked(answer)]).toEqual([other, 422, true]);
    }
    expect(await isInside(again)).toBe(false);
  });

  /** The same as `knock`, at this very moment. */
  async function visitorAt(visitor: Visitor): Promise<Page> {
    return visitor.submit(await visitor.get(`${house.url}/`), '/sign-in', { login, password });
  }

  test('A48: of two browsers with the same code at the same moment one is in', async () => {
    const visitors = [newBrowser(), newBrowser()];
    const pages = [await knock(visitors[0] ?? newBrowser()), await visitorAt(visitors[1] ?? newBrowser())];
    const code = codeAt(secret, now);
    const ends = await Promise.all(
      visitors.map((visitor, at) => visitor.post(`${pages[at]?.url.href}/factor/code`, { code, ...hidden(pages[at]) })),
    );
    expect(ends.map(({ status }) => status).toSorted()).toEqual([200, 422]);
  });

  const hidden = (page: Page | undefined): { csrf: string } => ({
    csrf: page?.document.querySelector('form[action*="/factor/"] input[name=csrf]')?.getAttribute('value') ?? '',
  });

  test('A48: guesses over several sign-ins, kinds and nodes are one count, and the right code waits too', async () => {
    const node: Node = await startNode(house, () => now);
    try {
      const visitors = [newBrowser(), newBrowser(), newBrowser()];
      const pages = [await knock(visitors[0] ?? newBrowser())];
      for (const visitor of visitors.slice(1)) pages.push(await visitorAt(visitor));
      const looked: number[] = [];
      for (let round = 0; round < 8; round += 1) {
        for (const [at, visitor] of visitors.entries()) {
          const page = pages[at];
          if (page === undefined) throw new Error('no page');
          const way = round % 2 === 0 ? 'code' : 'recovery';
          const code = wrongCode(secret, now, round * 3 + at);
          const base = at === 2 ? node.url : house.url;
          const cookie = await visitor.cookies(page.url.href);
          const body = new URLSearchParams({ ...hidden(page), code });
          const headers = { cookie, origin: house.url, 'sec-fetch-site': 'same-origin' };
          const answer = await fetch(`${base}${page.url.pathname}/factor/${way}`, { method: 'POST', body, headers });
          expect(await answer.text()).toContain('name="code"');
          looked.push(answer.status);
        }
      }
      expect(looked.filter((status) => status === 422)).toHaveLength(4);
      expect(looked.filter((status) => status === 429)).toHaveLength(20);
      const [visitor, page] = [visitors[0], pages[0]];
      if (visitor === undefined || page === undefined) throw new Error('no page');
      const held = await visitor.post(`${page.url.href}/factor/code`, { ...hidden(page), code: codeAt(secret, now) });
      expect([held.status, Number(held.headers.get('retry-after')) > 0]).toEqual([429, true]);
      expect(await isInside(visitor)).toBe(false);
    } finally {
      await node.close();
    }
  });

  test('A49: an empty body, a missing field, a field of another kind, and more than one: the same step', async () => {
    const shapes: ((csrf: string, code: string) => Fields)[] = [
      () => ({}),
      (csrf) => ({ csrf }),
      (csrf, code) => ({ csrf, recovery: code }),
      (csrf, code) => ({ csrf, response: code, password }),
      (csrf, code) => ({ csrf, code: [code, code] }),
      (csrf, code) => ({ csrf, 'code[]': code }),
      (csrf) => ({ csrf, accountId: alix.id, level: '2', secondFactor: 'false' }),
      (_csrf, code) => ({ code }),
      (_csrf, code) => ({ csrf: 'x', code }),
    ];
    for (const [at, shape] of shapes.entries()) {
      const visitor = newBrowser();
      const page = await knock(visitor);
      const fields = shape(hidden(page).csrf, codeAt(secret, now));
      const answer = await visitor.post(`${page.url.href}/factor/code`, fields);
      expect([at, answer.status]).toEqual([at, 'csrf' in fields && fields['csrf'] !== 'x' ? 422 : 403]);
      expect([isAsked(await visitor.get(page.url)), await isInside(visitor)]).toEqual([true, false]);
    }
    // A code of the one kind is none of the other.
    const visitor = newBrowser();
    const page = await knock(visitor);
    const other = { ...hidden(page), code: codeAt(secret, now) };
    expect((await visitor.post(`${page.url.href}/factor/recovery`, other)).status).toBe(422);
    expect(await isInside(visitor)).toBe(false);
  });

  test("A49: another sign-in's id, of another browser or of the same one, is answered for by itself alone", async () => {
    const thief = newBrowser();
    const bruno = newBrowser();
    const page = await knock(thief);
    const theirs = await bruno.get(`${house.url}/`);
    const { csrf } = hidden(page);
    const code = codeAt(secret, now);
    // Bruno's sign-in, which the thief's browser has no secret of.
    expect((await thief.post(`${theirs.url.href}/factor/code`, { csrf, code })).status).toBe(410);
    // One more of the thief's own, on which nobody proved a password: the factor proves nothing there.
    const second = await thief.get(`${house.url}/account`);
    const token = second.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
    const answer = await thief.post(`${second.url.href}/factor/code`, { csrf: token, code });
    expect(answer.document.querySelector('input[name=password]')).not.toBeNull();
    expect((await thief.post(`${second.url.href}/factor/code`, { csrf, code })).status).toBe(403);
    expect([await isInside(thief), await isInside(bruno)]).toEqual([false, false]);
    // The code was not even looked at on the way.
    expect((await thief.submit(page, '/factor/code', { code })).url.pathname).toBe('/');
  });

  test('A50: no step after it opens before it, and "try another way" and back skip nothing', async () => {
    const visitor = newBrowser();
    const { url } = await begin(blog);
    const page = await knock(visitor, 'alix', url.href);
    const { csrf } = hidden(page);
    const base = page.url.href;
    for (const path of ['/profiles', '/new', '/enrol/app', '/factor/recovery', '/factor/code', '/other', '']) {
      const opened = await visitor.get(`${base}${path}`);
      const left = opened.document.querySelector('[name=code], input[name=password]');
      expect([path, left !== null]).toEqual([path, true]);
    }
    for (const [path, fields] of [
      ['/profile', { profile: 'x' }],
      ['/create', { name: 'sneaky' }],
      ['/enrol/app', { setUp: 'x', code: '000000' }],
    ] as const) {
      await visitor.post(`${base}${path}`, { csrf, ...fields });
      expect([path, isAsked(await visitor.get(base))]).toEqual([path, true]);
    }
    const answer = await visitor.get((await begin(blog, { prompt: 'none' })).url);
    expect(answer.url.searchParams.get('error')).toBe('login_required');
    expect(await house.parts.profiles.at(alix.id, blog.application)).toMatchObject({ profiles: [] });
    const next = await visitor.submit(await visitor.get(base), '/factor/code', { code: codeAt(secret, now) });
    expect(next.document.querySelector('input[name=name]'), textOf(next)).not.toBeNull();
    // Finished once, the step is no more.
    expect((await visitor.get(`${base}/factor/code`)).document.querySelector('input[name=code]')).toBeNull();
  });

  test('A57: a session of one factor does not follow the person to the second, wherever it was under way', async () => {
    const { secondFactors } = house.parts.accounts;
    const bruno = await house.parts.accounts.findByLogin('bruno');
    if (bruno === undefined) throw new Error('no Bruno');
    const owner = newBrowser();
    await knock(owner, 'bruno');
    const weak = await owner.cookies(house.url);
    // A thief copies the session, and begins a sign-in with it.
    const thief = newBrowser();
    for (const pair of weak.split('; ')) await thief.jar.setCookie(`${pair}; Path=/`, house.url);
    const waiting = await thief.get((await begin(blog, { prompt: 'create' })).url);
    expect(waiting.document.querySelector('input[name=name]'), textOf(waiting)).not.toBeNull();
    const page = await owner.get(`${house.url}/account/security/app`);
    const own = scan(page);
    now += 1000;
    await owner.submit(page, '/app', { code: codeAt(own, now) });
    const strong = await owner.cookies(house.url);
    expect(strong).not.toBe(weak);

    const after = await thief.submit(waiting, '/create', { name: 'sneaky', note: '' });
    expect(after.url.searchParams.get('code')).toBeNull();
    expect(await isInside(thief)).toBe(false);
    expect(await isInside(owner)).toBe(true);
    const [factor] = (await secondFactors.of(bruno.id)).totp;
    await secondFactors.remove(bruno.id, 'totp', factor?.id ?? '');
  });

  test('A62: whoever must set one up proves first that they are there, and gets to the codes and on', async () => {
    const service = await openService(house, 'Bank', { application: { secondFactor: true } });
    try {
      const visitor = makeVisitor((url) => service.isHome(url));
      await knock(visitor, 'bruno');
      now += 21 * 60_000;
      const late = await visitor.get((await begin(service)).url);
      expect(late.document.querySelector('input[name=password]')).not.toBeNull();
      const { loginName, password: own } = PEOPLE.bruno;
      const page = await visitor.submit(late, '/sign-in', { login: loginName, password: own });
      const theirs = scan(page);
      // What was shown to Bruno is no set-up of Alix's, nor is hers of his.
      const hers = await house.parts.accounts.secondFactors.totp.begin(alix);
      const foreign = { setUp: hers.setUp, code: codeAt(hers.secret, now) };
      expect((await visitor.submit(page, '/enrol/app', foreign)).status).toBe(422);
      now += 21 * 60_000;
      const over = await visitor.submit(page, '/enrol/app', { code: codeAt(theirs, now) });
      expect(over.document.querySelector('input[name=password]')).not.toBeNull();
      const again = await visitor.submit(over, '/sign-in', { login: loginName, password: own });
      const codes = await visitor.submit(again, '/enrol/app', { code: codeAt(scan(again), now) });
      expect(codesOn(codes)).toHaveLength(10);
      const next = await visitor.get(
        new URL(codes.document.querySelector('a.primary')?.getAttribute('href') ?? '', codes.url),
      );
      expect(next.document.querySelector('input[name=name]'), textOf(next)).not.toBeNull();
      expect(codesOn(next)).toEqual([]);
    } finally {
      await service.close();
    }
  });

  test('A63: a recovery code is good once, on the page as well, and none of before new ones were made', async () => {
    const { secondFactors } = house.parts.accounts;
    const before = await secondFactors.renewCodes(alix.id);
    const codes = await secondFactors.renewCodes(alix.id);
    const visitor = newBrowser();
    const page = await knock(visitor);
    const recovery = await visitor.get(`${page.url.href}/factor/recovery`);
    expect((await visitor.submit(recovery, '/factor/recovery', { code: before[0] ?? '' })).status).toBe(422);
    expect((await visitor.submit(recovery, '/factor/recovery', { code: codes[0] ?? '' })).url.pathname).toBe('/');
    expect(await isInside(visitor)).toBe(true);
    const second = newBrowser();
    const asked = await knock(second);
    const same = await second.post(`${asked.url.href}/factor/recovery`, { ...hidden(asked), code: codes[0] ?? '' });
    expect([same.status, await isInside(second)]).toEqual([422, false]);
  });
});
