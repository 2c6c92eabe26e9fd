import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { begin, openService, signIn, walk, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';

const ALICE = { person: 'alix', profile: 'alice' } as const;

describe.each(['sqlite', 'postgres'] as const)("requests of Alix's browser that are under way, on %s", (engine) => {
  let house: House;
  let blog: Service;
  beforeAll(async () => {
    house = await openHouse({ engine });
    blog = await openService(house, 'Blog');
    await addPerson(house.parts, 'odile');
    const { id } = await addPerson(house.parts, 'alix');
    await house.parts.profiles.create(id, blog.application, { name: 'alice', note: '' });
  });
  afterAll(async () => {
    await blog.close();
    await house.close();
  });

  const cookiesOf = (visitor: Visitor): Promise<string> => visitor.cookies(`${house.url}/`);

  /** Silent requests with the given cookies, as tabs and hidden frames of applications send them. */
  async function silently(cookie: string, count: number): Promise<(string | number)[]> {
    return Promise.all(
      Array.from({ length: count }, async () => {
        const { url } = await begin(blog, { prompt: 'none' });
        const answer = await fetch(url, { headers: { cookie }, redirect: 'manual' });
        await answer.arrayBuffer();
        const location = answer.headers.get('location');
        const back = location === null ? undefined : new URL(location).searchParams;
        return back === undefined ? answer.status : (back.get('error') ?? 'code');
      }),
    );
  }

  test('A60: do not bring back a session that she ends meanwhile', async () => {
    for (let round = 0; round < 8; round += 1) {
      const visitor = makeVisitor((url) => blog.isHome(url));
      await signIn(visitor, blog, ALICE);
      const copied = await cookiesOf(visitor);
      const home = await visitor.get(`${house.url}/`);
      const [answers] = await Promise.all([silently(copied, 4), visitor.submit(home, '/sign-out')]);
      for (const answer of answers) expect(['code', 'login_required', 'account_selection_required']).toContain(answer);
      expect(await silently(copied, 1)).toEqual(['login_required']);
    }
  });

  test('A57 and A60: a late write neither undoes a new session id nor brings an ended session back', async () => {
    const { sessions } = house.parts;
    const write = (id: string, foundAs?: string): Promise<unknown> =>
      sessions.put(id, 'uid', 'alix', Date.now() + 60_000, { writtenAs: id }, foundAs);
    await write('old');
    await write('new', 'old');
    await write('old', 'old');
    expect(await sessions.find('old')).toBeUndefined();
    const found = await sessions.find('new');
    expect(found?.body).toEqual({ writtenAs: 'new' });
    await sessions.removeByHandle(found?.handle ?? '');
    await write('new', 'new');
    await write('newer', 'new');
    for (const id of ['old', 'new', 'newer']) expect(await sessions.find(id)).toBeUndefined();
  });

  test('A57: neither fail nor keep the old session id alive while she signs in again', async () => {
    for (let round = 0; round < 8; round += 1) {
      const visitor = makeVisitor((url) => blog.isHome(url));
      await signIn(visitor, blog, ALICE);
      const old = await cookiesOf(visitor);
      const again = await begin(blog, { prompt: 'login' });
      const page = await visitor.get(again.url);
      const [answers, end] = await Promise.all([silently(old, 4), walk(visitor, blog, page, ALICE)]);
      for (const answer of answers) expect(['code', 'login_required', 'account_selection_required']).toContain(answer);
      expect(end.url.searchParams.get('code')).not.toBeNull();
      expect(await silently(old, 1)).toEqual(['login_required']);
      expect(await silently(await cookiesOf(visitor), 1)).toEqual(['code']);
    }
  });
});
