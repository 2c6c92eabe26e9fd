import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { translator } from '../../views/text.ts';
import { begin, openService, receive, type Service } from '../application.ts';
import { askFor, CHOSEN, followNoAccount, openDoor, proveAs, useLink, WHY, type OpenDoor } from '../open-door.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { answerOn, ask, openWiki, type Wiki } from '../service-provider.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';
import { answered } from '../working.ts';

const t = translator('en');
const wordsOf = ({ document }: Page): string => document.textContent.replaceAll(/\s+/gu, ' ');

let door: OpenDoor;
let meadow: Service;
let wiki: Wiki;
beforeAll(async () => {
  door = await openDoor('open');
  await addPerson(door.house.parts, 'odile');
  meadow = await openService(door.house, 'Meadow');
  wiki = await openWiki(door.house, 'Wiki');
});
afterAll(async () => {
  await meadow.close();
  await door.close();
});

let number = 0;
let name: string;
let mailbox: string;
beforeEach(() => {
  number += 1;
  name = `newcomer${number}`;
  mailbox = `${name}@home.example`;
});

const browser = (): Visitor => makeVisitor((url) => meadow.isHome(url) || wiki.isHome(url));
const at = (path: string): string => `${door.house.url}${path}`;
const findByName = () => door.house.parts.accounts.findByLogin(name);

test('a newcomer makes an account from the portal, and is in it in the browser that asked', async () => {
  const visitor = browser();
  const signIn = await visitor.get(at('/account'));
  const form = await followNoAccount(visitor, signIn);
  expect(textOf(form)).toContain(t('sign_up.title', { instance: 'Aluco' }));
  const wrong = await visitor.submit(form, '/sign-up', { mailbox: 'nobody', ...answered(form) });
  expect([wrong.status, wrong.document.querySelector('#mailbox-error') !== null]).toEqual([422, true]);
  const sent = await visitor.submit(wrong, '/sign-up', { mailbox, ...answered(wrong) });
  expect(sent.url.pathname).toMatch(/\/sign-up\/sent$/u);
  expect(textOf(sent)).toContain(t('sign_up.sent_title'));
  const link = await door.linkTo(mailbox);
  expect(await findByName()).toBeUndefined();
  const page = await visitor.get(at(link));
  expect(wordsOf(page)).toContain(mailbox);
  const weak = await visitor.submit(page, link, { loginName: name, password: 'short' });
  expect([weak.status, weak.document.querySelector('input[name=loginName]')?.getAttribute('value')]).toEqual([
    422,
    name,
  ]);
  const home = await visitor.submit(weak, link, { loginName: name, password: CHOSEN });
  expect([home.status, home.url.pathname]).toEqual([200, '/account']);
  expect(await findByName()).toMatchObject({ mailbox, mailboxVerified: true, status: 'active' });
  expect((await makeVisitor().get(at(link))).status).toBe(410);
  // Somebody's very first sign-in is no news to them.
  await door.house.parts.mail.deliver();
  expect(door.catcher.letters.filter(({ to }) => to === mailbox)).toHaveLength(1);
});

describe('a sign-in that an application began', () => {
  test('goes on in the same browser, by OpenID Connect', async () => {
    const visitor = browser();
    const attempt = await begin(meadow);
    await askFor(visitor, await visitor.get(attempt.url), mailbox);
    const next = await useLink(visitor, at(await door.linkTo(mailbox)), name);
    expect(textOf(next)).toContain(t('create.title', { application: 'Meadow' }));
    const end = await visitor.submit(next, '/create', { name, note: '' });
    const { userinfo } = await receive(meadow, attempt, end.url);
    expect(userinfo.preferred_username).toBe(name);
    // The session began there: the portal needs no password.
    expect((await visitor.get(at('/account'))).url.pathname).toBe('/account');
  });

  test('goes on in the same browser, by SAML', async () => {
    const visitor = browser();
    const asked = ask(wiki);
    await askFor(visitor, await visitor.get(asked.url), mailbox);
    const next = await useLink(visitor, at(await door.linkTo(mailbox)), name);
    const end = await visitor.submit(next, '/create', { name, note: '' });
    const answer = answerOn(end);
    expect([answer.action, answer.xml.includes(`InResponseTo="${asked.id}"`)]).toEqual([wiki.consumer, true]);
  });

  test('ends on another device at the application’s address, signed in here and nowhere else', async () => {
    for (const application of ['Meadow', 'Wiki'] as const) {
      number += 1;
      [name, mailbox] = [`newcomer${number}`, `newcomer${number}@home.example`];
      const desk = browser();
      const first = application === 'Meadow' ? (await begin(meadow)).url : ask(wiki).url;
      const signIn = await desk.get(first);
      await askFor(desk, signIn, mailbox);
      const phone = browser();
      const page = await useLink(phone, at(await door.linkTo(mailbox)), name);
      expect(textOf(page)).toContain(t('sign_up.made_title'));
      const out = page.document.querySelectorAll('main a.button').map((link) => link.getAttribute('href'));
      expect(out).toEqual([application === 'Meadow' ? meadow.url : wiki.url]);
      expect((await phone.get(at('/account'))).url.pathname).toBe('/account');
      const back = await desk.get(signIn.url);
      expect(back.document.querySelector('input[name=password]')).not.toBeNull();
    }
  });

  test('ends at our own address where it was gone: no address in a link leads anywhere else', async () => {
    const visitor = browser();
    await askFor(visitor, await visitor.get(at('/account')), mailbox);
    const link = await door.linkTo(mailbox);
    const phone = makeVisitor();
    const page = await useLink(phone, at(`${link}?back=https://evil.net/&homeUrl=https://evil.net/`), name);
    const out = page.document.querySelectorAll('main a').map((one) => one.getAttribute('href'));
    expect(out).toEqual(['/']);
    expect(page.text).not.toContain('evil.net');
  });

  test('with prompt=create begins with a new account, and has a way to the one that is there', async () => {
    const visitor = browser();
    const page = await visitor.get((await begin(meadow, { prompt: 'create' })).url);
    expect(textOf(page)).toContain(t('sign_up.title', { instance: 'Aluco' }));
    const other = page.document.querySelectorAll('.ways a').map((link) => link.getAttribute('href') ?? '')[0] ?? '';
    expect((await visitor.get(new URL(other, page.url))).document.querySelector('input[name=password]')).not.toBeNull();
    const sent = await visitor.submit(page, '/sign-up', { mailbox, ...answered(page) });
    expect(sent.url.pathname).toMatch(/\/sent$/u);
    const next = await useLink(visitor, at(await door.linkTo(mailbox)), name);
    expect(textOf(next)).toContain(t('create.title', { application: 'Meadow' }));
  });
});

test('a link opened by somebody who is signed in is not used up, not even by its form', async () => {
  const asker = browser();
  await askFor(asker, await asker.get(at('/account')), mailbox);
  const link = await door.linkTo(mailbox);
  const odile = browser();
  await proveAs(odile, await odile.get(at('/account')), PEOPLE.odile.loginName, PEOPLE.odile.password);
  const page = await odile.get(at(link));
  expect(textOf(page)).toContain(t('link.other_title', { login: 'odile' }));
  expect((await odile.post(at(link), { loginName: name, password: CHOSEN })).status).toBe(409);
  expect(await findByName()).toBeUndefined();
  await odile.submit(page, '/sign-out');
  expect((await useLink(odile, at(link), name)).status).toBe(200);
  expect(await findByName()).toBeDefined();
});

test('the rules are accepted where there are any, and read before', async () => {
  const { house } = door;
  await house.parts.house.change({ ALUCO_TERMS_VERSION: '2026-11', ALUCO_RULES_URL: 'https://rules.example/' });
  await house.renew();
  try {
    const visitor = browser();
    await askFor(visitor, await visitor.get(at('/account')), mailbox);
    const link = await door.linkTo(mailbox);
    const page = await visitor.get(at(link));
    expect(page.document.querySelector('main form a[href="https://rules.example/"]')).not.toBeNull();
    const refused = await visitor.submit(page, link, { loginName: name, password: CHOSEN });
    expect([refused.status, refused.document.querySelector('#terms-error') !== null]).toEqual([422, true]);
    const chosen = { loginName: name, password: CHOSEN, terms: 'on' };
    // Others than this page showed: the rules changed meanwhile.
    expect((await visitor.submit(refused, link, { ...chosen, version: '2026-10' })).status).toBe(422);
    const home = await visitor.submit(refused, link, chosen);
    expect(home.url.pathname).toBe('/account');
    expect((await findByName())?.termsAccepted).toBe('2026-11');
  } finally {
    await house.parts.house.change({ ALUCO_TERMS_VERSION: '', ALUCO_RULES_URL: '' });
    await house.renew();
  }
});

describe('a house that changes how people are let in', () => {
  afterEach(() => door.letIn('open'));

  test('says so on the link once it is closed, and takes nobody', async () => {
    const visitor = browser();
    await askFor(visitor, await visitor.get(at('/account')), mailbox);
    const link = await door.linkTo(mailbox);
    const page = await visitor.get(at(link));
    await door.letIn('closed');
    expect(textOf(await visitor.get(at(link)))).toContain(t('sign_up.closed_title'));
    const late = await visitor.submit(page, link, { loginName: name, password: CHOSEN });
    expect([late.status, await findByName()]).toEqual([403, undefined]);
    const signIn = await visitor.get(at('/account'));
    const none = await followNoAccount(visitor, signIn);
    expect(textOf(none)).toContain(t('no_account.title'));
    // Nor by the address of the page, nor by a form that was open.
    const path = signIn.url.pathname;
    expect(textOf(await visitor.get(at(`${path}/sign-up`)))).toContain(t('no_account.title'));
    const csrf = signIn.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
    expect(textOf(await visitor.post(at(`${path}/sign-up`), { csrf, mailbox }))).toContain(t('no_account.title'));
    const prompted = await browser().get((await begin(meadow, { prompt: 'create' })).url);
    expect(prompted.document.querySelector('input[name=password]')).not.toBeNull();
  });

  test('asks for a reason on a link made before it wanted one', async () => {
    const visitor = browser();
    await askFor(visitor, await visitor.get(at('/account')), mailbox);
    const link = await door.linkTo(mailbox);
    const page = await visitor.get(at(link));
    expect(page.document.querySelector('textarea')).toBeNull();
    await door.letIn('approval');
    const asked = await visitor.submit(page, link, { loginName: name, password: CHOSEN });
    expect([asked.status, asked.document.querySelector('#reason-error') !== null]).toEqual([422, true]);
    const waiting = await visitor.submit(asked, link, { loginName: name, password: CHOSEN, reason: WHY });
    expect(textOf(waiting)).toContain(t('applicant.title'));
  });
});

test('without mail nobody is offered an account, whatever the house says', async () => {
  const silent = await openDoor('open', { settings: { ALUCO_SMTP: '', ALUCO_MAIL_FROM: '' } });
  try {
    await addPerson(silent.house.parts, 'odile');
    const visitor = makeVisitor();
    const page = await followNoAccount(visitor, await visitor.get(`${silent.house.url}/account`));
    expect(textOf(page)).toContain(t('no_account.title'));
  } finally {
    await silent.close();
  }
});
