import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor } from '../visitor.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ settings: { ALUCO_TRUSTED_PROXIES: '127.0.0.0/8 ::1' } });
  await addPerson(house.parts, 'alix');
  await addPerson(house.parts, 'odile');
});
afterAll(() => house.close());

test('A68 of 500 sign-ins at once those without room are told when to come back, no more than have room wait, and other pages answer', async () => {
  const { hasher } = house.parts;
  const visitor = makeVisitor();
  const page = await visitor.get(`${house.url}/account`);
  const csrf = page.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';
  const before = hasher.counts();
  let most = 0;
  let others = 0;
  let done = false;
  const watching = (async () => {
    while (!done) {
      most = Math.max(most, hasher.counts().inside);
      expect((await fetch(`${house.url}/signed-out`)).status).toBe(200);
      others += 1;
    }
  })();
  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, number) =>
      visitor.post(
        `${page.url.href}/sign-in`,
        { csrf, login: `somebody${number}`, password: 'not the password' },
        { 'x-forwarded-for': `10.${Math.floor(number / 250) + 1}.${number % 250}.9` },
      ),
    ),
  );
  done = true;
  await watching;
  const refused = answers.filter(({ status }) => status === 503);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([422, 503]));
  for (const { headers } of refused) expect(headers.get('retry-after')).toMatch(/^[1-9]\d{0,2}$/u);
  const after = hasher.counts();
  expect(after.verified - before.verified).toBe(answers.length - refused.length);
  // More than a hundred had no chance to be let in: six are inside and a hundred wait, while the others arrive.
  expect(refused.length).toBeGreaterThan(100);
  // Those who wait wait at the door, not in the queue of the hashes.
  expect(most).toBeLessThanOrEqual(6);
  expect(others).toBeGreaterThan(0);
  expect(after.inside).toBe(0);

  // And then there is room again.
  const alix = makeVisitor();
  const { loginName: login, password } = PEOPLE.alix;
  const home = await alix.submit(await alix.get(`${house.url}/account`), '/sign-in', { login, password });
  expect([home.status, home.url.pathname]).toEqual([200, '/account']);
});
