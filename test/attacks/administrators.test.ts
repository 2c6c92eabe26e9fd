import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addApp, codeAt } from '../authenticator.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

const MINUTE = 60_000;

describe('a browser in which an administrator signed in long ago', () => {
  let house: House;
  let now = Date.UTC(2026, 10, 21, 9, 30);
  let secret = '';
  let odile = { id: '', loginName: '' };
  beforeAll(async () => {
    house = await openHouse({ now: () => now });
    odile = await addPerson(house.parts, 'odile');
    ({ secret } = await addApp(house.parts, odile, now));
  });
  afterAll(() => house.close());

  const { loginName: login, password } = PEOPLE.odile;
  async function prove(visitor: Visitor, page: Page): Promise<Page> {
    now += MINUTE;
    const next = await visitor.submit(page, '/sign-in', { login, password });
    return visitor.submit(next, '/factor/code', { code: codeAt(secret, now) });
  }

  test('A62: makes no link for a new password without the second factor, her own neither, before she proves who she is', async () => {
    const { accounts } = house.parts;
    const visitor = makeVisitor();
    await prove(visitor, await visitor.get(house.url));
    const own = `${house.url}/admin/accounts/${odile.id}`;
    now += 60 * MINUTE;
    const page = await visitor.get(own);
    expect(page.url.pathname).toBe(`/admin/accounts/${odile.id}`);
    const asked = await visitor.submit(page, '/link', { factors: 'yes' });
    expect(asked.document.querySelector('input[name=password]')).not.toBeNull();
    expect(await accounts.passwordLinks.pending(odile.id)).toBeUndefined();

    // Nor does it make another administrator, or invite one.
    const bruno = await addPerson(house.parts, 'bruno');
    await visitor.submit(await visitor.get(`${house.url}/admin/accounts/${bruno.id}`), '/role', {
      role: 'administrator',
    });
    await visitor.submit(await visitor.get(`${house.url}/admin/accounts`), '/invite', {
      label: 'a friend',
      role: 'administrator',
    });
    expect((await accounts.find(bruno.id))?.role).toBe('person');
    expect(await accounts.invitations.list()).toEqual([]);

    const back = await prove(visitor, asked);
    expect(back.url.pathname).toBe(`/admin/accounts/${odile.id}`);
    expect((await visitor.submit(back, '/link')).text).toContain(`${house.url}/link/`);
    expect(await accounts.passwordLinks.pending(odile.id)).toMatchObject({ resetsFactors: false });
  });
});
