import { afterAll, beforeAll, expect, test } from 'vitest';
import { SOLVER, solverOfLibrary } from '../../assets.config.ts';
import { readFile } from 'node:fs/promises';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';
import { answered, worked } from '../working.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
  for (const name of ['alix', 'bruno', 'odile'] as const) await addPerson(house.parts, name);
});
afterAll(() => house.close());

const isAsked = (page: Page): boolean => page.document.querySelector('[data-challenge]') !== null;

/** Fails to sign in until work is asked for. */
async function fail(visitor: Visitor, login: string): Promise<{ page: Page; failures: number; pages: string[] }> {
  let page = await visitor.get(`${house.url}/account`);
  const pages: string[] = [];
  let failures = 0;
  for (; !isAsked(page) && failures < 8; failures += 1) {
    page = await visitor.submit(page, '/sign-in', { login, password: 'not the password' });
    // The words to copy are drawn each time.
    const words = page.document.textContent.replaceAll(/\s+/gu, ' ').replace(/Copy the .* words: [\w, ]*/u, '');
    pages.push(`${page.status} ${words}`);
  }
  return { page, failures, pages };
}

test('the first attempts to sign in ask for no work', async () => {
  expect(isAsked(await makeVisitor().get(`${house.url}/account`))).toBe(false);
});

test('A43 a sign-in asks for work after as many failures whether there is such an account or not, in the same words', async () => {
  const known = await fail(makeVisitor(), 'alix');
  const unknown = await fail(makeVisitor(), 'nobody');
  expect(known.failures).toBe(3);
  expect(unknown.pages).toEqual(known.pages);
  // By any name of hers it is one account.
  const byMailbox = makeVisitor();
  const page = await byMailbox.submit(await byMailbox.get(`${house.url}/account`), '/sign-in', {
    login: PEOPLE.alix.mailbox,
    password: PEOPLE.alix.password,
  });
  expect([page.status, isAsked(page)]).toEqual([422, true]);
});

test('without the work the right password is not even looked at; with it one signs in', async () => {
  const { loginName: login, password } = PEOPLE.alix;
  const alix = makeVisitor();
  const { page } = await fail(alix, login);
  const before = house.parts.hasher.counts().verified;
  const without = await alix.submit(page, '/sign-in', { login, password });
  expect([without.status, without.document.querySelector('.problem a')?.getAttribute('href')]).toEqual([422, '#work']);
  expect(house.parts.hasher.counts().verified).toBe(before);
  const done = await alix.submit(without, '/sign-in', { login, password, ...(await worked(without)) });
  expect([done.status, done.url.pathname]).toEqual([200, '/account']);
});

test('without scripts the question is answered instead, once', async () => {
  const { loginName: login, password } = PEOPLE.bruno;
  const bruno = makeVisitor();
  const { page } = await fail(bruno, login);
  const answer = answered(page);
  const wrong = await bruno.submit(page, '/sign-in', { login, password, work: 'none of them' });
  expect([wrong.status, wrong.document.querySelector('.problem a')?.getAttribute('href')]).toEqual([422, '#work']);
  // The first question again: it had its answer.
  const replayed = await bruno.submit(page, '/sign-in', { login, password, ...answer });
  expect(replayed.status).toBe(422);
  const done = await bruno.submit(replayed, '/sign-in', { login, password, ...answered(replayed) });
  expect([done.status, done.url.pathname]).toEqual([200, '/account']);
});

test('the pages let a browser start the solver of the instance, and no other', async () => {
  const page = await makeVisitor().get(`${house.url}/signed-out`);
  expect(page.headers.get('content-security-policy')).toContain("worker-src 'self';");
});

test('the solver is the one of the installed library', async () => {
  expect(await readFile(SOLVER, 'utf8')).toBe(await solverOfLibrary());
});
