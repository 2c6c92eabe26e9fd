import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type Caught, type MailCatcher } from '../mail-catcher.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';
import { translator } from '../../views/text.ts';

const t = translator('en');
const MINUTE = 60_000;

let catcher: MailCatcher;
let house: House;
let now = Date.now();
beforeAll(async () => {
  catcher = await openMailCatcher();
  house = await openHouse({
    now: () => now,
    settings: { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@example.org' },
  });
  for (const name of ['odile', 'alix', 'bruno', 'maud'] as const) await addPerson(house.parts, name);
});
afterAll(async () => {
  await house.close();
  await catcher.close();
});

async function signedIn(person: PersonName, path = '/account'): Promise<{ visitor: Visitor; page: Page }> {
  const visitor = makeVisitor();
  const { loginName: login, password } = PEOPLE[person];
  const page = await visitor.submit(await visitor.get(`${house.url}${path}`), '/sign-in', { login, password });
  return { visitor, page };
}

async function letterTo(mailbox: string): Promise<{ letter: Caught; link: string }> {
  await house.parts.mail.deliver();
  const letter = await catcher.next(mailbox);
  return { letter, link: letter.links.find((link) => link.includes('/link/')) ?? '' };
}

async function confirm(link: string, visitor = makeVisitor()): Promise<Page> {
  return visitor.submit(await visitor.get(link), new URL(link).pathname);
}

test('A53: Alix changes her address: it counts once it is confirmed, and the one before takes it back', async () => {
  const { visitor, page } = await signedIn('alix', '/account/mailbox');
  expect(page.url.pathname).toBe('/account/mailbox');
  expect(page.document.querySelector('input[type=password]')).toBeNull();
  const wrong = await visitor.submit(page, '/account/mailbox', { mailbox: 'alix' });
  expect([wrong.status, wrong.document.querySelector('#mailbox-error') !== null]).toEqual([422, true]);
  const sent = await visitor.submit(wrong, '/account/mailbox', { mailbox: 'alix@else.example' });
  expect(sent.text).toContain(t('notice.letter_sent'));
  expect(sent.text).toContain(t('account.address_pending'));
  const { link } = await letterTo('alix@else.example');
  // Opened wherever she reads her mail.
  const telephone = makeVisitor();
  const asked = await telephone.get(link);
  expect(textOf(asked)).toContain(t('mailbox.confirm', { login: 'alix', instance: 'Aluco' }));
  expect((await visitor.get(`${house.url}/account`)).text).toContain(t('account.address_pending'));
  const done = await telephone.submit(asked, new URL(link).pathname);
  expect(textOf(done)).toContain(t('mailbox.confirmed_title'));
  expect((await telephone.get(link)).status).toBe(410);
  expect((await visitor.get(`${house.url}/account`)).text).not.toContain(t('account.address_pending'));

  const { link: undo } = await letterTo(PEOPLE.alix.mailbox);
  expect(textOf(await telephone.get(undo))).toContain(t('mailbox.undo_title'));
  const undone = await confirm(undo);
  expect(textOf(undone)).toContain(t('mailbox.undone_title'));
  expect(await house.parts.accounts.findByLogin('alix')).toMatchObject({ mailbox: PEOPLE.alix.mailbox });
  // Whoever changed it is signed in no more.
  expect((await visitor.get(`${house.url}/account`)).url.pathname).toMatch(/^\/journey\//u);
});

test('A53: a proof of ten minutes ago changes neither address nor password: one proves again and comes back', async () => {
  const { visitor } = await signedIn('bruno');
  for (const path of ['/account/mailbox', '/account/second-mailbox', '/account/password']) {
    now += 11 * MINUTE;
    const asked = await visitor.get(`${house.url}${path}`);
    expect([path, asked.url.pathname]).toEqual([path, expect.stringMatching(/^\/journey\//u)]);
    const back = await visitor.submit(asked, '/sign-in', { login: 'bruno', password: PEOPLE.bruno.password });
    expect(back.url.pathname).toBe(path);
  }
  const page = await visitor.get(`${house.url}/account/mailbox`);
  now += 21 * MINUTE;
  const refused = await visitor.submit(page, '/account/mailbox', { mailbox: 'late@else.example' });
  expect(refused.url.pathname).toMatch(/^\/journey\//u);
  const back = await visitor.submit(refused, '/sign-in', { login: 'bruno', password: PEOPLE.bruno.password });
  expect([back.status, back.url.pathname]).toEqual([200, '/account/mailbox']);
  const { accounts } = house.parts;
  const bruno = await accounts.findByLogin('bruno');
  expect(await accounts.mailboxes.pending(bruno?.id ?? '', 'first')).toBeUndefined();
});

test('a change that waits is sent again and taken back on its page', async () => {
  const { visitor, page } = await signedIn('bruno', '/account/mailbox');
  await visitor.submit(page, '/account/mailbox', { mailbox: 'bruno@else.example' });
  const first = await letterTo('bruno@else.example');
  const waiting = await visitor.get(`${house.url}/account/mailbox`);
  expect((await visitor.submit(waiting, '/again')).text).toContain(t('notice.letter_sent'));
  const second = await letterTo('bruno@else.example');
  expect([(await visitor.get(first.link)).status, (await visitor.get(second.link)).status]).toEqual([410, 200]);
  const kept = await visitor.submit(waiting, '/withdraw');
  expect(kept.text).toContain(t('notice.change_withdrawn'));
  expect((await visitor.get(second.link)).status).toBe(410);
  for (const below of ['again', 'withdraw'])
    expect((await visitor.get(`${house.url}/account/mailbox/${below}`)).url.pathname).toBe('/account/mailbox');
});

test('A44: an address of somebody else gets the same page; only whoever reads its mail learns why not', async () => {
  const { visitor, page } = await signedIn('maud', '/account/mailbox');
  const sent = await visitor.submit(page, '/account/mailbox', { mailbox: PEOPLE.odile.mailbox });
  const { link } = await letterTo(PEOPLE.odile.mailbox);
  const fresh = await visitor.submit(page, '/account/mailbox', { mailbox: 'odette@nobody.example' });
  const words = (one: Page): string => one.document.querySelector('main')?.textContent ?? '';
  expect(words(sent).replaceAll(PEOPLE.odile.mailbox, 'ADDRESS')).toBe(
    words(fresh).replaceAll('odette@nobody.example', 'ADDRESS'),
  );
  await visitor.submit(page, '/account/mailbox', { mailbox: PEOPLE.odile.mailbox });
  const again = await letterTo(PEOPLE.odile.mailbox);
  expect((await makeVisitor().get(link)).status).toBe(410);
  const refused = await confirm(again.link);
  expect([refused.status, textOf(refused).includes(t('error.mailbox_elsewhere'))]).toEqual([409, true]);
  expect(await house.parts.accounts.findByLogin('maud')).toMatchObject({ mailbox: PEOPLE.maud.mailbox });
});

test('a second address is added and removed on its page', async () => {
  const { visitor, page } = await signedIn('maud', '/account/second-mailbox');
  await visitor.submit(page, '/account/second-mailbox', { mailbox: 'aunt@else.example' });
  const { link } = await letterTo('aunt@else.example');
  const done = await confirm(link);
  expect(textOf(done)).toContain(t('mailbox.confirmed_second'));
  const shown = await visitor.get(`${house.url}/account`);
  expect(shown.document.querySelector('main')?.textContent).toContain('aunt@else.example');
  const removed = await visitor.submit(await visitor.get(`${house.url}/account/second-mailbox`), '/remove');
  expect(removed.text).toContain(t('notice.second_removed'));
  expect(removed.document.querySelector('main')?.textContent).not.toContain('aunt@else.example');
  expect((await visitor.get(`${house.url}/account/second-mailbox/remove`)).url.pathname).toBe(
    '/account/second-mailbox',
  );
  const activity = await visitor.get(`${house.url}/activity`);
  expect(activity.text.split(t('event.second_address_changed'))).toHaveLength(3);
});

test('P6: no page shows a mailbox to anybody but its owner, nor who has one', async () => {
  const { visitor: odile } = await signedIn('odile');
  const maud = await house.parts.accounts.findByLogin('maud');
  const { visitor: bruno } = await signedIn('bruno');
  for (const [visitor, path] of [
    [odile, `/admin/accounts/${maud?.id}`],
    [odile, '/admin/accounts'],
    [bruno, '/account'],
    [bruno, '/account/mailbox'],
  ] as const) {
    const page = await visitor.get(`${house.url}${path}`);
    expect([path, page.status, page.text.includes(PEOPLE.maud.mailbox)]).toEqual([path, 200, false]);
  }
});

test('without mail the address is kept as it is given, not verified, and there is no second one', async () => {
  const mute = await openHouse();
  try {
    await addPerson(mute.parts, 'alix');
    const visitor = makeVisitor();
    const { loginName: login, password } = PEOPLE.alix;
    const page = await visitor.submit(await visitor.get(`${mute.url}/account/mailbox`), '/sign-in', {
      login,
      password,
    });
    const said = await visitor.submit(page, '/account/mailbox', { mailbox: 'alix@else.example' });
    expect(said.text).toContain(t('notice.address_changed'));
    expect(said.text).toContain(t('account.address_unverified'));
    expect(await mute.parts.accounts.findByLogin('alix')).toMatchObject({
      mailbox: 'alix@else.example',
      mailboxVerified: false,
    });
    expect((await visitor.get(`${mute.url}/account/second-mailbox`)).status).toBe(404);
  } finally {
    await mute.close();
  }
});
