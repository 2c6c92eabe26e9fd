import type { Parts } from '../../../src/parts.ts';
import { codeAt } from '../../authenticator.ts';
import { DirectBrowser, type Answer } from '../walks/direct.ts';
import { hasField, submit } from './forms.ts';
import type { Door } from './place.ts';
import type { Side } from './sights.ts';

export const ORIGIN = 'http://localhost:8097';

export const PASSWORD = 'the barn door creaks at dusk';

/** Somebody with an account. */
export type Person = {
  readonly accountId: string;
  readonly loginName: string;
  /** What their authenticator app holds, once they have one. */
  secret?: string;
};

/** A profile as it is used: which of the two, whose, where, in which browser. */
export type Face = {
  readonly side: Side;
  /** None before it is made. */
  profileId: string;
  /** What its owner calls it, and what where moderators ask for another name. */
  readonly name: string;
  readonly fresh: string;
  readonly person: Person;
  readonly door: Door;
  readonly browser: DirectBrowser;
};

/** A browser of its own, at a network address of its own. */
export function newBrowser(parts: Parts, network: number): DirectBrowser {
  const address = [10, (network >> 16) & 255, (network >> 8) & 255, network & 255].join('.');
  return new DirectBrowser(parts.app, ORIGIN, address);
}

/** Signs in on a page that asks for it. */
export async function signInOn(
  browser: DirectBrowser,
  page: Answer,
  { loginName, secret }: Person,
  now: number,
): Promise<Answer> {
  const next = await submit(browser, page, '/sign-in', { login: loginName, password: PASSWORD });
  if (!hasField(next, 'code') || secret === undefined) return next;
  return submit(browser, next, '/factor/code', { code: codeAt(secret, now) });
}

/** Whether the journey is over: the browser is with the application, or carries an answer there. */
const isOver = (page: Answer): boolean => page.url.origin !== ORIGIN || hasField(page, 'SAMLResponse');

/** Takes note of what the moderators say, and chooses another name where that is asked for. */
function acknowledge(browser: DirectBrowser, page: Answer, name: string): Promise<Answer> {
  return submit(browser, page, '/notice', hasField(page, 'name') ? { name } : {});
}

const MOST_PAGES = 7;

/**
 * Walks through whatever pages stand between an application's request and its answer, as the person would; stops where
 * nothing can be answered.
 */
export async function walk(face: Face, first: Answer, now: number): Promise<Answer> {
  const { browser, person } = face;
  let page = first;
  for (let count = 0; count < MOST_PAGES && !isOver(page); count += 1) {
    const journey = /^\/journey\/[\w-]+/u.exec(page.url.pathname)?.[0];
    if (journey === undefined) return page;
    if (hasField(page, 'password')) page = await signInOn(browser, page, person, now);
    else if (hasField(page, 'code') && person.secret !== undefined)
      page = await submit(browser, page, '/factor/code', { code: codeAt(person.secret, now) });
    else if (page.text.includes(`action="${journey}/notice"`)) page = await acknowledge(browser, page, face.fresh);
    else if (page.text.includes(`action="${journey}/create"`))
      page = await submit(browser, page, '/create', { name: face.name, note: '' });
    else if (page.text.includes(`action="${journey}/profile"`))
      page = await submit(browser, page, '/profile', { profile: face.profileId });
    else return page;
    if (page.status >= 400) return page;
  }
  return page;
}
