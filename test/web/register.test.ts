import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { translator } from '../../views/text.ts';
import { aluco } from '../aluco.ts';
import { addApplication, PEOPLE } from '../people.ts';
import { DAY, FIRMIN, HOUR, openPlace, WISH, type Place } from '../register/place.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';

const t = translator('en');
const wordsOf = ({ document }: Page): string => document.textContent.replaceAll(/\s+/gu, ' ');

let place: Place;
let odile: Visitor;
let firmin: Visitor;
beforeAll(async () => {
  // Cookies end by the clock on the wall.
  place = await openPlace('sqlite', { ALUCO_CONNECTION_MONTHS: '3' }, Date.now() - 3 * DAY);
  odile = await signedIn(PEOPLE.odile);
  firmin = await signedIn(FIRMIN);
});
afterAll(() => place.close());

const at = (path: string): string => `${place.house.url}${path}`;

async function signedIn({ loginName: login, password }: { loginName: string; password: string }): Promise<Visitor> {
  const visitor = makeVisitor();
  await visitor.submit(await visitor.get(at('/account')), '/sign-in', { login, password });
  return visitor;
}

/** Odile asks to look behind hulotte, on pages alone. */
async function ask(wanted: string | string[]): Promise<Page> {
  const found = await odile.get(at(`/admin/unsealing?application=${place.lake.id}&name=hulotte`));
  const link = found.document.querySelector('a[href^="/admin/unsealing/new/"]')?.getAttribute('href') ?? '';
  const { reference, reason } = WISH;
  return odile.submit(await odile.get(at(link)), link, { wanted, reference, reason, telling: 'usual' });
}

describe('looking behind a profile', () => {
  test('two administrators agree on their pages, and each sees what was asked for, and a third nobody', async () => {
    const asked = await ask(['login', 'everywhere']);
    expect(textOf(asked)).toContain(t('notice.unsealing_asked'));
    expect(asked.document.querySelector('form[action$="/confirm"]')).toBeNull();
    const list = await firmin.get(at('/admin/unsealing'));
    expect(wordsOf(list)).toContain('hulotte (Lake)');
    const seen = await firmin.get(asked.url);
    expect(wordsOf(seen)).toContain(WISH.reason);
    const confirmed = await firmin.submit(seen, '/confirm');
    expect(textOf(confirmed)).toContain(t('notice.unsealing_confirmed'));
    // Not before they look.
    expect(wordsOf(confirmed)).not.toMatch(/alix|noctua/u);
    for (const visitor of [odile, firmin]) {
      const shown = await visitor.submit(await visitor.get(asked.url), '/show');
      expect(wordsOf(shown)).toMatch(/alix.*hulotte.*noctua.*meadowlark/u);
      expect(wordsOf(shown)).not.toContain(PEOPLE.alix.mailbox);
      expect(shown.headers.get('cache-control')).toContain('no-store');
    }
    // The page itself, opened again, shows nothing: only the form does, which is written down.
    expect(wordsOf(await odile.get(asked.url))).not.toMatch(/alix|noctua/u);
    const again = await odile.get(at(`${asked.url.pathname}/show`));
    expect([again.status, /alix|noctua/u.test(wordsOf(again))]).toEqual([200, false]);

    const { accounts } = place.house.parts;
    const person = { loginName: 'gaston', password: 'the heron stands in rain', language: 'en' } as const;
    await accounts.add({ ...person, administrator: true });
    const gaston = await signedIn(person);
    const closed = await gaston.get(asked.url);
    expect(wordsOf(closed)).toContain(t('admin.unsealing.not_yours'));
    const csrf = closed.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
    const forced = await gaston.post(at(`${asked.url.pathname}/show`), { csrf });
    expect([forced.status, /alix|noctua/u.test(wordsOf(forced))]).toEqual([410, false]);
  });

  test('what is missing is said at its field, and nothing is asked', async () => {
    const before = (await place.house.parts.register.head()).number;
    const page = await odile.get(at(`/admin/unsealing/new/${place.hulotte.id}`));
    const wrong = await odile.submit(page, `/new/${place.hulotte.id}`, { reference: '', reason: '', telling: 'later' });
    expect(wrong.status).toBe(422);
    for (const field of ['wanted', 'reference', 'reason', 'tellDay'])
      expect([field, wrong.document.querySelector(`#${field}-error`) !== null]).toEqual([field, true]);
    expect((await place.house.parts.register.head()).number).toBe(before);
  });

  test('one who declines says why, which the register keeps', async () => {
    const asked = await ask('login');
    const empty = await firmin.submit(await firmin.get(asked.url), '/decline', { words: '' });
    expect([empty.status, empty.document.querySelector('#words-error') !== null]).toEqual([422, true]);
    const over = await firmin.submit(empty, '/decline', { words: 'No judge signed this.' });
    expect(textOf(over)).toContain(t('notice.unsealing_ended'));
    expect(wordsOf(await odile.get(at('/admin/register')))).toContain('No judge signed this.');
    expect((await firmin.get(asked.url)).status).toBe(410);
  });

  test('an old proof is not enough for any step', async () => {
    const asked = await ask('login');
    const page = await firmin.get(asked.url);
    place.clock.time += HOUR;
    const stopped = await firmin.submit(page, '/confirm');
    expect(stopped.document.querySelector('input[name=password]')).not.toBeNull();
    expect((await place.house.parts.register.unsealings.list()).at(-1)?.status).toBe('asked');
    odile = await signedIn(PEOPLE.odile);
    firmin = await signedIn(FIRMIN);
  });
});

describe('a case', () => {
  test('is read, written into and closed on its pages, which show nothing of the person', async () => {
    const words = 'They write to everybody, again and again.';
    const { id } = await place.house.parts.storage.write((tx) =>
      place.house.parts.register.cases.open(tx, { profileId: place.hulotte.id, by: place.maud.id, words }),
    );
    expect(wordsOf(await odile.get(at('/admin/cases')))).toContain('hulotte');
    const page = await odile.get(at(`/admin/cases/${id}`));
    expect(wordsOf(page)).toContain(words);
    expect(page.text).not.toMatch(/alix|noctua/u);
    expect(page.text).not.toContain(place.alix.id);
    const noted = await odile.submit(page, '/note', { words: 'Asked next door.' });
    expect(wordsOf(noted)).toContain('Asked next door.');
    const empty = await odile.submit(noted, '/close', { outcome: '' });
    expect([empty.status, empty.document.querySelector('#close-outcome-error') !== null]).toEqual([422, true]);
    const closed = await odile.submit(empty, '/close', { outcome: 'Handed to a judge.' });
    expect(textOf(closed)).toContain(t('notice.case_closed'));
    expect(closed.document.querySelector('form[action$="/note"]')).toBeNull();
    expect(wordsOf(await odile.get(at('/admin/cases?status=closed')))).toContain('hulotte');
    expect((await odile.get(at('/admin/cases/nobody'))).status).toBe(404);
  });

  test('about a request says what became of it, and points at nothing that is gone', async () => {
    const { moderation, profiles, register, storage } = place.house.parts;
    const asks = { policy: 'approved', quota: 9 } as const;
    const marsh = await addApplication(place.house.parts, 'Marsh', 'https://marsh.example', asks);
    await moderation.moderators.appoint(marsh.id, place.maud.id);
    const words = 'This one writes threats into their request.';
    async function referred(name: string) {
      const wanted = { name, note: '', words: '', urgent: false };
      const { id: profileId } = await profiles.request(place.alix.id, marsh, wanted);
      const { id } = await storage.write((tx) => register.cases.open(tx, { profileId, by: place.maud.id, words }));
      return { profileId, page: () => odile.get(at(`/admin/cases/${id}`)) };
    }
    const linked = (page: Page): (string | undefined)[] =>
      page.document
        .querySelectorAll('main a')
        .map((link) => link.getAttribute('href'))
        .filter((address) => /profiles|unsealing\/new/u.test(address ?? ''));
    const gone = async (page: Promise<Page>, name: string, said: string): Promise<void> => {
      expect(wordsOf(await page)).toContain(t('admin.cases.one', { profile: name, application: 'Marsh' }));
      expect(wordsOf(await page)).toMatch(said);
      expect(linked(await page)).toEqual([]);
      expect((await page).text).not.toMatch(/alix/u);
    };

    const dunlin = await referred('dunlin');
    expect(linked(await dunlin.page())).toHaveLength(2);
    await profiles.withdraw(place.alix.id, dunlin.profileId);
    await gone(dunlin.page(), 'dunlin', 'It was withdrawn on');
    const godwit = await referred('godwit');
    const no = { kind: 'refuse', reason: 'spam', words: '' } as const;
    const maud = { accountId: place.maud.id, administrator: false };
    await moderation.requests.decide(maud, marsh, [godwit.profileId], no);
    await gone(godwit.page(), 'godwit', 'The moderators refused it on');
    expect(wordsOf(await odile.get(at('/admin/cases')))).toContain('godwit');

    // A case is kept for longer than the log.
    await storage.write((tx) => tx.delete(storage.tables.profileLog));
    await gone(dunlin.page(), t('admin.cases.gone'), 'It was refused or withdrawn');
    const closed = await odile.submit(await dunlin.page(), '/close', { outcome: 'Nothing is left to look at.' });
    expect(textOf(closed)).toContain(t('notice.case_closed'));
  });
});

describe('the register', () => {
  const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
  let number: number;
  beforeEach(async () => {
    const page = await odile.get(at('/admin/register'));
    const added = await odile.submit(page, '/add', {
      authority: '=cmd|calc Court of the lake',
      basis: 'Art. 60-1',
      asked: 'Who is hulotte?',
      received: day(place.clock.time - 3 * DAY),
      deadline: day(place.clock.time - DAY),
    });
    expect(textOf(added)).toContain(t('notice.register_added'));
    number = (await place.house.parts.register.head()).number;
  });

  test('holds requests of authorities, marks those that are overdue, and what was answered', async () => {
    const overdue = await odile.get(at('/admin/register'));
    expect(wordsOf(overdue)).toContain(t('admin.register.overdue'));
    const entry = await odile.get(at(`/admin/register/${number}`));
    const answered = await odile.submit(entry, '/answer', {
      answer: 'refused',
      words: 'No judge signed it.',
      answered: day(place.clock.time),
    });
    expect(wordsOf(answered)).toContain('No judge signed it.');
    const { unanswered } = await place.house.parts.register.authorities.overview();
    expect(unanswered.some((one) => one.number === number)).toBe(false);
    // The request itself stays as it was.
    expect((await place.house.parts.register.find(number))?.content.kind).toBe('authority_request');
    const wrong = await odile.submit(entry, '/answer', { answer: '', words: '', answered: '2999-01-01' });
    expect(wrong.status).toBe(422);
    expect((await odile.get(at('/admin/register/0'))).status).toBe(404);
  });

  test('A92: leaves as CSV without formulas, and as JSON, for administrators alone', async () => {
    const csv = await odile.get(at('/admin/register'), { accept: 'text/csv' });
    expect(csv.headers.get('content-disposition')).toContain('register.csv');
    expect(csv.text.split('\r\n')[0]).toBe('number,hash,salt,content,at,kind,by,request');
    expect(csv.text).not.toMatch(/(^|,|\n)"?\s*[=+@-]/u);
    expect((await odile.get(at('/admin/register/csv'))).text).toBe(csv.text);
    const json = JSON.parse((await odile.get(at('/admin/register'), { accept: 'application/json' })).text) as {
      head: string;
    };
    expect(json.head).toMatch(/^\d+:[\da-f]{64}$/u);
    const maud = await signedIn(PEOPLE.maud);
    for (const path of ['/admin/register', '/admin/register/csv', '/admin/cases', '/admin/unsealing'])
      expect([path, (await maud.get(at(path), { accept: 'text/csv' })).status]).toEqual([path, 403]);
  });

  test('is counted by year, for publishing', async () => {
    const { years } = await place.house.parts.register.authorities.overview();
    const counted = (kind: string) =>
      place.house.parts.register
        .latest(undefined, 1000)
        .then((entries) => entries.filter(({ content }) => content.kind === kind).length);
    const sum = (name: 'asked' | 'confirmed' | 'declined' | 'requests') =>
      years.reduce((total, year) => total + year[name], 0);
    expect([sum('asked'), sum('confirmed'), sum('declined'), sum('requests')]).toEqual([
      await counted('unsealing_asked'),
      await counted('unsealing_confirmed'),
      await counted('unsealing_declined'),
      await counted('authority_request'),
    ]);
  });

  test('is verified and written out by command', async () => {
    const run = (...args: string[]) => aluco(place.house.environment, args);
    const head = await place.house.parts.register.head();
    const sound = await run('register', 'verify', `${head.number}:${head.hash}`);
    expect([sound.status, sound.said.join('\n')]).toEqual([0, expect.stringContaining(`${head.number}:${head.hash}`)]);
    const wrong = await run('register', 'verify', `${head.number}:${'0'.repeat(64)}`);
    expect([wrong.status, wrong.said.join('\n')]).toEqual([1, expect.stringContaining(`entry ${head.number}`)]);
    expect((await run('register', 'verify', 'nonsense')).status).toBe(2);
    const { said } = await run('register', 'export');
    expect(said).toHaveLength(head.number + 1);
    expect(said[1]).toMatch(/^1,[\da-f]{64},[\da-f]{32},/u);
  });
});

test('what happened to an account is on a page of administrators, as a table too', async () => {
  await place.house.parts.accounts.suspend(place.bruno.id, undefined, place.odile.id);
  await place.house.parts.accounts.reinstate(place.bruno.id, place.odile.id);
  const account = await odile.get(at(`/admin/accounts/${place.bruno.id}`));
  const link = account.document.querySelector('a[href$="/log"]')?.getAttribute('href') ?? '';
  const log = await odile.get(at(link));
  expect(wordsOf(log)).toContain(t('account_log.kind.suspended'));
  expect(wordsOf(log)).toContain('odile');
  expect(wordsOf(log)).not.toMatch(/brunos|Lake/u);
  const csv = await odile.get(at(link), { accept: 'text/csv' });
  expect(csv.text).toContain('suspended');
  const maud = await signedIn(PEOPLE.maud);
  expect((await maud.get(at(link))).status).toBe(403);
});
