import { afterAll, beforeAll, expect, test } from 'vitest';
import { openService, begin, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type Caught, type MailCatcher } from '../mail-catcher.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';
import { answered } from '../working.ts';
import { translator } from '../../views/text.ts';

const t = translator('en');
const CHOSEN = 'onze effraies rousses';

let catcher: MailCatcher;
let house: House;
let blog: Service;
beforeAll(async () => {
  catcher = await openMailCatcher();
  house = await openHouse({ settings: { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@example.org' } });
  for (const name of ['odile', 'alix', 'bruno', 'maud'] as const) await addPerson(house.parts, name);
  blog = await openService(house, 'Blog');
});
afterAll(async () => {
  await blog?.close();
  await house.close();
  await catcher.close();
});

const newBrowser = (): Visitor => makeVisitor((url) => blog.isHome(url));

/** Asks for help with signing in, on the sign-in that the page is of. */
async function ask(visitor: Visitor, signIn: Page, identifier: string): Promise<Page> {
  // What was written before leaves before: letters of one delivery leave in any order.
  await house.parts.mail.deliver();
  const page = await visitor.get(`${signIn.url.href}/forgotten`);
  return visitor.submit(page, '/forgotten', { identifier, ...answered(page) });
}

/** The last letter that came to a mailbox. */
async function letterTo(mailbox: string): Promise<{ letter: Caught; link: string }> {
  await house.parts.mail.deliver();
  const letter = catcher.letters.findLast(({ to }) => to === mailbox);
  if (letter === undefined) throw new Error(`no letter to ${mailbox}`);
  return { letter, link: letter.links.find((link) => link.includes('/link/')) ?? '' };
}

const choose = async (visitor: Visitor, link: string, password = CHOSEN): Promise<Page> =>
  visitor.submit(await visitor.get(link), new URL(link).pathname, { password });

const onward = (page: Page): string =>
  new URL(page.document.querySelector('a.button.primary')?.getAttribute('href') ?? '', page.url).href;

async function restore(person: PersonName): Promise<void> {
  const account = await house.parts.accounts.findByLogin(person);
  await house.parts.accounts.changePassword(account?.id ?? '', { current: CHOSEN, next: PEOPLE[person].password });
}

test('Alix comes back to the application she was on her way to, in the same browser, by signing in', async () => {
  const alix = newBrowser();
  const signIn = await alix.get((await begin(blog)).url);
  const sent = await ask(alix, signIn, PEOPLE.alix.mailbox);
  expect([sent.status, sent.url.pathname]).toEqual([200, `${signIn.url.pathname}/letter-sent`]);
  const { letter, link } = await letterTo(PEOPLE.alix.mailbox);
  expect(letter.text).toContain('alix');
  const done = await choose(alix, link);
  expect(textOf(done)).toContain(t('recovery.done', { login: 'alix' }));
  // By mail alone nobody is signed in.
  expect((await alix.get(`${house.url}/account`)).url.pathname).toMatch(/^\/journey\//u);
  const back = await alix.get(onward(done));
  expect(back.url.pathname).toBe(signIn.url.pathname);
  const profile = await alix.submit(back, '/sign-in', { login: 'alix', password: CHOSEN });
  expect(profile.document.querySelector('form[action$="/create"]')).not.toBeNull();
  await letterTo(PEOPLE.alix.mailbox);
  await restore('alix');
});

test('in another browser the link leads to the address of the application, and nowhere else', async () => {
  const signIn = await newBrowser().get((await begin(blog)).url);
  const asking = newBrowser();
  const page = await asking.get((await begin(blog)).url);
  await ask(asking, page, 'bruno');
  const { link } = await letterTo(PEOPLE.bruno.mailbox);
  const telephone = newBrowser();
  const done = await choose(telephone, link);
  const ended = await telephone.get(onward(done));
  expect([ended.status, onward(ended)]).toEqual([200, `${blog.url}/`]);
  for (const wrong of ['nobody', 'https://evil.net/', '//evil.net', '/\\evil.net', '']) {
    const query = new URLSearchParams({ application: wrong }).toString();
    const other = await telephone.get(`${signIn.url.href}/onward?${query}`);
    expect([wrong, other.url.origin, other.text.includes('evil')]).toEqual([wrong, house.url, false]);
  }
  await letterTo(PEOPLE.bruno.mailbox);
  await restore('bruno');
});

test('asked on the way to her own pages, the way leads there', async () => {
  const maud = newBrowser();
  const signIn = await maud.get(`${house.url}/activity`);
  await ask(maud, signIn, 'maud');
  const { link } = await letterTo(PEOPLE.maud.mailbox);
  const elsewhere = newBrowser();
  const done = await choose(elsewhere, link);
  expect((await elsewhere.get(onward(done))).url.origin).toBe(house.url);
  const back = await maud.get(onward(done));
  const activity = await maud.submit(back, '/sign-in', { login: 'maud', password: CHOSEN });
  expect(activity.url.pathname).toBe('/activity');
  expect(activity.text).toContain(t('event.password_recovered'));
  await letterTo(PEOPLE.maud.mailbox);
  await restore('maud');
});

test('the form says what is wrong with what was typed, and asks for the work first', async () => {
  const visitor = newBrowser();
  const signIn = await visitor.get(`${house.url}/account`);
  const page = await visitor.get(`${signIn.url.href}/forgotten`);
  await house.parts.mail.deliver();
  const before = catcher.letters.length;
  const idle = await visitor.submit(page, '/forgotten', { identifier: PEOPLE.odile.mailbox });
  expect([idle.status, idle.document.querySelector('.problem a')?.getAttribute('href')]).toEqual([422, '#work']);
  const wrong = await visitor.submit(idle, '/forgotten', { identifier: 'odile@', ...answered(idle) });
  expect([wrong.status, wrong.document.querySelector('.problem a')?.getAttribute('href')]).toEqual([
    422,
    '#identifier',
  ]);
  expect(wrong.document.querySelector('#identifier')?.getAttribute('value')).toBe('odile@');
  await house.parts.mail.deliver();
  expect(catcher.letters.length).toBe(before);
});

test('without mail the page says whom to ask, and has no form', async () => {
  const mute = await openHouse({ settings: { ALUCO_CONTACT: 'the desk at the hall' } });
  try {
    const visitor = makeVisitor();
    const signIn = await visitor.get(`${mute.url}/account`);
    const page = await visitor.get(`${signIn.url.href}/forgotten`);
    expect([page.document.querySelector('main form'), page.text.includes('the desk at the hall')]).toEqual([
      null,
      true,
    ]);
    const csrf = signIn.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';
    expect((await visitor.post(`${signIn.url.href}/forgotten`, { csrf, identifier: 'alix' })).status).toBe(404);
  } finally {
    await mute.close();
  }
});

test('an administrator starts a link: it waits, its owner reads of it and stops it', async () => {
  const odile = newBrowser();
  await odile.submit(await odile.get(`${house.url}/account`), '/sign-in', {
    login: 'odile',
    password: PEOPLE.odile.password,
  });
  const bruno = await house.parts.accounts.findByLogin('bruno');
  const page = await odile.get(`${house.url}/admin/accounts/${bruno?.id}`);
  expect(page.text).toContain(t('admin.account.link_waits', { hours: 24 }));
  // He has no second factor: there is nothing to lose.
  expect(page.document.querySelector('input[name=factors]')).toBeNull();
  const made = await odile.submit(page, '/link');
  const address = made.text.match(/https?:\/\/[^\s<"]+\/link\/[\w-]+/u)?.[0] ?? '';
  const waiting = await newBrowser().get(address);
  expect([waiting.status, textOf(waiting).includes(t('link.waits_title'))]).toEqual([200, true]);
  expect(waiting.document.querySelector('input[name=password]')).toBeNull();
  expect((await newBrowser().post(address, { password: CHOSEN })).status).toBe(409);

  const { letter, link } = await letterTo(PEOPLE.bruno.mailbox);
  expect(letter.text).not.toContain(address);
  const owner = newBrowser();
  const stop = await owner.get(link);
  expect(textOf(stop)).toContain(t('stop_link.title'));
  const stopped = await owner.submit(stop, new URL(link).pathname);
  expect(textOf(stopped)).toContain(t('stop_link.done_title'));
  expect([(await owner.get(address)).status, (await owner.get(link)).status]).toEqual([410, 410]);

  // And the same on his own page, where he reads of it too.
  await odile.submit(made, '/link');
  const account = await owner.submit(await owner.get(`${house.url}/account`), '/sign-in', {
    login: 'bruno',
    password: PEOPLE.bruno.password,
  });
  expect(account.text).toContain(t('account.link_title'));
  const said = await owner.submit(account, '/account/stop-link');
  expect(said.text).toContain(t('notice.link_stopped'));
  expect(said.text).not.toContain(t('account.link_title'));
  const activity = await owner.get(`${house.url}/activity`);
  expect(activity.text).toContain(t('event.link_stopped'));
});
