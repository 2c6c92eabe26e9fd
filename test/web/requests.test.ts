import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { translator } from '../../views/text.ts';
import { begin, openService, receive, type Service } from '../application.ts';
import { askFor, CHOSEN, openDoor, proveAs, useLink, WHY, type OpenDoor } from '../open-door.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { answerOn, ask, openWiki, type Wiki } from '../service-provider.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';
import { ESCAPED, EVIL } from './desk.ts';

const t = translator('en');
const wordsOf = ({ document }: Page): string => document.textContent.replaceAll(/\s+/gu, ' ');

let door: OpenDoor;
let meadow: Service;
let wiki: Wiki;
let odile: Visitor;
beforeAll(async () => {
  door = await openDoor('approval');
  for (const name of ['odile', 'bruno'] as const) await addPerson(door.house.parts, name);
  meadow = await openService(door.house, 'Meadow');
  wiki = await openWiki(door.house, 'Wiki');
  odile = await signedIn('odile');
});
afterAll(async () => {
  await meadow.close();
  await door.close();
});

const at = (path: string): string => `${door.house.url}${path}`;
const browser = (): Visitor => makeVisitor((url) => meadow.isHome(url) || wiki.isHome(url));

async function signedIn(person: 'odile' | 'bruno'): Promise<Visitor> {
  const visitor = makeVisitor();
  await proveAs(visitor, await visitor.get(at('/account')), PEOPLE[person].loginName, PEOPLE[person].password);
  return visitor;
}

let number = 0;
let name: string;
let mailbox: string;
beforeEach(() => {
  number += 1;
  name = `applicant${number}`;
  mailbox = `${name}@home.example`;
});

/** Somebody asks, on the way that `first` begins. */
async function apply(visitor: Visitor, first: string | URL = at('/account'), reason = WHY): Promise<Page> {
  await askFor(visitor, await visitor.get(first), mailbox);
  return useLink(visitor, at(await door.linkTo(mailbox)), name, { reason });
}
const idOf = async (): Promise<string> => (await door.house.parts.accounts.findByLogin(name))?.id ?? '';
const decide = async (decision: string, fields = {}): Promise<Page> => {
  const request = await idOf();
  return odile.submit(await odile.get(at('/admin/requests')), '/decide', { request, decision, ...fields });
};

describe('somebody who asked on the way to an application', () => {
  test('sees how it stands, and goes on there once an administrator agrees (OpenID Connect)', async () => {
    const visitor = browser();
    const attempt = await begin(meadow);
    const waiting = await apply(visitor, attempt.url);
    expect(textOf(waiting)).toContain(t('applicant.title'));
    expect(wordsOf(waiting)).toContain(WHY);
    expect(textOf(await visitor.get(waiting.url))).toContain(t('applicant.title'));
    const list = await odile.get(at('/admin/requests'));
    for (const text of [name, WHY, t('admin.requests.for', { application: 'Meadow' })])
      expect(wordsOf(list)).toContain(text);
    expect(wordsOf(list)).toContain(t('nav.requests', { count: 1 }));
    expect(textOf(await decide('approve'))).toContain(t('notice.requests_approved'));
    expect((await door.letterTo(mailbox, name)).links[0]).toBe(`${meadow.url}/`);
    const signIn = await visitor.get(waiting.url);
    const next = await proveAs(visitor, signIn, name);
    const end = await visitor.submit(next, '/create', { name, note: '' });
    expect((await receive(meadow, attempt, end.url)).userinfo.preferred_username).toBe(name);
  });

  test('and the same by SAML', async () => {
    const visitor = browser();
    const asked = ask(wiki);
    const waiting = await apply(visitor, asked.url);
    await decide('approve');
    const next = await proveAs(visitor, await visitor.get(waiting.url), name);
    const answer = answerOn(await visitor.submit(next, '/create', { name, note: '' }));
    expect(answer.xml).toContain(`InResponseTo="${asked.id}"`);
  });

  test('on another device is told that a letter comes, and the browser that asked learns nothing of it', async () => {
    const desk = browser();
    const signIn = await desk.get((await begin(meadow)).url);
    await askFor(desk, signIn, mailbox);
    const phone = browser();
    const page = await useLink(phone, at(await door.linkTo(mailbox)), name, { reason: WHY });
    expect(textOf(page)).toContain(t('sign_up.request_title'));
    expect((await desk.get(signIn.url)).document.querySelector('input[name=password]')).not.toBeNull();
    const status = await phone.get(at(await door.linkTo(mailbox)));
    expect(wordsOf(status)).toContain(WHY);
    await decide('approve');
    expect((await phone.get(status.url)).status).toBe(410);
  });

  test('is asked something, answers on the way or by the letter, and may change the answer', async () => {
    const visitor = browser();
    const waiting = await apply(visitor);
    await door.letterTo(mailbox);
    const page = await odile.get(at(`/admin/requests/${await idOf()}`));
    const empty = await odile.submit(page, '/question', { question: ' ' });
    expect([empty.status, empty.document.querySelector('#question-error') !== null]).toEqual([422, true]);
    const sent = await odile.submit(empty, '/question', { question: 'Which bees?' });
    expect(textOf(sent)).toContain(t('notice.question_sent'));
    const asked = await visitor.get(waiting.url);
    expect(wordsOf(asked)).toContain('Which bees?');
    const nothing = await visitor.submit(asked, '/applicant', { do: 'answer', answer: '' });
    expect([nothing.status, nothing.document.querySelector('#answer-error') !== null]).toEqual([422, true]);
    const answered = await visitor.submit(nothing, '/applicant', { do: 'answer', answer: 'The black ones.' });
    expect(textOf(answered)).toContain(t('notice.answer_sent'));
    const link = await door.linkTo(mailbox);
    const phone = makeVisitor();
    const again = await phone.submit(await phone.get(at(link)), link, { do: 'answer', answer: 'And the white ones.' });
    expect(textOf(again)).toContain(t('notice.answer_sent'));
    expect(wordsOf(await odile.get(at('/admin/requests')))).toContain('And the white ones.');
  });

  test('withdraws, is forgotten, and may begin anew with the same name', async () => {
    const visitor = browser();
    const waiting = await apply(visitor);
    const gone = await visitor.submit(waiting, '/applicant', { do: 'withdraw' });
    expect(textOf(gone)).toContain(t('applicant.withdrawn_title'));
    expect(await idOf()).toBe('');
    expect((await visitor.get(waiting.url)).document.querySelector('input[name=password]')).not.toBeNull();
    expect((await visitor.get(at(await door.linkTo(mailbox)))).status).toBe(410);
    expect(textOf(await apply(visitor))).toContain(t('applicant.title'));
  });

  test('is refused with a reason in a letter, and signs in to nothing', async () => {
    const visitor = browser();
    const waiting = await apply(visitor);
    const long = await decide('refuse', { reason: 'x'.repeat(501) });
    expect([long.status, long.document.querySelector('#reason-error') !== null]).toEqual([422, true]);
    expect(textOf(await decide('refuse', { reason: 'We know nobody there.' }))).toContain(t('notice.requests_refused'));
    expect((await door.letterTo(mailbox, 'We know nobody there.')).links).not.toContain(at('/'));
    expect((await proveAs(visitor, await visitor.get(waiting.url), name)).status).toBe(422);
  });
});

test('an administrator decides about several at once, with groups, and is told who was decided before', async () => {
  const { accounts } = door.house.parts;
  const ids: string[] = [];
  for (const suffix of ['a', 'b', 'c']) {
    [name, mailbox] = [`several${suffix}`, `several${suffix}@home.example`];
    await apply(makeVisitor());
    ids.push(await idOf());
  }
  const radio = await accounts.groups.create('Radio');
  const page = await odile.get(at('/admin/requests'));
  const none = await odile.submit(page, '/decide', { decision: 'approve' });
  expect([none.status, textOf(none).includes(t('error.choice_required'))]).toEqual([422, true]);
  const [first = '', second = '', third = ''] = ids;
  const both = await odile.submit(page, '/decide', { request: [first, second], decision: 'approve', group: radio.id });
  expect(textOf(both)).toContain(t('notice.requests_approved'));
  expect(await accounts.groupsOf(second)).toEqual([radio]);
  // The page that another administrator still has open.
  const late = await odile.submit(page, '/decide', { request: [second, third], decision: 'refuse', reason: '' });
  expect(textOf(late)).toContain(t('notice.requests_partly_gone'));
  expect([(await accounts.find(second))?.status, await accounts.find(third)]).toEqual(['active', undefined]);
  const gone = await odile.submit(page, '/decide', { request: ids, decision: 'approve' });
  expect(textOf(gone)).toContain(t('notice.requests_gone'));
  expect(textOf(await odile.get(at(`/admin/requests/${third}`)))).toContain(t('notice.requests_gone'));
});

test('the queue comes a page at a time, oldest first', async () => {
  const { accounts } = door.house.parts;
  const before = await accounts.applicants.count();
  for (let one = 0; one < 21 - before; one += 1) {
    const asked = {
      mailbox: `queue${one}@home.example`,
      language: 'fr' as const,
      network: `10.${one}.0.1`,
      journeyId: 'j',
    };
    await accounts.signUp.ask(asked);
    const link = (await door.linkTo(asked.mailbox)).split('/').at(-1) ?? '';
    const chosen = { loginName: `queue${one}`, password: CHOSEN, language: 'fr' as const, reason: WHY };
    await accounts.signUp.accept(link, { ...chosen, acceptsTerms: false });
  }
  const ticks = (page: Page) => page.document.querySelectorAll('input[name=request]').length;
  const first = await odile.get(at('/admin/requests'));
  expect([ticks(first), wordsOf(first).includes(t('admin.requests.total', { count: 21 }))]).toEqual([20, true]);
  const next = first.document.querySelector('nav.pages a')?.getAttribute('href') ?? '';
  expect(ticks(await odile.get(at(next)))).toBe(1);
  for (const page of ['0', '-1', 'x', '9999', '1e9']) {
    expect((await odile.get(at(`/admin/requests?page=${page}`))).status).toBe(200);
  }
});

test('what people write stays text, for administrators too', async () => {
  await apply(browser(), at('/account'), `${EVIL} and some more`);
  const page = await odile.get(at(`/admin/requests/${await idOf()}`));
  expect([page.text.includes(ESCAPED), page.text.includes('<script>alert')]).toEqual([true, false]);
});

test('A91: only administrators read or decide, and only from a page of theirs', async () => {
  await apply(browser());
  const id = await idOf();
  const bruno = await signedIn('bruno');
  for (const path of ['/admin/requests', `/admin/requests/${id}`]) {
    expect((await bruno.get(at(path))).status).toBe(403);
    expect((await makeVisitor().get(at(path))).url.pathname).toMatch(/^\/journey\//u);
  }
  const fields = { request: id, decision: 'approve', question: 'Who?' };
  for (const path of ['/admin/requests/decide', `/admin/requests/${id}/question`]) {
    expect((await bruno.post(at(path), fields)).status).toBe(403);
    await makeVisitor().post(at(path), fields);
    expect((await odile.post(at(path), fields)).status).toBe(403);
    expect((await odile.get(at(path))).status).toBe(200);
  }
  expect(await door.house.parts.accounts.find(id)).toMatchObject({ status: 'awaiting' });
  expect((await bruno.get(at('/account'))).text).not.toContain('/admin/requests');
});
