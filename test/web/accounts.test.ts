import { afterAll, beforeAll, expect, test } from 'vitest';
import { translator } from '../../views/text.ts';
import { openService, signIn as enter } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';

const t = translator('en');
const DAY = 86_400_000;

let house: House;
let odile: Visitor;
const ids = new Map<PersonName, string>();

async function signIn(name: PersonName, visitor = makeVisitor()): Promise<Visitor> {
  const { loginName: login, password } = PEOPLE[name];
  await visitor.submit(await visitor.get(`${house.url}/account`), '/sign-in', { login, password });
  return visitor;
}

const at = (name: PersonName): string => `/admin/accounts/${ids.get(name) ?? ''}`;
const wordsOf = (page: Page): string => page.document.textContent.replaceAll(/\s+/gu, ' ');
const linkOn = (page: Page): string => page.document.querySelector('.copy.large code')?.textContent.trim() ?? '';

/** Fills one form of somebody's page. */
async function act(name: PersonName, action: string, fields: Record<string, string | string[]> = {}): Promise<Page> {
  return odile.submit(await odile.get(house.url + at(name)), action, fields);
}

beforeAll(async () => {
  house = await openHouse();
  for (const name of ['odile', 'alix', 'bruno', 'maud'] as const)
    ids.set(name, (await addPerson(house.parts, name)).id);
  odile = await signIn('odile');
});
afterAll(() => house.close());

test('Odile finds an account by its login name and by its address, and reads which of them is verified', async () => {
  await house.parts.accounts.changeMailbox(ids.get('maud') ?? '', PEOPLE.bruno.mailbox);
  const page = await odile.get(`${house.url}/admin/accounts`);
  const find = async (who: string) => odile.submit(page, '/find', { who });
  const found = async (who: string) =>
    (await find(who)).document
      .querySelectorAll('tbody tr')
      .map((row) => [row.querySelector('a')?.getAttribute('href'), row.querySelector('td')?.textContent]);
  expect(await found(' BRUNO ')).toEqual([[at('bruno'), t('admin.accounts.match_login')]]);
  expect(await found('Bruno@home.example')).toEqual([
    [at('bruno'), t('admin.accounts.match_verified')],
    [at('maud'), t('admin.accounts.match_unverified')],
  ]);
  for (const who of ['', 'brun', '%', '%@%', '_', "' or ''='", 'bruno\0', '\0@\0', 'x'.repeat(50_000)]) {
    const nobody = await find(who);
    expect([who.slice(0, 9), nobody.status, nobody.document.querySelector('#find-who-error') !== null]).toEqual([
      who.slice(0, 9),
      422,
      true,
    ]);
  }
  // Nothing that was searched for stands in an address.
  expect(odile.trail.filter(({ href }) => /%40|@|bruno/iu.test(href))).toEqual([]);
});

test('the page of an account shows neither its address nor anything of profiles and applications', async () => {
  const blog = await openService(house, 'Blackbird Blog');
  await enter(
    makeVisitor((url) => blog.isHome(url)),
    blog,
    { person: 'alix', profile: 'heron_lakeside' },
  );
  const page = await odile.get(house.url + at('alix'));
  expect(page.status).toBe(200);
  expect(wordsOf(page)).toContain(t('admin.account.address_verified'));
  for (const word of [
    PEOPLE.alix.mailbox,
    'home.example',
    'heron',
    'Blackbird',
    blog.application.id,
    'relay.example',
  ]) {
    expect([word, page.text.includes(word)]).toEqual([word, false]);
  }
  await blog.close();
});

test('an invitation is made, shown this once, listed, renewed and withdrawn', async () => {
  const { id: group } = await house.parts.accounts.groups.create('Gardeners');
  const page = await odile.get(`${house.url}/admin/accounts`);
  const wrong = await odile.submit(page, '/invite', { label: '  ', group });
  expect([wrong.status, wrong.document.querySelector('#invite-label-error') !== null]).toEqual([422, true]);
  expect(wrong.document.querySelector('#invite-group')?.hasAttribute('checked')).toBe(true);
  const made = await odile.submit(page, '/invite', { label: '<b>Zoé</b> & co', group });
  const first = linkOn(made);
  expect(first).toMatch(new RegExp(`^${house.url}/link/[\\w-]{22}$`, 'u'));
  expect(made.text).not.toContain('<b>Zoé');
  const again = await odile.get(`${house.url}/admin/accounts`);
  expect([linkOn(again), wordsOf(again).includes('<b>Zoé</b> & co')]).toEqual(['', true]);
  expect(wordsOf(again)).toContain(t('admin.accounts.hours', { hours: 24 }));

  const invitation = again.document.querySelector('button[name=invitation]')?.getAttribute('value') ?? '';
  const second = linkOn(await odile.submit(again, '/renew', { invitation }));
  const visitor = makeVisitor();
  expect([(await visitor.get(first)).status, (await visitor.get(second)).status]).toEqual([410, 200]);
  const withdrawn = await odile.submit(again, '/withdraw', { invitation });
  expect(textOf(withdrawn)).toContain(t('notice.invitation_withdrawn'));
  expect((await visitor.get(second)).status).toBe(410);
  expect((await odile.submit(again, '/renew', { invitation })).status).toBe(404);
});

test('an invitation for several people and days says so, and how many it is still for', async () => {
  const page = await odile.get(`${house.url}/admin/accounts`);
  const wrong = await odile.submit(page, '/invite', { label: 'The class', uses: 'many', days: '0x1' });
  expect([wrong.status, wrong.document.querySelector('#invite-uses-error') !== null]).toEqual([422, true]);
  const two = await odile.submit(page, '/invite', { label: 'The class', uses: '3', role: 'administrator' });
  expect(two.document.querySelector('#invite-uses-error')?.textContent).toContain(t('error.invitation_single'));
  expect(two.document.querySelector('#invite-uses')?.getAttribute('value')).toBe('3');
  const made = await odile.submit(page, '/invite', { label: 'The class', uses: '3', days: '30' });
  expect(wordsOf(made)).toContain(t('admin.accounts.link_uses', { uses: 3, days: 30 }));
  const token = linkOn(made).split('/').at(-1) ?? '';
  const person = { loginName: 'pupil', password: 'onze effraies rousses', language: 'en' } as const;
  await house.parts.accounts.invitations.accept(token, person);
  const list = wordsOf(await odile.get(`${house.url}/admin/accounts`));
  expect(list).toContain(t('admin.accounts.uses_left', { uses: 2 }));
  expect(list).toContain(t('admin.accounts.days_left', { days: 30 }));
});

test('nobody is invited while no accounts are opened, and the page says where that is changed', async () => {
  const page = await odile.get(`${house.url}/admin/accounts`);
  await house.parts.house.change({ ALUCO_SIGN_UP: 'closed' });
  await house.renew();
  try {
    const closed = await odile.get(`${house.url}/admin/accounts`);
    expect(closed.document.querySelector('form[action$="/invite"]')).toBeNull();
    expect(closed.document.querySelector('main p a')?.getAttribute('href')).toBe('/admin/house');
    const sent = await odile.submit(page, '/invite', { label: 'Too late' });
    expect([sent.status, linkOn(sent)]).toEqual([422, '']);
    expect(wordsOf(sent)).toContain(t('error.sign_up_closed'));
  } finally {
    await house.parts.house.change({ ALUCO_SIGN_UP: '' });
    await house.renew();
  }
});

test('an account is suspended until a day, and no longer once it is lifted', async () => {
  const bruno = await signIn('bruno');
  const wrong = await act('bruno', '/suspend', { until: '2020-01-01' });
  expect([wrong.status, wrong.document.querySelector('#suspend-until-error') !== null]).toEqual([422, true]);
  const last = new Date(Date.now() + 2 * DAY).toISOString().slice(0, 10);
  const done = await act('bruno', '/suspend', { until: last });
  expect(textOf(done)).toContain(t('notice.account_suspended'));
  expect(wordsOf(done)).toContain(t('admin.account.suspend_again'));
  expect((await bruno.get(`${house.url}/account`)).url.pathname).toMatch(/^\/journey\//u);
  const { status, suspendedUntil } = (await house.parts.accounts.find(ids.get('bruno') ?? '')) ?? {};
  expect([status, suspendedUntil]).toEqual(['suspended', Date.parse(last) + DAY]);
  expect((await odile.post(`${house.url}${at('bruno')}/link`, { csrf: csrfOf(done) })).status).toBe(422);
  expect(textOf(await act('bruno', '/reinstate'))).toContain(t('notice.account_reinstated'));
  await signIn('bruno', bruno);
  expect((await bruno.get(`${house.url}/account`)).url.pathname).toBe('/account');
});

const csrfOf = (page: Page): string =>
  page.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';

test('sessions are ended, groups are set, and a link is made, shown once, and withdrawn', async () => {
  const bruno = await signIn('bruno');
  expect(textOf(await act('bruno', '/end-sessions'))).toContain(t('notice.account_sessions_ended'));
  expect((await bruno.get(`${house.url}/account`)).url.pathname).toMatch(/^\/journey\//u);

  const { id: group } = await house.parts.accounts.groups.create('Bakers');
  expect(textOf(await act('bruno', '/groups', { group: [group] }))).toContain(t('notice.groups_saved'));
  expect((await house.parts.accounts.groupsOf(ids.get('bruno') ?? '')).map(({ id }) => id)).toEqual([group]);
  expect((await act('bruno', '/groups', { group: ['nothing'] })).status).toBe(422);

  const link = linkOn(await act('bruno', '/link'));
  expect((await makeVisitor().get(link)).status).toBe(200);
  const page = await odile.get(house.url + at('bruno'));
  expect([linkOn(page), wordsOf(page).includes(t('admin.account.link_open', { hours: 24 }))]).toEqual(['', true]);
  expect(textOf(await act('bruno', '/unlink'))).toContain(t('notice.link_withdrawn'));
  expect((await makeVisitor().get(link)).status).toBe(410);
});

test('nobody suspends or demotes themselves by a slip, nor the last administrator at all', async () => {
  for (const [action, fields] of [
    ['/suspend', { until: '' }],
    ['/role', { role: 'person' }],
  ] as const) {
    const slip = await act('odile', action, fields);
    expect([action, slip.status, wordsOf(slip).includes(t('error.confirm_required'))]).toEqual([action, 422, true]);
    const last = await act('odile', action, { ...fields, sure: 'on' });
    expect([action, last.status, wordsOf(last).includes(t('error.last_administrator'))]).toEqual([action, 422, true]);
  }
  expect((await act('maud', '/role', { role: 'queen' })).status).toBe(422);
  expect(textOf(await act('maud', '/role', { role: 'administrator' }))).toContain(t('notice.saved'));
  const maud = await signIn('maud');
  expect((await maud.get(`${house.url}/admin/accounts`)).status).toBe(200);

  // An administrator who is suspended finds nothing of it any more.
  await act('maud', '/suspend');
  expect((await maud.get(`${house.url}/admin/accounts`)).url.pathname).toMatch(/^\/journey\//u);
  expect((await maud.post(`${house.url}/admin/accounts/find`, { who: 'alix' })).url.pathname).toMatch(/^\/journey\//u);
  await act('maud', '/reinstate');
  await act('maud', '/role', { role: 'person' });
});

test('a plain person reaches none of it, and an account that is not there is not found', async () => {
  const alix = await signIn('alix');
  const csrf = csrfOf(await alix.get(`${house.url}/account`));
  for (const path of ['', `/${ids.get('bruno') ?? ''}`, `/${ids.get('alix') ?? ''}`, '/nobody']) {
    expect([path, (await alix.get(`${house.url}/admin/accounts${path}`)).status]).toEqual([path, 403]);
  }
  const actions = ['role', 'groups', 'suspend', 'reinstate', 'end-sessions', 'link', 'unlink'];
  for (const path of [
    '/find',
    '/invite',
    '/renew',
    '/withdraw',
    ...actions.map((each) => `/${ids.get('bruno')}/${each}`),
  ]) {
    const fields = { csrf, who: 'bruno', label: 'x', role: 'administrator' };
    expect([path, (await alix.post(`${house.url}/admin/accounts${path}`, fields)).status]).toEqual([path, 403]);
  }
  expect(await house.parts.accounts.find(ids.get('bruno') ?? '')).toMatchObject({ role: 'person', status: 'active' });
  for (const id of ['nobody', '%00', 'x'.repeat(100), '..%2f', '%25']) {
    expect([id, (await odile.get(`${house.url}/admin/accounts/${id}`)).status]).toEqual([id, 404]);
  }
});

test('a reload after an error leads back to the page, and never to a secret', async () => {
  for (const path of ['/find', '/invite', '/renew', '/withdraw']) {
    expect((await odile.get(`${house.url}/admin/accounts${path}`)).url.pathname).toBe('/admin/accounts');
  }
  for (const path of ['/role', '/groups', '/suspend', '/reinstate', '/end-sessions', '/link', '/unlink']) {
    const page = await odile.get(`${house.url}${at('bruno')}${path}`);
    expect([path, page.url.pathname]).toEqual([path, at('bruno')]);
  }
});
