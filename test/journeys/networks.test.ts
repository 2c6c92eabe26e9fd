import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Page } from '../visitor.ts';
import { answered } from '../working.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ settings: { ALUCO_TRUSTED_PROXIES: '127.0.0.0/8 ::1' } });
  await addPerson(house.parts, 'odile');
  await addPerson(house.parts, 'alix');
});
afterAll(() => house.close());

/** Tries a wrong password until it is told to wait, from a network behind the trusted proxy. */
async function triesUntilWait(address: string, most: number): Promise<{ tries: number; last: Page }> {
  const visitor = makeVisitor();
  const headers = { 'x-forwarded-for': address };
  let page = await visitor.get(house.url, headers);
  const action = `${page.url.href}/sign-in`;
  const value = (name: string): string =>
    page.document.querySelector(`main input[name=${name}]`)?.getAttribute('value') ?? '';
  for (let tries = 1; ; tries += 1) {
    const fields = { csrf: value('csrf'), login: 'alix', password: `guess number ${tries}` };
    const isAsked = page.document.querySelector('[data-challenge]') !== null;
    const work = isAsked ? { ...answered(page), work_question: value('work_question') } : {};
    page = await visitor.post(action, { ...fields, ...work }, headers);
    if (page.status === 429 || tries === most) return { tries, last: page };
  }
}

test('guesses are counted for the network behind the trusted proxy, not for the proxy', async () => {
  const first = await triesUntilWait('198.51.100.7', 20);
  expect(first.last.status).toBe(429);
  expect(Number(first.last.headers.get('retry-after'))).toBeGreaterThan(0);
  const second = await triesUntilWait('203.0.113.9', first.tries - 1);
  expect(second.tries).toBeGreaterThan(1);
});

test('one network cannot fill the house with sign-ins that go nowhere, and others still get in', async () => {
  const headers = { 'x-forwarded-for': '192.0.2.1' };
  const statuses = new Set<number>();
  for (let begun = 0; begun < 640 && !statuses.has(429); begun += 20) {
    const pages = await Promise.all(
      Array.from({ length: 20 }, () => fetch(house.url, { headers, redirect: 'manual' })),
    );
    for (const { status } of pages) statuses.add(status);
  }
  expect([...statuses].toSorted()).toEqual([303, 429]);
  const other = await fetch(house.url, { headers: { 'x-forwarded-for': '198.51.100.99' }, redirect: 'manual' });
  expect(other.status).toBe(303);
});
