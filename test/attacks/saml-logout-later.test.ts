import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { StoredSession } from '../../src/accounts/accounts.ts';
import type { SessionBody } from '../../src/oidc/endings.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor } from '../visitor.ts';
import { addSender, comeIn, toldIn, type Sender } from './saml-sender.ts';

const DAY = 86_400_000;

let house: House;
let forum: Sender;
let wiki: Sender;
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  // A browser may be kept signed in for a year here.
  house = await openHouse({ settings: { ALUCO_SESSION_DAYS: '365' } });
  await addPerson(house.parts, 'odile');
  await addPerson(house.parts, 'alix');
  forum = await addSender(house, 'Forum');
  wiki = await addSender(house, 'Wiki');
});
afterAll(async () => {
  vi.useRealTimers();
  await house.close();
});

test('A89: what a service provider asks to end does end, however long others kept the session alive', async () => {
  const alix = makeVisitor((url) => forum.isHome(url) || wiki.isHome(url));
  const { nameId, sessionIndex } = toldIn(await comeIn(alix, forum, { person: 'alix', profile: 'alice' }));
  await comeIn(alix, wiki, { person: 'alix', profile: 'quill' });
  const silent = { attributes: ' IsPassive="true"' };
  for (let day = 0; day < 30; day += 5) {
    vi.setSystemTime(Date.now() + 5 * DAY);
    await house.parts.saml.sweep();
    expect((await comeIn(alix, wiki, { person: 'alix', at: wiki.ask(silent) })).xml).toContain(':Success');
  }

  const left = await alix.get(forum.leave(nameId, [sessionIndex]));
  expect([forum.isHome(left.url), left.url.searchParams.has('SAMLResponse')]).toEqual([true, true]);
  expect((await comeIn(alix, forum, { person: 'alix', at: forum.ask(silent) })).xml).toContain(':NoPassive');
  expect((await comeIn(alix, wiki, { person: 'alix', at: wiki.ask(silent) })).xml).toContain(':Success');
});

test('A89: what a service provider asks to end takes nothing with it that another is given at that moment', async () => {
  const alix = makeVisitor((url) => forum.isHome(url) || wiki.isHome(url));
  const { sessionIndex } = toldIn(await comeIn(alix, forum, { person: 'alix', profile: 'alice' }));
  const { accounts, oidc, sessions } = house.parts;
  const account = await accounts.findByLogin('alix');
  const uidOf = ({ body }: StoredSession): string => (body['payload'] as SessionBody).uid;
  const holdsIn = ({ body }: StoredSession): string[] =>
    Object.keys((body['payload'] as SessionBody).authorizations ?? {});
  const [stored] = (await sessions.ofAccount(account?.id ?? '')).filter((one) => holdsIn(one)[0] === forum.provider.id);
  if (stored === undefined) throw new Error('no session');

  const given = { [wiki.provider.id]: { sid: 'a', grantId: 'b' } };
  const give = (body: StoredSession['body']): StoredSession['body'] => {
    const payload = body['payload'] as SessionBody;
    return { ...body, payload: { ...payload, authorizations: { ...payload.authorizations, ...given } } };
  };
  await Promise.all([
    oidc.endParticipation(uidOf(stored), forum.provider.id, sessionIndex),
    sessions.change(stored.handle, give),
  ]);
  const after = (await sessions.ofAccount(account?.id ?? '')).find(({ handle }) => handle === stored.handle);
  expect(after && holdsIn(after)).toEqual([wiki.provider.id]);
});

test('A89: what Alix can still leave is offered to the browser that signed out, and shows in no address', async () => {
  const alix = makeVisitor((url) => forum.isHome(url) || wiki.isHome(url));
  await comeIn(alix, forum, { person: 'alix', profile: 'alice' });
  const out = await alix.submit(await alix.get(`${house.url}/account`), '/sign-out');
  expect(out.url.href).toBe(`${house.url}/signed-out`);
  expect(out.text).toContain('Forum');

  const stranger = makeVisitor((url) => forum.isHome(url) || wiki.isHome(url));
  expect((await stranger.get(out.url)).text).not.toContain('Forum');
  const fields = { application: forum.application.id, csrf: 'made-up' };
  expect((await stranger.post(`${house.url}/signed-out/leave`, fields)).status).toBe(410);
  expect((await alix.post(`${house.url}/signed-out/leave`, fields)).status).toBe(403);

  const left = await alix.submit(out, '/signed-out/leave');
  expect([forum.isHome(left.url), left.url.searchParams.has('SAMLRequest')]).toEqual([true, true]);
  expect((await alix.get(out.url)).text).not.toContain('Forum');
});
