import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Application } from '../../src/applications/applications.ts';
import { translator } from '../../views/text.ts';
import { aluco } from '../aluco.ts';
import { openDoor, type OpenDoor } from '../open-door.ts';
import { addApplication, addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';
import { ESCAPED, EVIL, problemsOn, wordsOf } from './desk.ts';

const t = translator('en');

let door: OpenDoor;
let maud: Account;
let meadow: Application;
let odile: Visitor;
beforeAll(async () => {
  door = await openDoor('open');
  for (const name of ['odile', 'bruno', 'alix'] as const) await addPerson(door.house.parts, name);
  maud = await addPerson(door.house.parts, 'maud');
  meadow = await addApplication(door.house.parts, 'Meadow', 'https://meadow.example/');
  odile = await signedIn('odile');
});
afterAll(() => door.close());

const at = (path: string): string => `${door.house.url}${path}`;
const moderators = () => door.house.parts.moderation.moderators;

const prove = (visitor: Visitor, page: Page, person: PersonName): Promise<Page> =>
  visitor.submit(page, '/sign-in', { login: PEOPLE[person].loginName, password: PEOPLE[person].password });

async function signedIn(person: PersonName): Promise<Visitor> {
  const visitor = makeVisitor((url) => url.hostname === 'meadow.example');
  await prove(visitor, await visitor.get(at('/account')), person);
  return visitor;
}

/** The address of the link that a page shows this once. */
const linkOn = ({ document }: Page): string =>
  document.querySelector('#one-time ~ .reference code')?.textContent.trim() ?? '';

const navigationOf = ({ document }: Page): string[] =>
  document.querySelectorAll('nav[aria-label] a').map((link) => link.textContent.trim());

describe('moderators of an application', () => {
  const page = () => odile.get(at(`/admin/applications/${meadow.id}/moderators`));

  test('are appointed by an administrator by their login name, are told by mail, and find their way', async () => {
    expect((await odile.get(at(`/admin/applications/${meadow.id}`))).text).toContain(
      `/admin/applications/${meadow.id}/moderators`,
    );
    const wrong = await odile.submit(await page(), '/moderators/add', { login: EVIL });
    expect([wrong.status, problemsOn(wrong)]).toEqual([422, { '#login': t('error.account_unknown') }]);
    expect(wrong.text).toContain(ESCAPED);
    const visitor = await signedIn('maud');
    expect(navigationOf(await visitor.get(at('/account')))).not.toContain(t('nav.moderation', { count: 0 }));
    const appointed = await odile.submit(wrong, '/moderators/add', { login: ' Maud ' });
    expect(textOf(appointed)).toContain(t('notice.moderator_added'));
    expect(appointed.document.querySelector('#moderator-0')?.textContent).toBe('maud');
    const letter = await door.letterTo(PEOPLE.maud.mailbox, 'Meadow');
    expect(letter.links).toContain(at('/moderation'));
    expect(navigationOf(await visitor.get(at('/account')))).toContain(t('nav.moderation', { count: 0 }));
    expect((await visitor.get(letter.links[0] ?? '')).status).toBe(200);
    const colleagues = await visitor.get(at(`/moderation/${meadow.id}/moderators`));
    expect(wordsOf(colleagues)).toContain('maud');
    // Read only: there is nothing to press, and nothing of anybody's account.
    expect(colleagues.document.querySelectorAll('main form')).toEqual([]);
    expect(colleagues.text).not.toContain(maud.id);
  });

  test('answer in JSON and CSV, without accounts', async () => {
    const visitor = await signedIn('maud');
    const path = at(`/moderation/${meadow.id}/moderators`);
    const json = await visitor.get(path, { accept: 'application/json' });
    expect(JSON.parse(json.text)).toEqual({ moderators: [{ loginName: 'maud', isActive: true }] });
    const csv = await visitor.get(path, { accept: 'text/csv' });
    expect(csv.text.split('\r\n')).toEqual(['login_name,active', 'maud,1', '']);
  });

  test('who are dismissed while a page is open are refused what they press on it', async () => {
    const visitor = await signedIn('maud');
    const open = await visitor.get(at(`/moderation/${meadow.id}/invitations`));
    await odile.submit(await page(), '/moderators/remove', { account: maud.id });
    const refused = await visitor.submit(open, '/invitations', { uses: '1', days: '1', note: '' });
    expect(refused.status).toBe(403);
    expect(await door.house.parts.moderation.invitations.list(meadow.id)).toEqual([]);
    expect((await visitor.get(at('/moderation'))).status).toBe(403);
    // What is and what is not there answers alike.
    const answers = [meadow.id, 'bm90aGluZyBhdCBhbGwuLi4', 'x'].map(async (id) => visitor.get(at(`/moderation/${id}`)));
    expect(new Set((await Promise.all(answers)).map((answer) => `${answer.status} ${textOf(answer)}`)).size).toBe(1);
  });

  test('open a link, sign in, read what it means and agree; the link is for one of them', async () => {
    const shown = await odile.submit(await page(), '/moderators/link');
    const address = linkOn(shown);
    expect(address).toMatch(new RegExp(`^${door.house.url}/link/`, 'u'));
    expect((await page()).text).not.toContain(address);
    const visitor = makeVisitor();
    const offer = await prove(visitor, await visitor.get(address), 'bruno');
    expect([offer.url.href, wordsOf(offer).includes(t('appointment.blind'))]).toEqual([address, true]);
    expect(await moderators().of(meadow.id)).toEqual([]);
    const done = await visitor.submit(offer, new URL(address).pathname);
    expect(done.url.pathname).toBe(`/moderation/${meadow.id}`);
    expect((await moderators().of(meadow.id)).map(({ loginName }) => loginName)).toEqual(['bruno']);
    expect((await visitor.get(address)).status).toBe(410);
    // Somebody else's session cannot be made to agree by a form of its own.
    const again = linkOn(await odile.submit(await page(), '/moderators/link'));
    const alix = await signedIn('alix');
    expect((await alix.post(again, {})).status).toBe(403);
    expect((await moderators().of(meadow.id)).map(({ loginName }) => loginName)).toEqual(['bruno']);
    // Withdrawn, it opens nothing.
    await odile.submit(await page(), '/moderators/unlink', {
      link: (await door.house.parts.accounts.appointments.list(meadow.id))[0]?.id ?? '',
    });
    expect((await alix.get(again)).status).toBe(410);
  });

  test('are appointed, listed and dismissed by commands, also by a link', async () => {
    const run = (...args: string[]) => aluco(door.house.environment, ['moderator', ...args]);
    expect(await run('add', meadow.id, 'maud')).toMatchObject({ status: 0 });
    expect((await run('list', meadow.id)).said).toEqual(['bruno daily', 'maud daily']);
    expect(await run('remove', meadow.id, 'bruno')).toMatchObject({ status: 0 });
    expect((await run('list', meadow.id)).said).toEqual(['maud daily']);
    const { said } = await run('add', meadow.id, '--link');
    expect((await (await signedIn('alix')).get(said[0] ?? '')).text).toContain(t('appointment.accept'));
    for (const args of [
      ['add', meadow.id, 'nobody'],
      ['add', 'nowhere', 'maud'],
      ['add', meadow.id],
    ])
      expect((await run(...args)).status, args.join(' ')).not.toBe(0);
  });
});

describe('links for profiles', () => {
  beforeAll(async () => {
    await moderators().appoint(meadow.id, maud.id);
    await door.house.parts.applications.change(meadow.id, { ...settings(), policy: 'invited' });
  });
  const settings = () => {
    const { id: _, ...rest } = meadow;
    return rest;
  };
  const list = (visitor: Visitor) => visitor.get(at(`/moderation/${meadow.id}/invitations`));

  async function make(visitor: Visitor, fields = {}): Promise<string> {
    return linkOn(await visitor.submit(await list(visitor), '/invitations', { uses: '1', days: '7', ...fields }));
  }

  test('lead whoever opens one, after they signed in, to a name, a profile and a button that opens the application', async () => {
    const visitor = await signedIn('maud');
    const address = await make(visitor, { note: 'for the neighbours' });
    expect(wordsOf(await list(visitor))).toContain('for the neighbours');
    expect((await list(visitor)).text).not.toContain(address);
    const guest = makeVisitor((url) => url.hostname === 'meadow.example');
    const form = await prove(guest, await guest.get(address), 'alix');
    expect([form.url.href, form.text.includes('for the neighbours')]).toEqual([address, false]);
    const wrong = await guest.submit(form, new URL(address).pathname, { name: '' });
    expect([wrong.status, Object.keys(problemsOn(wrong))]).toEqual([422, ['#name']]);
    const ready = await guest.submit(wrong, new URL(address).pathname, { name: 'noctua', note: '' });
    expect(textOf(ready)).toContain(t('ready.title', { profile: 'noctua' }));
    const button = ready.document
      .querySelectorAll('main a')
      .find((link) => link.getAttribute('href') === meadow.homeUrl);
    expect(button?.textContent).toBe(t('ready.open', { application: 'Meadow' }));
    // It was for one person.
    expect((await guest.get(address)).status).toBe(410);
    const [profile] = (await door.house.parts.profiles.at((await accountOf('alix')).id, meadow)).profiles;
    expect([profile?.name, profile?.source]).toEqual(['noctua', 'invited']);
  });

  test('make one profile of fifty who use a link at once that is for one', async () => {
    const token = new URL(await make(await signedIn('maud'))).pathname.split('/').at(-1) ?? '';
    const { profiles, applications } = door.house.parts;
    await applications.change(meadow.id, { ...settings(), policy: 'invited', quota: 100 });
    const application = await applications.get(meadow.id);
    const alix = await accountOf('alix');
    const bruno = await accountOf('bruno');
    const made = await Promise.allSettled(
      Array.from({ length: 50 }, (_, number) =>
        profiles.create(number % 2 === 0 ? alix.id : bruno.id, application, {
          name: `crowd${number}`,
          note: '',
          invitation: token,
        }),
      ),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = made.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).message] : []));
    expect(new Set(codes)).toEqual(new Set(['link_gone']));
  });

  test('refuse in words whoever made them, and everybody where the application is closed or is not theirs to enter', async () => {
    const visitor = await signedIn('maud');
    const address = await make(visitor, { uses: '9' });
    const own = await visitor.submit(await visitor.get(address), new URL(address).pathname, {
      name: 'strix',
      note: '',
    });
    expect([own.status >= 400, textOf(own).includes(t('error.own_profile'))]).toEqual([true, true]);
    const { applications } = door.house.parts;
    const bruno = await signedIn('bruno');
    for (const [change, code] of [
      [{ policy: 'closed' }, 'policy_closed'],
      [{ policy: 'invited', entry: { kind: 'nobody' } }, 'entry_refused'],
    ] as const) {
      const form = await bruno.get(address);
      await applications.change(meadow.id, { ...settings(), ...change });
      const refused = await bruno.submit(form, new URL(address).pathname, { name: 'strix', note: '' });
      expect([refused.status >= 400, textOf(refused).includes(t(`error.${code}`))], code).toEqual([true, true]);
      await applications.change(meadow.id, { ...settings(), policy: 'invited' });
    }
    expect((await door.house.parts.moderation.invitations.list(meadow.id)).map(({ uses }) => uses)).toContain(9);
  });

  test('say beside the field what is wrong with a new one, and are withdrawn by a colleague', async () => {
    const visitor = await signedIn('maud');
    const wrong = await visitor.submit(await list(visitor), '/invitations', { uses: '101', days: 'x', note: EVIL });
    expect([wrong.status, Object.keys(problemsOn(wrong))]).toEqual([422, ['#uses']]);
    expect(wrong.text).toContain(ESCAPED);
    const address = await make(visitor, { note: '=1+1' });
    const csv = await visitor.get(at(`/moderation/${meadow.id}/invitations`), { accept: 'text/csv' });
    expect(csv.text).toContain(`'=1+1,1,`);
    const [first, ...rest] = await door.house.parts.moderation.invitations.list(meadow.id);
    for (const { id } of [first, ...rest].filter((one) => one !== undefined)) {
      await odile.submit(await list(odile), '/withdraw', { invitation: id });
    }
    expect((await (await signedIn('bruno')).get(address)).status).toBe(410);
  });
});

async function accountOf(login: string): Promise<Account> {
  const account = await door.house.parts.accounts.findByLogin(login);
  if (account === undefined) throw new Error(`nobody is called ${login}`);
  return account;
}

describe('delegates of a group', () => {
  test('are named by an administrator, fill and empty their group, and see nothing else', async () => {
    const { groups } = door.house.parts.accounts;
    const { id } = await groups.create('Choir');
    await groups.create('Secret society');
    const bruno = await signedIn('bruno');
    expect(navigationOf(await bruno.get(at('/account')))).not.toContain(t('nav.delegated'));
    const group = () => odile.get(at(`/admin/groups/${id}`));
    const wrong = await odile.submit(await group(), '/delegates/add', { login: 'nobody' });
    expect([wrong.status, problemsOn(wrong)]).toEqual([422, { '#delegate-login': t('error.account_unknown') }]);
    await odile.submit(wrong, '/delegates/add', { login: 'bruno' });
    expect((await group()).document.querySelector('#delegate-0')?.textContent).toBe('bruno');

    const own = await bruno.get(at('/groups'));
    expect(navigationOf(own)).toContain(t('nav.delegated'));
    expect([wordsOf(own).includes('Choir'), wordsOf(own).includes('Secret society')]).toEqual([true, false]);
    const page = await bruno.get(at(`/groups/${id}`));
    const nobody = await bruno.submit(page, '/add', { login: 'nobody' });
    expect([nobody.status, problemsOn(nobody)]).toEqual([422, { '#login': t('error.member_unknown') }]);
    const added = await bruno.submit(nobody, '/add', { login: 'alix' });
    expect(await groups.members(id)).toEqual(['alix']);
    for (const more of [(await accountOf('alix')).id, PEOPLE.alix.mailbox, 'home.example'])
      expect(added.text).not.toContain(more);
    const json = await bruno.get(at(`/groups/${id}`), { accept: 'application/json' });
    expect(JSON.parse(json.text)).toEqual({ members: ['alix'] });
    const again = await bruno.submit(added, '/remove', { login: 'alix' });
    expect(await groups.members(id)).toEqual([]);

    await odile.submit(await group(), '/delegates/remove', { account: (await accountOf('bruno')).id });
    const refused = await bruno.submit(again, '/add', { login: 'alix' });
    expect([refused.status, await groups.members(id)]).toEqual([403, []]);
  });

  test('are named, listed and dismissed by commands', async () => {
    const run = (...args: string[]) => aluco(door.house.environment, ['group', ...args]);
    await run('add', 'Band');
    expect(await run('delegate', 'Band', 'add', 'alix')).toMatchObject({ status: 0 });
    expect((await run('delegates', 'Band')).said).toEqual(['alix']);
    expect(await run('delegate', 'Band', 'remove', 'alix')).toMatchObject({ status: 0 });
    expect((await run('delegates', 'Band')).said).toEqual([]);
    for (const args of [
      ['Band', 'add', 'nobody'],
      ['Nothing', 'add', 'alix'],
      ['Band', 'fill', 'alix'],
    ])
      expect((await run('delegate', ...args)).status, args.join(' ')).not.toBe(0);
  });
});
