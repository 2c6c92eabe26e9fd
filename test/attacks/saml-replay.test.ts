import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTransients } from '../../src/storage/transient.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, textOf } from '../visitor.ts';
import { addSender, comeIn, toldIn, type Sender } from './saml-sender.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let house: House;
let forum: Sender;
// What is kept for minutes from here on is swept at the end of this very hour.
let now = Math.ceil(Date.now() / HOUR) * HOUR - 25 * MINUTE;
beforeAll(async () => {
  house = await openHouse({ now: () => now });
  await addPerson(house.parts, 'odile');
  await addPerson(house.parts, 'alix');
  forum = await addSender(house, 'Forum');
});
afterAll(() => house.close());

test('A88: a request is answered once, however long its second journey waits', async () => {
  const alix = makeVisitor((url) => forum.isHome(url));
  const request = forum.ask({ id: '_once', at: now });
  const [one, two] = [await alix.get(request), await alix.get(request)];
  const first = await comeIn(alix, forum, { person: 'alix', profile: 'alice', at: one });
  expect(toldIn(first).inResponseTo).toBe('_once');

  now += 55 * MINUTE;
  await makeTransients({ storage: house.parts.storage, seals: house.parts.seals, now: () => now }).sweep();
  const again = await alix.get(two.url);
  expect(again.text).not.toContain('SAMLResponse');
  expect([again.status, textOf(again)]).toEqual([410, expect.stringContaining('already completed')]);
});
