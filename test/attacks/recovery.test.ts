import { generate } from 'otplib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type Caught, type MailCatcher } from '../mail-catcher.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';
import { answered, worked } from '../working.ts';
import { withoutChance } from './sameness.ts';

const CHOSEN = 'onze effraies rousses';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let catcher: MailCatcher;
let house: House;
let now = Date.now();
beforeAll(async () => {
  catcher = await openMailCatcher();
  house = await openHouse({
    now: () => now,
    settings: { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@example.org' },
  });
  for (const name of ['odile', 'alix', 'bruno'] as const) await addPerson(house.parts, name);
});
afterAll(async () => {
  await house.close();
  await catcher.close();
});

/** Asks for help in a browser of its own, a while after whatever was asked before. */
async function ask(identifier: string, headers: Record<string, string> = {}): Promise<Page> {
  // What was written before leaves before: letters of one delivery leave in any order.
  await house.parts.mail.deliver();
  now += 3 * HOUR;
  const visitor = makeVisitor();
  const signIn = await visitor.get(`${house.url}/account`, headers);
  const page = await visitor.get(`${signIn.url.href}/forgotten`, headers);
  const input = (name: string): string =>
    page.document.querySelector(`main input[name=${name}]`)?.getAttribute('value') ?? '';
  const [csrf, work_question] = [input('csrf'), input('work_question')];
  return visitor.post(`${signIn.url.href}/forgotten`, { csrf, work_question, identifier, ...answered(page) }, headers);
}

/** The last letter that came to a mailbox. */
async function letterTo(mailbox: string): Promise<{ letter: Caught; link: string }> {
  await house.parts.mail.deliver();
  const letter = catcher.letters.findLast(({ to }) => to === mailbox);
  if (letter === undefined) throw new Error(`no letter to ${mailbox}`);
  return { letter, link: letter.links.find((link) => link.includes('/link/')) ?? '' };
}

const choose = async (link: string, password = CHOSEN, visitor = makeVisitor()): Promise<Page> =>
  visitor.submit(await visitor.get(link), new URL(link).pathname, { password });

async function signIn(login: string, password: string, visitor = makeVisitor()): Promise<Page> {
  const page = await visitor.submit(await visitor.get(`${house.url}/account`), '/sign-in', { login, password });
  if (page.document.querySelector('[data-challenge]') === null) return page;
  return visitor.submit(page, '/sign-in', { login, password, ...(await worked(page)) });
}

const isIn = async (visitor: Visitor): Promise<boolean> =>
  (await visitor.get(`${house.url}/account`)).url.pathname === '/account';

async function restore(person: PersonName, from = CHOSEN): Promise<void> {
  const account = await house.parts.accounts.findByLogin(person);
  await house.parts.accounts.changePassword(account?.id ?? '', { current: from, next: PEOPLE[person].password });
  await letterTo(PEOPLE[person].mailbox);
}

test('A44: the page is the same whether there is such an account, such a mailbox, or nobody at all', async () => {
  await house.parts.accounts.add({
    loginName: 'silent',
    password: CHOSEN,
    mailbox: 'silent@home.example',
    language: 'fr',
  });
  const pages = new Map<string, string>();
  for (const identifier of [
    'alix',
    PEOPLE.alix.mailbox,
    'nobody',
    'nobody@else.example',
    'silent',
    'silent@home.example',
  ])
    pages.set(identifier, withoutChance(await ask(identifier)));
  expect(new Set(pages.values()).size).toBe(1);
  await house.parts.mail.deliver();
  const kinds = (to: string): string[] => catcher.letters.filter((one) => one.to === to).map((one) => one.subject);
  expect([kinds(PEOPLE.alix.mailbox).length, kinds('nobody@else.example').length]).toEqual([2, 1]);
  expect(kinds('nobody@else.example')).not.toEqual(kinds(PEOPLE.alix.mailbox).slice(1));
  // The mailbox that silent only says is theirs is nobody's.
  expect(kinds('silent@home.example')).toEqual(kinds('nobody@else.example'));
  for (let at = 0; at < 2; at += 1) await letterTo(PEOPLE.alix.mailbox);
});

test('A44: once there were too many letters the page is still the same', async () => {
  const first = withoutChance(await ask('bruno'));
  now -= 9 * HOUR;
  const pages: string[] = [];
  for (let at = 0; at < 3; at += 1) {
    pages.push(withoutChance(await ask('bruno')));
    now -= 3 * HOUR;
  }
  now += 9 * HOUR;
  expect(new Set([first, ...pages]).size).toBe(1);
  await letterTo(PEOPLE.bruno.mailbox);
});

test.each([
  ['Host', { host: 'evil.net' }],
  ['X-Forwarded-Host', { 'x-forwarded-host': 'evil.net', 'x-forwarded-proto': 'https' }],
  ['Forwarded', { forwarded: 'host=evil.net;proto=https' }],
  ['X-Original-Host', { 'x-original-host': 'evil.net' }],
])('A47: %s of anybody stands in no letter', async (_name, headers) => {
  await ask('alix', headers);
  const { letter, link } = await letterTo(PEOPLE.alix.mailbox);
  expect(new URL(link).origin).toBe(house.url);
  expect(letter.raw).not.toContain('evil');
});

test('A51: asking for the link changes nothing, by whatever method, and no page says it to anybody else', async () => {
  await ask('alix');
  const { link } = await letterTo(PEOPLE.alix.mailbox);
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'GET'])
    await fetch(`${link}?password=${encodeURIComponent(CHOSEN)}`, { method });
  expect((await signIn('alix', PEOPLE.alix.password)).url.pathname).toBe('/account');
  const page = await makeVisitor().get(link);
  expect(page.status).toBe(200);
  expect(page.headers.get('cache-control')).toBe('no-store');
  expect(page.headers.get('referrer-policy')).toBe('same-origin');
  // Nothing on it is asked for elsewhere, and nothing leads elsewhere.
  const addresses = page.document
    .querySelectorAll('[src], [href], [action]')
    .map((one) => one.getAttribute('src') ?? one.getAttribute('href') ?? one.getAttribute('action') ?? '');
  expect(addresses.length).toBeGreaterThan(3);
  expect(addresses.filter((address) => new URL(address, house.url).origin !== house.url)).toEqual([]);
  const forged = await fetch(link, {
    method: 'POST',
    body: new URLSearchParams({ password: CHOSEN }),
    headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.net' },
  });
  expect(forged.status).toBe(403);
  expect((await choose(link)).status).toBe(200);
  await letterTo(PEOPLE.alix.mailbox);
  await restore('alix');
});

test('A51: a link serves once, not after half an hour, not after a change of the password, and only its own account', async () => {
  await ask('alix');
  const used = (await letterTo(PEOPLE.alix.mailbox)).link;
  expect((await choose(used)).status).toBe(200);
  await letterTo(PEOPLE.alix.mailbox);
  expect((await makeVisitor().get(used)).status).toBe(410);
  expect((await makeVisitor().post(used, { password: 'douze effraies rousses' })).status).toBe(410);
  expect((await signIn('bruno', CHOSEN)).status).toBe(422);

  await ask('alix');
  const late = (await letterTo(PEOPLE.alix.mailbox)).link;
  const visitor = makeVisitor();
  const page = await visitor.get(late);
  now += 30 * MINUTE;
  expect((await visitor.submit(page, new URL(late).pathname, { password: 'douze effraies rousses' })).status).toBe(410);

  await ask('alix');
  const before = (await letterTo(PEOPLE.alix.mailbox)).link;
  await restore('alix');
  expect((await makeVisitor().post(before, { password: CHOSEN })).status).toBe(410);
  expect((await signIn('alix', PEOPLE.alix.password)).url.pathname).toBe('/account');
});

test('A51: opened where somebody else is signed in it is not used up, and says nothing of whose it is', async () => {
  await ask('alix');
  const { link } = await letterTo(PEOPLE.alix.mailbox);
  const bruno = makeVisitor();
  await signIn('bruno', PEOPLE.bruno.password, bruno);
  const page = await bruno.get(link);
  expect(page.document.querySelector('input[name=password]')).toBeNull();
  expect(page.text).not.toContain('alix');
  expect((await bruno.post(link, { password: CHOSEN })).status).toBe(409);
  expect((await makeVisitor().get(link)).status).toBe(200);
});

test('A52: a new password by mail does not go past the second factor, ends every session and tells the owner', async () => {
  const { accounts } = house.parts;
  const bruno = await accounts.findByLogin('bruno');
  if (bruno === undefined) throw new Error('no Bruno');
  const thief = makeVisitor();
  await signIn('bruno', PEOPLE.bruno.password, thief);
  expect(await isIn(thief)).toBe(true);
  const { setUp, secret } = await accounts.secondFactors.totp.begin(bruno);
  const code = await generate({ secret, epoch: Math.floor(now / 1000) });
  await accounts.secondFactors.totp.confirm(bruno.id, { setUp, code, name: 'telephone' });
  await letterTo(PEOPLE.bruno.mailbox);
  await ask('bruno');
  const { link } = await letterTo(PEOPLE.bruno.mailbox);
  const owner = makeVisitor();
  const done = await choose(link, CHOSEN, owner);
  expect(done.status).toBe(200);
  expect([await isIn(owner), await isIn(thief)]).toEqual([false, false]);
  // The new password is one factor, and the other one is still asked for.
  const page = await signIn('bruno', CHOSEN, owner);
  expect(page.url.pathname).toMatch(/^\/journey\//u);
  expect(await isIn(owner)).toBe(false);
  expect((await accounts.find(bruno.id))?.secondFactor).toBe(true);
  const { letter } = await letterTo(PEOPLE.bruno.mailbox);
  expect(letter.text).toContain('password');
  expect((await accounts.timeline.list(bruno.id))[0]).toMatchObject({ kind: 'password_recovered' });
});

test('A52: what was proven on a journey before the new password counts no more after it', async () => {
  const alix = makeVisitor();
  const journey = await alix.get(`${house.url}/account`);
  await ask('alix');
  const { link } = await letterTo(PEOPLE.alix.mailbox);
  await signIn('alix', PEOPLE.alix.password, alix);
  now += 2000;
  await choose(link);
  await letterTo(PEOPLE.alix.mailbox);
  const back = await alix.get(journey.url);
  expect([
    back.document.querySelector('input[name=password]') !== null || back.status === 410,
    await isIn(alix),
  ]).toEqual([true, false]);
  await restore('alix');
});

test('A55: a mailbox that an account only asserts never opens it, nor receives anything about it', async () => {
  const { accounts } = house.parts;
  await accounts.add({ loginName: 'thief', password: CHOSEN, mailbox: PEOPLE.alix.mailbox, language: 'en' });
  expect((await signIn(PEOPLE.alix.mailbox, CHOSEN)).status).toBe(422);
  await ask('thief');
  await ask(PEOPLE.alix.mailbox);
  const { letter, link } = await letterTo(PEOPLE.alix.mailbox);
  expect(letter.text).toContain('alix');
  expect(catcher.letters.filter((one) => one.raw.includes('thief'))).toEqual([]);
  await choose(link);
  expect((await signIn('thief', CHOSEN)).url.pathname).toBe('/account');
  expect((await signIn('alix', CHOSEN)).url.pathname).toBe('/account');
  expect(textOf(await makeVisitor().get(link))).not.toContain('alix');
});
