import { afterAll, beforeAll, expect, test } from 'vitest';
import { translator } from '../../views/text.ts';
import { addApp, codeAt, codesOn, scan, STEP, wrongCode } from '../authenticator.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';

const t = translator('en');
const START = Date.UTC(2026, 10, 21, 9, 30);
const MINUTE = 60_000;

let house: House;
let now = START;
beforeAll(async () => {
  house = await openHouse({ now: () => now });
  await addPerson(house.parts, 'odile');
});
afterAll(() => house.close());

/** Signs somebody in by password, and by a code where they have an application for them. */
async function enter(visitor: Visitor, person: PersonName, secret?: string): Promise<Page> {
  const page = await visitor.get(`${house.url}/account/security`);
  const { loginName: login, password } = PEOPLE[person];
  const next = await visitor.submit(page, '/sign-in', { login, password });
  if (secret === undefined) return next;
  now += STEP;
  return visitor.submit(next, '/factor/code', { code: codeAt(secret, now) });
}

const isOutside = async (visitor: Visitor): Promise<boolean> =>
  (await visitor.get(`${house.url}/account`)).url.pathname.startsWith('/journey/');

test('Alix sets up an application, keeps her recovery codes, and stays signed in; her other browser does not', async () => {
  const account = await addPerson(house.parts, 'alix');
  const alix = makeVisitor();
  const other = makeVisitor();
  await enter(other, 'alix');
  const page = await enter(alix, 'alix');
  expect(page.url.pathname).toBe('/account/security');
  expect(page.document.textContent).toContain(t('security.codes_later'));
  const before = await alix.cookies(house.url);

  const setUp = await alix.get(`${house.url}/account/security/app`);
  expect(setUp.document.querySelector('img.qr')?.getAttribute('src')).toMatch(/^data:image\/svg\+xml;base64,/u);
  const secret = scan(setUp);
  const wrong = await alix.submit(setUp, '/app', { code: wrongCode(secret, now), name: 'My phone' });
  expect([wrong.status, wrong.document.querySelector('#code-error')?.textContent]).toEqual([
    422,
    expect.stringContaining(t('error.factor_code_wrong')),
  ]);
  expect([scan(wrong), wrong.document.querySelector('[name=name]')?.getAttribute('value')]).toEqual([
    secret,
    'My phone',
  ]);
  const codes = await alix.submit(wrong, '/app', { code: codeAt(secret, now), name: 'My phone' });
  expect([codes.status, codesOn(codes).length]).toEqual([200, 10]);

  // A57: the session has a new id, and the old one opens nothing any more.
  expect(await alix.cookies(house.url)).not.toBe(before);
  expect(await fetch(`${house.url}/account`, { headers: { cookie: before }, redirect: 'manual' })).toMatchObject({
    status: 303,
  });
  expect([await isOutside(alix), await isOutside(other)]).toEqual([false, true]);
  const after = await alix.get(`${house.url}/account/security`);
  expect(after.document.textContent).toContain('My phone');
  expect(after.document.textContent).toContain(t('security.codes_left', { left: 10 }));
  expect(codesOn(after)).toEqual([]);
  expect((await house.parts.accounts.find(account.id))?.secondFactor).toBe(true);
});

test('Bruno renames his application, and is told where the name is too long', async () => {
  const account = await addPerson(house.parts, 'bruno');
  const { secret, id } = await addApp(house.parts, account, now);
  const bruno = makeVisitor();
  const page = await enter(bruno, 'bruno', secret);
  const wrong = await bruno.submit(page, '/security/name', { name: 'x'.repeat(60) });
  expect([wrong.status, wrong.document.querySelector(`#factor-${id}-name-error`) !== null]).toEqual([422, true]);
  const renamed = await bruno.submit(page, '/security/name', { name: 'The old one' });
  expect(textOf(renamed)).toContain(t('notice.factor_named'));
  expect(renamed.document.querySelector(`#factor-${id}`)?.textContent).toBe('The old one');
});

test('Bruno makes new recovery codes; a reload of their page shows none', async () => {
  const account = await house.parts.accounts.findByLogin('bruno');
  const { secondFactors } = house.parts.accounts;
  const { secret, id } = await addApp(house.parts, account ?? { id: '', loginName: '' }, now);
  const bruno = makeVisitor();
  await enter(bruno, 'bruno', secret);
  const ask = await bruno.get(`${house.url}/account/security/codes`);
  expect(textOf(ask)).toContain(t('new_codes.old'));
  const shown = await bruno.submit(ask, '/security/codes');
  expect([shown.headers.get('cache-control'), codesOn(shown).length]).toEqual(['no-store', 10]);
  const again = await bruno.get(shown.url);
  expect(codesOn(again)).toEqual([]);
  const [code = ''] = codesOn(shown);
  await secondFactors.prove(account?.id ?? '', { kind: 'recovery-code', code });
  const left = (await bruno.get(`${house.url}/account/security`)).document.textContent;
  expect(left).toContain(t('security.codes_left', { left: 9 }));
  // The last factor takes them along.
  const question = await bruno.get(`${house.url}/account/security/remove?factor=${id}`);
  expect(textOf(question)).toContain(t('remove_factor.codes'));
  const done = await bruno.submit(question, '/security/remove');
  expect(textOf(done)).toContain(t('notice.factor_removed'));
  expect(await secondFactors.of(account?.id ?? '')).toEqual({ totp: [], passkey: [], codesLeft: 0 });
});

test('Maud, whose group asks for a second factor, is warned before she removes her last; elsewhere she is signed out', async () => {
  const account = await addPerson(house.parts, 'maud');
  const { groups, secondFactors } = house.parts.accounts;
  const { storage } = house.parts;
  const { id: groupId } = await groups.create('Keys');
  await groups.addMember(groupId, 'maud');
  const { secret, id } = await addApp(house.parts, account, now);
  const maud = makeVisitor();
  const other = makeVisitor();
  await enter(other, 'maud', secret);
  await enter(maud, 'maud', secret);
  await storage.write((tx) => tx.update(storage.tables.group).set({ secondFactor: true }));
  now += 2000;
  const question = await maud.get(`${house.url}/account/security/remove?factor=${id}`);
  expect(textOf(question)).toContain(t('remove_factor.must', { instance: house.parts.config.ALUCO_NAME }));
  await maud.submit(question, '/security/remove', { elsewhere: 'on' });
  expect((await secondFactors.of(account.id)).totp).toEqual([]);
  expect([await isOutside(maud), await isOutside(other)]).toEqual([false, true]);
  expect((await maud.get(`${house.url}/account/security`)).document.textContent).toContain(
    t('security.must', { instance: house.parts.config.ALUCO_NAME }),
  );
  const activity = (await maud.get(`${house.url}/activity`)).document.textContent;
  for (const kind of ['event.factor_added', 'event.factor_removed'] as const) {
    expect(activity).toContain(t(kind, { method: 'totp' }));
  }
});

test('what does not exist leads back to the page, and so do the addresses of its forms', async () => {
  const odile = makeVisitor();
  await enter(odile, 'odile');
  for (const path of ['remove?factor=x', 'remove', 'codes', 'name']) {
    expect([path, (await odile.get(`${house.url}/account/security/${path}`)).url.pathname]).toEqual([
      path,
      '/account/security',
    ]);
  }
});

test('A62: without a recent proof nothing is shown, added, named, made or removed', async () => {
  const account = await house.parts.accounts.findByLogin('odile');
  if (account === undefined) throw new Error('no Odile');
  const { secondFactors } = house.parts.accounts;
  const { secret, id } = await addApp(house.parts, account, now);
  const odile = makeVisitor();
  const page = await enter(odile, 'odile', secret);
  const csrf = page.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
  const stale = await secondFactors.totp.begin(account);
  const before = await secondFactors.of(account.id);

  now += 21 * MINUTE;
  for (const path of ['', '/app', '/codes', `/remove?factor=${id}`]) {
    const asked = await odile.get(`${house.url}/account/security${path}`);
    expect([path, asked.url.pathname.split('/')[1]]).toEqual([path, 'journey']);
    expect(asked.document.querySelector('input[name=password]')).not.toBeNull();
  }
  const code = codeAt(stale.secret, now);
  for (const [path, fields] of [
    ['/app', { setUp: (await secondFactors.totp.begin(account)).setUp, code }],
    ['/name', { factor: id, name: 'stolen' }],
    ['/codes', {}],
    ['/remove', { factor: id }],
  ] as const) {
    const answer = await odile.post(`${house.url}/account/security${path}`, { csrf, ...fields });
    expect([path, answer.url.pathname.split('/')[1]]).toEqual([path, 'journey']);
  }
  expect(await secondFactors.of(account.id)).toEqual(before);

  // The password alone is no recent proof of somebody who has two factors.
  const asked = await odile.get(`${house.url}/account/security`);
  const half = await odile.submit(asked, '/sign-in', { login: 'odile', password: PEOPLE.odile.password });
  expect((await odile.get(`${house.url}/account/security`)).url.pathname).not.toBe('/account/security');
  const whole = await odile.submit(half, '/factor/code', { code: codeAt(secret, now) });
  expect(whole.url.pathname).toBe('/account/security');
});

test('a form from elsewhere, and one of another session, changes nothing', async () => {
  const account = await house.parts.accounts.findByLogin('alix');
  const { secondFactors } = house.parts.accounts;
  const { secret, id } = await addApp(house.parts, account ?? { id: '', loginName: '' }, now);
  const alix = makeVisitor();
  const page = await enter(alix, 'alix', secret);
  const csrf = page.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
  const remove = `${house.url}/account/security/remove`;
  const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.net' };
  expect((await alix.post(remove, { csrf, factor: id }, foreign)).status).toBe(403);
  expect((await alix.post(remove, { csrf: 'x', factor: id })).status).toBe(403);
  expect((await secondFactors.of(account?.id ?? '')).totp).toMatchObject([{ id }]);
});

test("A62: nothing that stands on an administrator's pages takes somebody's factor away, nor names it", async () => {
  const { secondFactors, findByLogin } = house.parts.accounts;
  const account = await findByLogin('alix');
  const own = await findByLogin('odile');
  if (account === undefined || own === undefined) throw new Error('nobody there');
  const { secret } = await addApp(house.parts, own, now);
  const before = await secondFactors.of(account.id);
  expect(before.totp).toHaveLength(1);
  const odile = makeVisitor();
  await enter(odile, 'odile', secret);
  const address = `${house.url}/admin/accounts/${account.id}`;
  const page = await odile.get(address);
  const actions = page.document.querySelectorAll('main form').map((form) => form.getAttribute('action') ?? '');
  expect(actions.length).toBeGreaterThan(3);
  expect(page.text).not.toContain(before.totp[0]?.id);
  for (const action of actions) await odile.submit(page, action);
  for (const path of ['remove', 'security/remove', 'factors/remove']) {
    const csrf = page.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';
    expect((await odile.post(`${address}/${path}`, { csrf, factor: before.totp[0]?.id ?? '' })).status).toBe(404);
  }
  // By the way that is Alix's own, Odile finds none of hers.
  const hers = await odile.get(`${house.url}/account/security`);
  const csrf = hers.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';
  await odile.post(`${house.url}/account/security/remove`, { csrf, factor: before.totp[0]?.id ?? '' });
  expect(await secondFactors.of(account.id)).toEqual(before);
});
