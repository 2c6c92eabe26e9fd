import { afterAll, beforeAll, expect, test, vi } from 'vitest';
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
  house = await openHouse();
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
