import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { begin, openService, receive, signIn, walk, type Service } from '../application.ts';
import { ask as authorize, expectToldTo, request } from '../attacks/asking.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { statusesIn } from '../saml/told.ts';
import { answerOn, ask, openWiki, signInAt, type Wiki } from '../service-provider.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

const RULES = 'https://mill.example/rules';

describe('the rules of the house', () => {
  let house: House;
  let blog: Service;
  let wiki: Wiki;
  beforeAll(async () => {
    house = await openHouse();
    for (const name of ['odile', 'alix', 'bruno'] as const) await addPerson(house.parts, name);
    blog = await openService(house, 'Blog');
    wiki = await openWiki(house, 'Wiki');
  });
  afterAll(async () => {
    await blog.close();
    await house.close();
  });

  const browser = (): Visitor => makeVisitor((url) => blog.isHome(url) || wiki.isHome(url));

  async function setRules(version: string, url = RULES): Promise<void> {
    await house.parts.house.change({ ALUCO_TERMS_VERSION: version, ALUCO_RULES_URL: url });
    await house.renew();
  }

  async function prove(visitor: Visitor, page: Page, person: PersonName): Promise<Page> {
    const { loginName: login, password } = PEOPLE[person];
    return visitor.submit(page, '/sign-in', { login, password });
  }

  const isAsked = ({ document }: Page): boolean => document.querySelector('form[action$="/terms"]') !== null;
  const acceptedBy = async (person: PersonName): Promise<string | undefined> =>
    (await house.parts.accounts.findByLogin(person))?.termsAccepted;

  test('are shown with their version and where they are, and nobody passes before saying yes', async () => {
    await setRules('spring 2026');
    const alix = browser();
    const asked = await prove(alix, await alix.get(`${house.url}/account`), 'alix');
    expect(isAsked(asked)).toBe(true);
    expect(asked.document.querySelector('main')?.textContent).toContain('spring 2026');
    expect(asked.document.querySelector(`main a[href="${RULES}"]`)).not.toBeNull();
    // The address that was wanted is no way around.
    expect(isAsked(await alix.get(asked.url))).toBe(true);
    expect((await alix.get(`${house.url}/account`)).document.querySelector('input[name=password]')).not.toBeNull();
    expect(await acceptedBy('alix')).toBeUndefined();

    const account = await alix.submit(asked, '/terms');
    expect([account.status, account.url.pathname]).toEqual([200, '/account']);
    expect(await acceptedBy('alix')).toBe('spring 2026');
    const activity = await alix.get(`${house.url}/activity`);
    expect(activity.document.querySelector('main')?.textContent).toContain('accepted the rules, version: spring 2026');
    // Once is enough.
    const other = browser();
    expect((await prove(other, await other.get(`${house.url}/account`), 'alix')).url.pathname).toBe('/account');
  });

  test('without an address say so in a sentence', async () => {
    await setRules('spring 2026', '');
    const bruno = browser();
    const asked = await prove(bruno, await bruno.get(house.url), 'bruno');
    expect(asked.document.querySelector('main a[href^=http]')).toBeNull();
    expect(asked.document.querySelector('main')?.textContent).toContain(
      'have not written here where to read the rules',
    );
  });

  test('in a new version are asked of who is signed in already, on every page of theirs but the way out', async () => {
    await setRules('summer 2026');
    const alix = browser();
    await alix.submit(await prove(alix, await alix.get(`${house.url}/account`), 'alix'), '/terms');
    const before = await alix.get(`${house.url}/account`);
    expect(before.status).toBe(200);

    await setRules('autumn 2026');
    for (const path of ['/', '/account', '/activity', '/admin/house']) {
      expect([path, isAsked(await alix.get(`${house.url}${path}`))]).toEqual([path, true]);
    }
    // Nor does a form that was open before do anything.
    const sent = await alix.submit(before, '/account/language', { language: 'fr' });
    expect(isAsked(sent)).toBe(true);
    expect((await house.parts.accounts.findByLogin('alix'))?.language).toBe('en');
    const left = await alix.submit(before, '/sign-out');
    expect(left.url.pathname).toBe('/signed-out');
  });

  test('are no lock on the door: to leave, or to end one’s sessions, nobody has to accept them', async () => {
    await setRules('autumn 2026, late');
    const alix = browser();
    // Neither from a sign-in that leads there, nor afterwards with the session of it.
    const leave = await prove(alix, await alix.get(`${house.url}/account/leave`), 'alix');
    expect([leave.url.pathname, leave.status]).toEqual(['/account/leave', 200]);
    const data = await alix.get(`${house.url}/account/data`);
    const archive = await alix.submit(data, '/account/data');
    expect([archive.status, archive.headers.get('content-type')]).toEqual([200, 'application/zip']);
    expect((await alix.get(`${house.url}/sessions`)).url.pathname).toBe('/sessions');
    const asked = await alix.get(`${house.url}/account`);
    expect(isAsked(asked)).toBe(true);
    for (const { attributes } of asked.document.querySelectorAll('main .ways a')) {
      const { url } = await alix.get(new URL(attributes['href'] ?? '', house.url));
      expect(url.pathname).toBe(attributes['href']);
    }
    // What the journey leads to is no way to any other page, nor to an application.
    expect(isAsked(await alix.get((await begin(blog)).url))).toBe(true);
    const ended = await alix.submit(await alix.get(`${house.url}/sessions`), '/sessions/end-all');
    expect(ended.url.pathname).toBe('/signed-out');
    expect(await acceptedBy('alix')).toBe('summer 2026');
  });

  test('that changed while the page stood open are shown again, and the former ones are not accepted', async () => {
    await setRules('winter 2026');
    const alix = browser();
    const asked = await prove(alix, await alix.get(`${house.url}/account`), 'alix');
    await setRules('winter 2026, mended');
    const again = await alix.submit(asked, '/terms');
    expect(isAsked(again)).toBe(true);
    expect(again.document.querySelector('main')?.textContent).toContain('winter 2026, mended');
    expect(await acceptedBy('alix')).toBe('summer 2026');
  });

  test('that somebody does not accept sign them out, and tell no page what they are', async () => {
    await setRules('2027');
    const alix = browser();
    const asked = await prove(alix, await alix.get(`${house.url}/account`), 'alix');
    expect((await alix.submit(asked, '/terms', { cancel: '1' })).url.pathname).toBe('/signed-out');
    expect(await acceptedBy('alix')).toBe('summer 2026');
    expect((await alix.get(asked.url)).status).toBe(410);

    // With a session from before the rules changed as well.
    await alix.submit(await prove(alix, await alix.get(`${house.url}/account`), 'alix'), '/terms');
    await setRules('2028');
    const held = await alix.get(`${house.url}/account`);
    expect(isAsked(held)).toBe(true);
    await alix.submit(held, '/terms', { cancel: '1' });
    expect((await alix.get(`${house.url}/account`)).document.querySelector('input[name=password]')).not.toBeNull();
  });

  test('are only accepted from the page of the very journey', async () => {
    const alix = browser();
    const asked = await prove(alix, await alix.get(`${house.url}/account`), 'alix');
    const forged = await alix.post(new URL(`${asked.url.pathname}/terms`, house.url), { version: '2028' });
    expect(forged.status).toBe(403);
    const elsewhere = await browser().submit(asked, '/terms');
    expect(elsewhere.status).toBe(410);
    expect(await acceptedBy('alix')).toBe('2027');
    // Before anybody has said who they are, there is nobody to accept them.
    const stranger = browser();
    const signIn = await stranger.get(`${house.url}/account`);
    const csrf = signIn.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
    const page = await stranger.post(new URL(`${signIn.url.pathname}/terms`, house.url), { csrf, version: '2028' });
    expect(page.document.querySelector('input[name=password]')).not.toBeNull();
  });

  test('stand between an application and its answer, with a session too, and silence says login_required', async () => {
    await setRules('');
    const alix = browser();
    const first = await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    await setRules('2029');
    const silent = await authorize(house, { ...request(blog), prompt: 'none' }, await alix.cookies(house.url));
    expectToldTo(blog, house, silent, 'login_required');

    const attempt = await begin(blog);
    const asked = await alix.get(attempt.url);
    expect(isAsked(asked)).toBe(true);
    expect(asked.document.querySelector('main')?.textContent).toContain('Not now: back to Blog');
    const answer = await alix.submit(asked, '/terms');
    const second = await receive(blog, attempt, answer.url);
    expect(second.idToken.sub).toBe(first.idToken.sub);
    const after = await authorize(house, { ...request(blog), prompt: 'none' }, await alix.cookies(house.url));
    expect(after.location?.searchParams.get('code')).toMatch(/./u);
  });

  test('that somebody does not accept leave the application with access_denied', async () => {
    await setRules('2030');
    const alix = browser();
    const asked = await prove(alix, await alix.get((await begin(blog)).url), 'alix');
    const answer = await alix.submit(asked, '/terms', { cancel: '1' });
    expect(answer.url.origin).toBe(blog.url);
    expect(answer.url.searchParams.get('error')).toBe('access_denied');
    expect(answer.url.searchParams.get('code')).toBeNull();
  });

  test('hold for SAML as well: NoPassive in silence, RequestDenied where they are not accepted', async () => {
    await setRules('');
    const bruno = browser();
    await signInAt(bruno, wiki, { person: 'bruno', profile: 'bruno' });
    await setRules('2031');
    const silent = answerOn(await bruno.get(ask(wiki, { isPassive: true }).url));
    expect(statusesIn(silent.xml)).toEqual(['Responder', 'NoPassive']);

    const asked = await bruno.get(ask(wiki).url);
    expect(isAsked(asked)).toBe(true);
    const denied = answerOn(await bruno.submit(asked, '/terms', { cancel: '1' }));
    expect(statusesIn(denied.xml)).toEqual(['Responder', 'RequestDenied']);

    const again = await bruno.get(ask(wiki).url);
    const accepted = answerOn(await walk(bruno, wiki, await bruno.submit(again, '/terms'), { person: 'bruno' }));
    expect(statusesIn(accepted.xml)).toEqual(['Success']);
    expect(await acceptedBy('bruno')).toBe('2031');
  });
});
