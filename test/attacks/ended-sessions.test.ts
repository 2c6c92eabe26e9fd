import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { begin, openService, type Service } from '../application.ts';
import { codeAt, scan } from '../authenticator.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, textOf } from '../visitor.ts';

describe('a session that its owner ended', () => {
  let house: House;
  let bank: Service;
  let now = Date.UTC(2026, 10, 21, 9, 30);
  beforeAll(async () => {
    house = await openHouse({ now: () => now });
    await addPerson(house.parts, 'odile');
    bank = await openService(house, 'Bank', { application: { secondFactor: true } });
  });
  afterAll(async () => {
    await bank.close();
    await house.close();
  });

  test('A60: is not brought back by a sign-in on which it was only strengthened', async () => {
    const { id } = await addPerson(house.parts, 'bruno');
    const { loginName: login, password } = PEOPLE.bruno;
    const visitor = makeVisitor((url) => bank.isHome(url));
    await visitor.submit(await visitor.get(house.url), '/sign-in', { login, password });
    now += 60_000;
    const page = await visitor.get((await begin(bank)).url);
    now += 1000;
    const codes = await visitor.submit(page, '/enrol/app', { code: codeAt(scan(page), now) });
    const journey = page.url.href;
    const waiting = await visitor.get(journey);
    expect(waiting.document.querySelector('input[name=name]'), textOf(codes)).not.toBeNull();

    for (const { handle } of await house.parts.oidc.browsers(id)) await house.parts.oidc.endings.endOne(id, handle);
    const after = await visitor.submit(waiting, '/create', { name: 'bruno', note: '' });
    expect(after.url.searchParams.get('code')).toBeNull();
    expect((await visitor.get(journey)).document.querySelector('input[name=password]')).not.toBeNull();
    expect(await house.parts.oidc.browsers(id)).toEqual([]);
  });
});
