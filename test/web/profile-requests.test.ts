import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { translator } from '../../views/text.ts';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Application } from '../../src/applications/applications.ts';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { many } from '../moderation/desk.ts';
import { addApplication, addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';
import { randomId } from '../../src/storage/seal.ts';
import { ESCAPED, EVIL, wordsOf } from './desk.ts';

const t = translator('en');
const fr = translator('fr');

const DAY = 86_400_000;

/** Noon of this day, and on from there: no day ends while people wait for one another. */
const began = Date.now();
const now = (): number => Math.floor(began / DAY) * DAY + DAY / 2 + Date.now() - began;

let house: House;
let catcher: MailCatcher;
let meadow: Application;
const accounts = new Map<PersonName, Account>();
const visitors = new Map<PersonName, Visitor>();
const accountOf = (name: PersonName): Account => accounts.get(name) as Account;
const as = (name: PersonName): Visitor => visitors.get(name) as Visitor;
const at = (path: string): string => `${house.url}${path}`;

beforeAll(async () => {
  catcher = await openMailCatcher();
  house = await openHouse({ now, settings: { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@example.org' } });
  for (const name of ['alix', 'bruno', 'maud', 'noé', 'odile'] as const) {
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

let number = 0;
beforeEach(async () => {
  number += 1;
  const asks = { policy: 'approved', quota: 100 } as const;
  meadow = await addApplication(house.parts, `Meadow ${number}`, 'https://meadow.example', asks);
  for (const name of ['maud', 'noé'] as const) {
    await house.parts.moderation.moderators.appoint(meadow.id, accountOf(name).id);
  }
});
const queue = (who: PersonName = 'maud', query = ''): Promise<Page> =>
  as(who).get(at(`/moderation/${meadow.id}${query}`));
const ask = (name: string, { by = randomId(), words = 'I mend nets.', urgent = false } = {}) =>
  house.parts.profiles.request(by, meadow, { name, note: '', words, urgent });
const ticked = (page: Page): string[] =>
  page.document.querySelectorAll('input[name=request][checked]').map((one) => one.getAttribute('value') ?? '');
const stands = async (id: string): Promise<string | undefined> => (await house.parts.profiles.find(id))?.status;
async function letterTo(name: PersonName, subject: string) {
  await house.parts.mail.deliver();
  for (;;) {
    const letter = await catcher.next(PEOPLE[name].mailbox);
    if (letter.subject.includes(subject)) return letter;
  }
}

describe('somebody who asks for a profile', () => {
  test('reads how it stands, answers a question, and is led to a button that opens the application', async () => {
    const { id } = await ask('heron', { by: accountOf('alix').id });
    const waiting = await as('alix').get(at(`/profiles/${id}`));
    for (const words of ['I mend nets.', t('request.waiting', { application: meadow.name })])
      expect(wordsOf(waiting)).toContain(words);
    expect(wordsOf(await as('alix').get(at('/')))).toContain(t('status.requested'));

    const one = await as('maud').get(at(`/moderation/${meadow.id}/requests/${id}`));
    expect((await as('maud').submit(one, '/question', { question: ' ' })).status).toBe(422);
    const sent = await as('maud').submit(one, '/question', { question: 'Which nets?' });
    expect(textOf(sent)).toContain(t('notice.question_sent'));
    const [link = ''] = (await letterTo('alix', meadow.name)).links;
    const asked = await as('alix').get(link);
    expect(wordsOf(asked)).toContain('Which nets?');
    const empty = await as('alix').submit(asked, '/answer', { answer: '' });
    expect([empty.status, empty.document.querySelector('#answer-error') !== null]).toEqual([422, true]);
    const answered = await as('alix').submit(empty, '/answer', { answer: 'Herring nets.' });
    expect(textOf(answered)).toContain(t('notice.answer_sent'));
    expect(wordsOf(await queue())).toContain('Herring nets.');

    const done = await as('maud').submit(await queue(), '/decide', { request: id, decision: 'approve' });
    expect(textOf(done)).toContain(t('notice.profile_requests_decided'));
    const letter = await letterTo('alix', 'ready');
    // Whoever is not signed in comes back after they are.
    const phone = makeVisitor();
    const { loginName: login, password } = PEOPLE.alix;
    const ready = await phone.submit(await phone.get(letter.links[0] ?? ''), '/sign-in', { login, password });
    expect(ready.url.pathname).toBe(`/profiles/${id}`);
    const button = ready.document
      .querySelectorAll('a.button')
      .find(({ textContent }) => textContent === t('request.open', { application: meadow.name }));
    expect(button?.getAttribute('href')).toBe('https://meadow.example');
  });

  test('reads before asking how long it usually takes, once that is known', async () => {
    const form = async (): Promise<string> => {
      const page = await as('alix').get(at(`/applications/${meadow.id}/new`));
      expect(page.document.querySelector('textarea[name=words]')).not.toBeNull();
      return wordsOf(page);
    };
    expect(await form()).not.toContain('usually');
    const { profileRequest } = house.parts.storage.tables;
    for (const [name, waited] of [
      ['coot', 0],
      ['rail', 9],
      ['crake', 4],
    ] as const) {
      const { id } = await ask(name);
      const day = new Date(now() - waited * DAY).toISOString().slice(0, 10);
      await house.parts.storage.write((tx) =>
        tx.update(profileRequest).set({ day }).where(eq(profileRequest.profileId, id)),
      );
      await as('maud').submit(await queue(), '/decide', { request: id, decision: 'approve' });
    }
    // The one in the middle.
    expect(await form()).toContain(t('wait.usual', { days: 4 }));
  });

  test('reads why not: in a letter, on the first page and in the activity', async () => {
    const { id } = await ask('wren', { by: accountOf('bruno').id });
    const page = await queue();
    const none = await as('maud').submit(page, '/decide', { request: id, decision: 'refuse' });
    expect([none.status, none.document.querySelector('#reason-error') !== null]).toEqual([422, true]);
    expect(ticked(none)).toEqual([id]);
    const fields = { request: id, decision: 'refuse', reason: 'name', words: 'Take a bird of the coast.' };
    expect(textOf(await as('maud').submit(none, '/decide', fields))).toContain(t('notice.profile_requests_decided'));
    const { text } = await letterTo('bruno', meadow.name);
    for (const words of ['> Unsuitable name', '> Take a bird of the coast.']) expect(text).toContain(words);
    for (const path of ['/', '/activity']) {
      expect(wordsOf(await as('bruno').get(at(path)))).toContain('Unsuitable name. Take a bird of the coast.');
    }
    expect((await as('bruno').get(at(`/profiles/${id}`))).status).toBe(404);
  });

  test('withdraws; the moderator who was about to decide is told', async () => {
    const { id } = await ask('egret', { by: accountOf('bruno').id });
    const other = await ask('plover');
    const open = await queue();
    const gone = await as('bruno').submit(await as('bruno').get(at(`/profiles/${id}`)), '/withdraw');
    expect([gone.url.pathname, textOf(gone).includes(t('notice.request_withdrawn'))]).toEqual(['/', true]);
    const late = await as('maud').submit(open, '/decide', { request: [id, other.id], decision: 'approve' });
    expect(late.status).toBe(409);
    const name = t('moderation.gone_one', { name: 'egret', became: 'withdrawn' });
    expect(wordsOf(late)).toContain(t('moderation.gone', { names: name }));
    expect(await stands(other.id)).toBe('active');
    expect((await as('maud').get(at(`/moderation/${meadow.id}/requests/${id}`))).url.search).toContain('gone');
  });

  test('has nobody else answer or withdraw', async () => {
    const { id } = await ask('heron', { by: accountOf('alix').id });
    const page = await as('bruno').get(at('/account'));
    const csrf = page.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
    for (const path of ['answer', 'withdraw']) {
      const refused = await as('bruno').post(at(`/profiles/${id}/${path}`), { csrf, answer: 'Mine.' });
      expect(refused.status).toBe(404);
    }
    expect(await stands(id)).toBe('requested');
  });
});

describe('moderators', () => {
  test('tick forty, or those that contain a word, and decide them at once without any script', async () => {
    for (const name of many(25, 'shop')) await ask(name, { words: 'Cheap watches! Buy NOW.' });
    const honest = await Promise.all(many(15, 'bird').map((name) => ask(name)));
    const page = await queue();
    expect([ticked(page).length, wordsOf(page).includes(t('moderation.total', { count: 40 }))]).toEqual([0, true]);
    const all = await queue('maud', '?tick=');
    expect(ticked(all)).toHaveLength(40);
    const spam = await queue('maud', '?tick=buy+now');
    expect(ticked(spam)).toHaveLength(25);
    const left = await as('maud').submit(spam, '/decide', { decision: 'refuse', reason: 'spam' });
    expect(wordsOf(left)).toContain(t('moderation.total', { count: 15 }));
    await as('maud').submit(await queue('maud', '?tick='), '/decide', { decision: 'approve' });
    expect(await Promise.all(honest.map(({ id }) => stands(id)))).toEqual(honest.map(() => 'active'));
    expect(wordsOf(await queue())).toContain(t('moderation.usual', { days: 0 }));
  });

  test('who decide at once: one of them reads what the other did', async () => {
    const [first, second] = [await ask('heron'), await ask('wren')];
    const [one, other] = [await queue('maud'), await queue('noé')];
    const fields = { request: [first.id, second.id] };
    const [yes, no] = await Promise.all([
      as('maud').submit(one, '/decide', { ...fields, decision: 'approve' }),
      as('noé').submit(other, '/decide', { ...fields, decision: 'refuse', reason: 'other' }),
    ]);
    // Each request was decided once, whoever was faster.
    expect(
      [yes, no]
        .map(({ status }) => status)
        .toSorted()
        .at(-1),
    ).toBe(409);
    for (const { name, id } of [first, second]) {
      const became = (await stands(id)) === 'active' ? 'approved' : 'refused';
      const told = t('moderation.gone_one', { name, became });
      expect([yes, no].filter((page) => wordsOf(page).includes(told))).toHaveLength(1);
    }
  });

  test('do not decide about their own, which looks like any other', async () => {
    const own = await ask('heron', { by: accountOf('maud').id });
    const other = await ask('wren');
    const rows = (page: Page) =>
      page.document.querySelectorAll('ul.rows > li').map((row) => row.textContent.replaceAll(/\s+/gu, ' '));
    expect(rows(await queue('maud'))).toEqual(rows(await queue('noé')));
    const alone = await as('maud').submit(await queue(), '/decide', { request: own.id, decision: 'approve' });
    expect([alone.status, textOf(alone).includes(t('error.own_profile'))]).toEqual([422, true]);
    const both = await as('maud').submit(await queue(), '/decide', {
      request: [own.id, other.id],
      decision: 'approve',
    });
    expect([both.status, wordsOf(both).includes(t('moderation.own'))]).toEqual([409, true]);
    expect([await stands(own.id), await stands(other.id)]).toEqual(['requested', 'active']);
  });

  test('choose how often they are told; administrators who do not moderate have nothing to choose', async () => {
    const page = await as('maud').get(at(`/moderation/${meadow.id}/digest`));
    expect(page.document.querySelector('input[checked]')?.getAttribute('value')).toBe('daily');
    const odd = await as('maud').submit(page, '/digest', { digest: 'hourly' });
    expect([odd.status, odd.document.querySelector('#digest-error') !== null]).toEqual([422, true]);
    const saved = await as('maud').submit(page, '/digest', { digest: 'at-once' });
    expect(saved.document.querySelector('input[checked]')?.getAttribute('value')).toBe('at-once');
    const [maud] = await house.parts.moderation.moderators.of(meadow.id);
    expect([maud?.loginName, maud?.digest]).toEqual(['maud', 'at-once']);
    const odile = await as('odile').get(at(`/moderation/${meadow.id}/digest`));
    expect([odile.status, odile.document.querySelector('input[name=digest]')]).toEqual([200, null]);
  });

  test('see the applications they look after; administrators see all', async () => {
    await ask('heron', { urgent: true });
    const elsewhere = await addApplication(house.parts, `Elsewhere ${number}`, 'https://wiki.example');
    const [maud, odile] = [await as('maud').get(at('/moderation')), await as('odile').get(at('/moderation'))];
    for (const page of [maud, odile]) expect(wordsOf(page)).toContain(t('moderation.urgent', { count: 1 }));
    expect([wordsOf(maud).includes(elsewhere.name), wordsOf(odile).includes(elsewhere.name)]).toEqual([false, true]);
    expect((await as('bruno').get(at('/moderation'))).status).toBe(403);
  });

  test('read the same in French', async () => {
    const { id } = await ask('heron', { urgent: true });
    await house.parts.accounts.setLanguage(accountOf('noé').id, 'fr');
    try {
      const page = await queue('noé');
      expect(wordsOf(page)).toContain(fr('moderation.request_urgent'));
      expect(page.document.querySelector('option[value=spam]')?.textContent).toBe('Publicité ou pourriel');
      expect(page.document.querySelector('html')?.getAttribute('lang')).toBe('fr');
      const one = await as('noé').get(at(`/moderation/${meadow.id}/requests/${id}`));
      expect(wordsOf(one)).toContain(fr('moderation.ask'));
    } finally {
      await house.parts.accounts.setLanguage(accountOf('noé').id, 'en');
    }
  });
});

test('the role of a moderator ends while a page is open: nothing is changed from then on', async () => {
  const { id } = await ask('heron');
  const [list, one, digest] = [
    await queue(),
    await as('maud').get(at(`/moderation/${meadow.id}/requests/${id}`)),
    await as('maud').get(at(`/moderation/${meadow.id}/digest`)),
  ];
  await house.parts.moderation.moderators.dismiss(meadow.id, accountOf('maud').id);
  const answers = [
    await as('maud').submit(list, '/decide', { request: id, decision: 'approve' }),
    await as('maud').submit(one, '/question', { question: 'Which nets?' }),
    await as('maud').submit(digest, '/digest', { digest: 'off' }),
    await queue(),
  ];
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  expect([await stands(id), (await house.parts.profiles.requestOf(id))?.question]).toEqual(['requested', undefined]);
});

test('A74: no page, JSON or CSV of a queue says anything of who asks', async () => {
  const alix = accountOf('alix');
  await house.parts.accounts.setLanguage(alix.id, 'fr');
  const elsewhere = await addApplication(house.parts, `Elsewhere ${number}`, 'https://wiki.example');
  const hidden = await house.parts.profiles.create(alix.id, elsewhere, {
    name: `kingfisher${number}`,
    note: 'my note',
  });
  const asked = [await ask('heron', { by: alix.id }), await ask('wren', { by: alix.id })];
  await ask('egret', { by: accountOf('bruno').id });
  const pages = [];
  for (const accept of ['text/html', 'application/json', 'text/csv']) {
    for (const path of ['/moderation', `/moderation/${meadow.id}`, `/moderation/${meadow.id}/requests/${asked[0]?.id}`])
      pages.push(await as('noé').get(at(path), { accept }));
  }
  expect(pages.map(({ status }) => status)).toEqual(pages.map(() => 200));
  const secrets = [alix.id, PEOPLE.alix.loginName, PEOPLE.alix.mailbox, hidden.id, hidden.name, 'my note'];
  for (const { subject, aliasLocal } of asked) secrets.push(subject, aliasLocal);
  for (const page of pages) {
    for (const secret of secrets) expect(page.text.includes(secret) ? `${page.url.pathname} ${secret}` : '').toBe('');
  }
  const json = JSON.parse(pages[4]?.text ?? '') as { requests: object[] };
  const days = /^\d{4}-\d\d-\d\d$/u;
  for (const request of json.requests) {
    expect(Object.keys(request).toSorted()).toEqual(['day', 'name', 'profileId', 'status', 'urgent', 'words']);
    expect(request).toMatchObject({ day: expect.stringMatching(days) as string });
  }
});

test('A92: what people write stays text on pages, in JSON and in CSV', async () => {
  await ask('heron', { words: `${EVIL} and "more"` });
  await ask('wren', { words: '=HYPERLINK("https://evil.example")' });
  await ask('egret', { words: ' @SUM(A1)\r\n+1' });
  const page = await queue();
  expect([page.text.includes(ESCAPED), page.text.includes('<script>alert')]).toEqual([true, false]);
  const csv = await as('maud').get(at(`/moderation/${meadow.id}`), { accept: 'text/csv' });
  expect(csv.headers.get('content-type')).toContain('text/csv');
  expect(csv.headers.get('content-disposition')).toContain('attachment');
  const lines = csv.text.split('\r\n');
  expect(lines[0]).toBe('name,day,urgent,status,words,question,answer');
  expect(csv.text).toContain(`"'=HYPERLINK(""https://evil.example"")"`);
  expect(csv.text).toContain(",'@SUM(A1) +1,");
  expect(csv.text).not.toMatch(/(?:^|,)"?[=+@-]/mu);
});

test('A91: strangers, and people who look after something else, read and change nothing', async () => {
  const { id } = await ask('heron');
  const here = `/moderation/${meadow.id}`;
  const csrf = (await as('bruno').get(at('/account'))).document
    .querySelector('input[name=csrf]')
    ?.getAttribute('value');
  for (const path of [here, `${here}/requests/${id}`, `${here}/digest`]) {
    expect((await as('bruno').get(at(path))).status).toBe(403);
    expect((await makeVisitor().get(at(path))).url.pathname).toMatch(/^\/journey\//u);
  }
  const fields = { csrf: csrf ?? '', request: id, decision: 'approve', question: 'Who?', digest: 'off' };
  for (const path of [`${here}/decide`, `${here}/requests/${id}/question`, `${here}/digest`]) {
    expect((await as('bruno').post(at(path), fields)).status).toBe(403);
    await makeVisitor().post(at(path), fields);
    // Somebody else's token.
    expect((await as('maud').post(at(path), fields)).status).toBe(403);
    expect((await as('maud').get(at(path))).status).toBe(200);
  }
  expect([await stands(id), (await house.parts.profiles.requestOf(id))?.question]).toEqual(['requested', undefined]);
  // Looked after elsewhere, asked for by an address of that.
  const wiki = await addApplication(house.parts, `Wiki ${number}`, 'https://wiki.example');
  await house.parts.moderation.moderators.appoint(wiki.id, accountOf('bruno').id);
  const page = await as('bruno').get(at(`/moderation/${wiki.id}/requests/${id}`));
  expect(page.url.pathname).toBe(`/moderation/${wiki.id}`);
  await as('bruno').post(at(`/moderation/${wiki.id}/decide`), fields);
  expect(await stands(id)).toBe('requested');
});
