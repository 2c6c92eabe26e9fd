import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Application, ApplicationSettings } from '../../src/applications/applications.ts';
import { sourceOf } from '../../src/legacy/legacy.ts';
import { randomId } from '../../src/storage/seal.ts';
import { openHouse, type House } from '../house.ts';
import { importNames } from '../legacy/place.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { addApplication, addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';
import { ESCAPED, EVIL, wordsOf } from './desk.ts';

const OLD = { name: 'Old.Heron', password: 'kingfisher by the weir' } as const;

let house: House;
let catcher: MailCatcher;
let meadow: Application;
const accounts = new Map<PersonName, Account>();
const visitors = new Map<PersonName, Visitor>();
const accountOf = (name: PersonName): Account => accounts.get(name) as Account;
const as = (name: PersonName): Visitor => visitors.get(name) as Visitor;
const at = (path: string): string => `${house.url}${path}`;
const headingOf = ({ document }: Page): string | undefined => document.querySelector('h1')?.textContent;

beforeAll(async () => {
  catcher = await openMailCatcher();
  house = await openHouse({
    settings: { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@example.org', ALUCO_RELAY: '127.0.0.1:0' },
  });
  for (const name of ['alix', 'bruno', 'odile'] as const) {
    accounts.set(name, await addPerson(house.parts, name));
    const visitor = makeVisitor((url) => url.hostname.endsWith('.example'));
    const { loginName: login, password } = PEOPLE[name];
    await visitor.submit(await visitor.get(at('/account')), '/sign-in', { login, password });
    visitors.set(name, visitor);
  }
});
afterAll(async () => {
  await house.close();
  await catcher.close();
});

let round = 0;
beforeEach(async () => {
  round += 1;
  meadow = await addApplication(house.parts, `Meadow ${round}`, 'https://meadow.example', { quota: 2 });
  // What went wrong in another test is not counted against this one's people.
  const { storage } = house.parts;
  await storage.write((tx) => tx.delete(storage.tables.attempt));
});

const reserve = (...names: Parameters<typeof importNames>[2][number][]): Promise<unknown> =>
  importNames(house.parts.legacy, meadow, names);
async function setRules(rules: Partial<ApplicationSettings>): Promise<void> {
  const { id, ...settings } = await house.parts.applications.get(meadow.id);
  meadow = await house.parts.applications.change(id, { ...settings, ...rules });
}
const held = async (name: PersonName) => (await house.parts.profiles.at(accountOf(name).id, meadow)).profiles;
const form = (name: PersonName = 'bruno'): Promise<Page> => as(name).get(at(`/applications/${meadow.id}/old-account`));

/** What the first page says about Meadow. */
async function panel(name: PersonName): Promise<string> {
  const { document } = await as(name).get(at('/'));
  return document.querySelector(`section[aria-labelledby="application-${meadow.id}"]`)?.textContent ?? '';
}

test('the first page offers Bruno what was his, and one button takes it back', async () => {
  await reserve({ ...OLD, address: PEOPLE.bruno.mailbox });
  expect(await panel('bruno')).toContain('Your old account Old.Heron is waiting for you.');
  expect(await panel('alix')).not.toContain('Old.Heron');
  const page = await form();
  expect(headingOf(page)).toBe(`Take back an old account at Meadow ${round}`);
  expect(await held('bruno')).toEqual([]);
  const ready = await as('bruno').submit(page, '/old-account/offer');
  expect(headingOf(ready)).toBe('Old.Heron is ready');
  const [profile] = await held('bruno');
  const own = await as('bruno').get(at(`/profiles/${profile?.id}`));
  expect(wordsOf(own)).toContain('It was your account there before: you took it back.');
  expect(wordsOf(await as('bruno').get(at('/activity')))).toContain('Old.Heron');
  expect(await panel('bruno')).not.toContain('is waiting for you');
  // Back in the browser, and sent again: it is his, and there is one of it.
  const before = await as('bruno').submit(page, '/old-account/offer');
  expect(headingOf(before)).toBe('Old.Heron is ready');
  expect(await held('bruno')).toHaveLength(1);
  // Whatever a moderator calls it since.
  const { profiles, storage } = house.parts;
  await storage.write((tx) => profiles.moderated.rename(tx, profile?.id ?? '', 'decision', 'stork'));
  expect(headingOf(await as('bruno').submit(page, '/old-account/offer'))).toBe('stork is ready');
  expect(await held('bruno')).toHaveLength(1);
});

test('somebody with another address takes theirs back by name and password, whatever the rules', async () => {
  await reserve(OLD);
  for (const policy of ['closed', 'invited', 'approved'] as const) {
    await setRules({ policy });
    expect(headingOf(await form())).toBe(`Take back an old account at Meadow ${round}`);
  }
  await setRules({ policy: 'closed' });
  const refused = await as('bruno').get(at(`/applications/${meadow.id}/new`));
  expect([refused.status, wordsOf(refused).includes('I had an account here before')]).toEqual([403, true]);
  const wrong = await as('bruno').submit(await form(), '/old-account', { oldName: EVIL, oldPassword: EVIL });
  expect([wrong.status, wrong.text.includes(EVIL), wrong.text.includes(ESCAPED.slice(0, 20))]).toEqual([
    422,
    false,
    true,
  ]);
  const right = { oldName: OLD.name, oldPassword: OLD.password };
  expect(headingOf(await as('bruno').submit(wrong, '/old-account', right))).toBe('Old.Heron is ready');
});

test('a name is known as people write it where it has a server behind it, as the hint says', async () => {
  await reserve(OLD);
  const page = await form();
  expect(wordsOf(page)).toContain('without the server behind it, as heron for @heron@example.org.');
  // As it is written at Matrix.
  const right = { oldName: `@${OLD.name}:meadow.example`, oldPassword: OLD.password };
  expect(headingOf(await as('bruno').submit(page, '/old-account', right))).toBe('Old.Heron is ready');
});

test('or by a code, for which a page of one’s own asks', async () => {
  await reserve({ ...OLD, address: 'heron@old.example' });
  const asked = await as('bruno').submit(await form(), '/old-account', { oldName: OLD.name, do: 'code' });
  expect(headingOf(asked)).toBe('Enter the code');
  await house.parts.mail.deliver();
  const code = /\b\d{4} \d{4}\b/u.exec((await catcher.next('heron@old.example')).text)?.[0] ?? '';
  // Alix has no use for Bruno's code.
  const hers = await as('alix').submit(await form('alix'), '/old-account', { oldName: OLD.name, do: 'code' });
  const stolen = await as('alix').submit(hers, '/old-account/code', { code, oldPassword: '' });
  expect(stolen.status).toBe(422);
  expect(wordsOf(stolen)).toContain('That is not the right code');
  const guessed = await as('alix').submit(hers, '/old-account/code', { code, oldPassword: 'owls' });
  expect(wordsOf(guessed)).toContain('The code or the password is not right');
  const ready = await as('bruno').submit(asked, '/old-account/code', { code, oldPassword: '' });
  expect(headingOf(ready)).toBe('Old.Heron is ready');
  // Opened as a page, the addresses of the forms lead back to the one they stand on.
  for (const below of ['/offer', '/code']) {
    const page = await as('bruno').get(at(`/applications/${meadow.id}/old-account${below}`));
    expect(page.url.pathname).toBe(`/applications/${meadow.id}/old-account`);
  }
});

test('many tries are stopped, and the page says for how long', async () => {
  await reserve(OLD);
  const page = await form();
  let last = page;
  for (let tries = 0; tries < 200 && last.status !== 429; tries += 1) {
    last = await as('bruno').submit(page, '/old-account', { oldName: OLD.name, oldPassword: `try ${tries}` });
  }
  expect([last.status, Number(last.headers.get('retry-after')) > 0]).toEqual([429, true]);
  const right = await as('bruno').submit(page, '/old-account', { oldName: OLD.name, oldPassword: OLD.password });
  expect(right.status).toBe(429);
});

test('an application without old names, another one, and one that they may not enter have no such page', async () => {
  const pages = async (): Promise<number[]> => [
    (await form()).status,
    (await as('bruno').get(at(`/applications/${randomId()}/old-account`))).status,
    (await as('bruno').get(at('/applications/x/old-account'))).status,
  ];
  expect(await pages()).toEqual([404, 404, 404]);
  await reserve({ ...OLD, address: PEOPLE.bruno.mailbox });
  const open = await form();
  expect(open.status).toBe(200);
  await setRules({ entry: { kind: 'nobody' } });
  expect(await pages()).toEqual([404, 404, 404]);
  expect((await as('bruno').submit(open, '/old-account/offer')).status).toBe(404);
  expect(await held('bruno')).toEqual([]);
  expect(await panel('bruno')).toBe('');
});

test('a form is taken only from a page of the same session', async () => {
  await reserve({ ...OLD, address: PEOPLE.bruno.mailbox });
  const page = await form();
  const foreign = (await form('alix')).document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
  for (const csrf of ['', foreign]) {
    const sent = await as('bruno').submit(page, '/old-account/offer', { csrf });
    expect(sent.status).toBe(403);
  }
  expect(await held('bruno')).toEqual([]);
});

test('with the number full meanwhile, the page says so', async () => {
  await reserve({ ...OLD, address: PEOPLE.bruno.mailbox });
  await setRules({ quota: 1 });
  const page = await form();
  await house.parts.profiles.create(accountOf('bruno').id, meadow, { name: 'wren', note: '' });
  const full = await as('bruno').submit(page, '/old-account/offer');
  expect([full.status, wordsOf(full).includes('You already have as many profiles')]).toEqual([422, true]);
  const shut = await form();
  expect([shut.status, headingOf(shut)]).toEqual([422, `You cannot continue to Meadow ${round}`]);
  expect(await panel('bruno')).not.toMatch(/is waiting for you|had an account here before/u);
  await setRules({ oldNames: { count: false, sendAddress: false } });
  expect(headingOf(await as('bruno').submit(page, '/old-account/offer'))).toBe('Old.Heron is ready');
});

test('one that was suspended there is theirs again, blocked, and says why', async () => {
  await reserve({ ...OLD, address: PEOPLE.bruno.mailbox, disabled: true });
  const page = await as('bruno').submit(await form(), '/old-account/offer');
  const [profile] = await held('bruno');
  expect([page.url.pathname, profile?.status]).toEqual([`/profiles/${profile?.id}`, 'blocked']);
  expect(wordsOf(page)).toContain('Old.Heron is yours again.');
});

test('whoever asks for a kept name by a moderator’s link finds the form on that page, too', async () => {
  await reserve({ name: 'heron', password: OLD.password });
  const actor = { accountId: accountOf('odile').id, administrator: true };
  const { token } = await house.parts.moderation.invitations.make(actor, meadow.id, { uses: 1, days: 1, note: '' });
  const page = await as('bruno').get(at(`/invited/${token}`));
  const kept = await as('bruno').submit(page, `/invited/${token}`, { name: 'heron' });
  expect([kept.status, wordsOf(kept).includes('Was heron your account?')]).toEqual([422, true]);
  const ready = await as('bruno').submit(kept, '/old-account', { oldPassword: OLD.password });
  expect(headingOf(ready)).toBe('heron is ready');
});

test('a link of the people who run the place gives its name to whoever opens it first, once', async () => {
  await reserve(OLD);
  const { reclaim } = house.parts.legacy;
  const path = `/old-account/${await reclaim.makeLink(meadow.id, OLD.name, accountOf('odile').id)}`;
  // Whoever is not signed in is asked to, and comes back.
  const visitor = makeVisitor();
  const { loginName: login, password } = PEOPLE.bruno;
  const page = await visitor.submit(await visitor.get(at(path)), '/sign-in', { login, password });
  expect([page.url.pathname, headingOf(page)]).toEqual([path, `Take back Old.Heron at Meadow ${round}?`]);
  expect(wordsOf(page)).toContain('your account bruno');
  // To look at it changes nothing; nor may the one who made it use it.
  expect(headingOf(await as('alix').get(at(path)))).toBe(headingOf(page));
  const own = await as('odile').submit(await as('odile').get(at(path)), path);
  expect(own.status).toBe(403);
  expect(wordsOf(own)).toContain('You made this link yourself');
  const late = await as('alix').get(at(path));
  expect(headingOf(await visitor.submit(page, path))).toBe('Old.Heron is ready');
  expect((await as('alix').submit(late, path)).status).toBe(410);
  for (const gone of [path, `/old-account/${randomId()}`, '/old-account/x', `/old-account/${'y'.repeat(500)}`]) {
    expect([gone, (await as('alix').get(at(gone))).status]).toEqual([gone, 410]);
  }
  expect(await held('alix')).toEqual([]);
});

test('such a link leads whoever has used it to what it gave them, pressed twice or opened once more', async () => {
  await reserve(OLD);
  const path = `/old-account/${await house.parts.legacy.reclaim.makeLink(meadow.id, OLD.name)}`;
  const page = await as('bruno').get(at(path));
  expect(headingOf(await as('bruno').submit(page, path))).toBe('Old.Heron is ready');
  const [profile] = await held('bruno');
  const again = async () => [await as('bruno').submit(page, path), await as('bruno').get(at(path))].map(headingOf);
  expect(await again()).toEqual(['Old.Heron is ready', 'Old.Heron is ready']);
  // Whatever a moderator calls it since.
  const { profiles, storage } = house.parts;
  await storage.write((tx) => profiles.moderated.rename(tx, profile?.id ?? '', 'decision', 'stork'));
  expect(await again()).toEqual(['stork is ready', 'stork is ready']);
  expect(await held('bruno')).toHaveLength(1);
  expect((await as('alix').get(at(path))).status).toBe(410);
});

test('such a link lets nobody into an application that they may not enter, and names it to nobody', async () => {
  await reserve(OLD);
  const path = `/old-account/${await house.parts.legacy.reclaim.makeLink(meadow.id, OLD.name)}`;
  const page = await as('bruno').get(at(path));
  await setRules({ entry: { kind: 'nobody' } });
  const [shut, sent] = [await as('bruno').get(at(path)), await as('bruno').submit(page, path)];
  for (const one of [shut, sent]) {
    expect(one.status).toBe(403);
    expect(wordsOf(one)).not.toMatch(/Meadow|Heron/u);
  }
  await setRules({ entry: { kind: 'everyone' } });
  expect(headingOf(await as('bruno').submit(page, path))).toBe('Old.Heron is ready');
});

test('after it the person is asked once about the address that the application knows, and nobody else is', async () => {
  const source = sourceOf('mastodon');
  if (source === undefined) throw new Error('no such source');
  const open = () => Readable.from([`${source.columns.join(',')}\n`, `1,heron,,${PEOPLE.bruno.mailbox},t,f,f\n`]);
  const { batches } = house.parts.legacy;
  await batches.work((await batches.begin(meadow, source, open)).id, open);
  const asked = await as('bruno').submit(await form(), '/old-account/offer');
  const [profile] = await held('bruno');
  const path = `/profiles/${profile?.id}/old-address`;
  expect([asked.url.pathname, headingOf(asked)]).toEqual([path, `Your old address at Meadow ${round}`]);
  expect((await as('alix').get(at(path))).status).toBe(404);
  const hers = (await form('alix')).document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
  expect((await as('alix').post(at(path), { csrf: hers, move: 'yes' })).status).toBe(404);
  expect((await as('bruno').submit(asked, path, { move: '' })).url.pathname).toBe(path);
  // Whoever went away without an answer finds the question again.
  const shown = async () => {
    const { document } = await as('bruno').get(at(`/profiles/${profile?.id}`));
    return document.querySelector(`a[href="${path}"]`)?.textContent;
  };
  expect(await shown()).toBe('Answer');
  expect(headingOf(await as('bruno').submit(asked, path, { move: 'no' }))).toBe('heron is ready');
  expect(await shown()).toBeUndefined();
  expect((await as('bruno').get(at(path))).url.pathname).toBe(`/profiles/${profile?.id}`);
});
