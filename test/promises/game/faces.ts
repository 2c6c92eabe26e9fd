import type { Parts } from '../../../src/parts.ts';
import { codeAt } from '../../authenticator.ts';
import { DirectBrowser, type Answer } from '../walks/direct.ts';
import { hasField, submit } from './forms.ts';
import { ORIGIN, type Door } from './place.ts';
import type { Side } from './sights.ts';

export const PASSWORD = 'the barn door creaks at dusk';

/** Somebody with an account. */
export type Person = {
  readonly accountId: string;
  readonly loginName: string;
  /** What their authenticator app holds, once they have one. */
  secret?: string;
};

/** A profile as it is used: which of the two, by what name, whose, where, in which browser. */
export type Face = {
  readonly side: Side;
  readonly name: string;
  readonly person: Person;
  readonly door: Door;
  readonly browser: DirectBrowser;
};

/** A browser of its own, at a network address of its own. */
export function newBrowser(parts: Parts, network: number): DirectBrowser {
  const address = [10, (network >> 16) & 255, (network >> 8) & 255, network & 255].join('.');
  return new DirectBrowser(parts.app, ORIGIN, address);
}

/** The owner's way to a profile: its id, if it is there. */
export async function profileOf(
  { profiles }: Pick<Parts, 'profiles'>,
  { person, door, name }: Pick<Face, 'person' | 'door' | 'name'>,
): Promise<string | undefined> {
  const held = await profiles.at(person.accountId, door.application);
  return held.profiles.find((profile) => profile.name === name)?.id;
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

const MOST_PAGES = 7;

/**
 * Walks through whatever pages stand between an application's request and its answer, as the person would; stops where
 * nothing can be answered.
 */
export async function walk(parts: Parts, face: Face, first: Answer, now: number): Promise<Answer> {
  const { browser, person, name } = face;
  let page = first;
  for (let count = 0; count < MOST_PAGES && !isOver(page); count += 1) {
    const journey = /^\/journey\/[\w-]+/u.exec(page.url.pathname)?.[0];
    if (journey === undefined) return page;
    if (hasField(page, 'password')) page = await signInOn(browser, page, person, now);
    else if (hasField(page, 'code') && person.secret !== undefined)
      page = await submit(browser, page, '/factor/code', { code: codeAt(person.secret, now) });
    else if (page.text.includes(`action="${journey}/create"`))
      page = await submit(browser, page, '/create', { name, note: '' });
    else if (page.text.includes(`action="${journey}/profile"`)) {
      const profile = await profileOf(parts, face);
      page =
        profile === undefined
          ? await browser.get(`${journey}/new`)
          : await submit(browser, page, '/profile', { profile });
    } else return page;
    if (page.status >= 400) return page;
  }
  return page;
}
