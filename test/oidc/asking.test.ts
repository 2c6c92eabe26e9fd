import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { begin, openService, signIn, walk, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

/** What a page asks for, or what the application was told. */
function outcome(page: Page): string {
  if (page.status === 0) return page.url.searchParams.get('error') ?? (page.url.searchParams.has('code') ? 'code' : '');
  if (page.document.querySelector('input[name=password]') !== null) return 'sign in';
  if (page.document.querySelector('[name=profile]') !== null) return 'choose';
  return page.document.querySelector('input[name=name]') === null ? `${page.status}` : 'create';
}

describe('an application asks', () => {
  let house: House;
  let blog: Service;
  let single: Service;
  beforeAll(async () => {
    house = await openHouse();
    blog = await openService(house, 'Blog');
    single = await openService(house, 'Register', { application: { quota: 1 } });
    await addPerson(house.parts, 'odile');
    await addPerson(house.parts, 'alix');
    await addPerson(house.parts, 'bruno');
  });
  afterAll(async () => {
    await blog.close();
    await single.close();
    await house.close();
  });

  let alix: Visitor;
  const newBrowser = (): Visitor => makeVisitor((url) => blog.isHome(url) || single.isHome(url));
  beforeEach(() => {
    alix = newBrowser();
  });

  const asAlice = { person: 'alix', profile: 'alice' } as const;
  const asks = async (params: Record<string, string>, service: Service = blog): Promise<Page> =>
    alix.get((await begin(service, params)).url);
  const signInPage = (page: Page): Promise<Page> =>
    alix.submit(page, '/sign-in', { login: PEOPLE.alix.loginName, password: PEOPLE.alix.password });

  test('for no page at all: an error until the person has signed in and chosen, then a code', async () => {
    const stranger = await asks({ prompt: 'none' });
    expect(outcome(stranger)).toBe('login_required');
    expect(stranger.url.searchParams.get('iss')).toBe(house.url);
    await signInPage(await alix.get(house.url));
    expect(outcome(await asks({ prompt: 'none' }))).toBe('account_selection_required');
    await signIn(alix, blog, asAlice);
    const known = await asks({ prompt: 'none' });
    expect(outcome(known)).toBe('code');
    expect(known.url.searchParams.get('iss')).toBe(house.url);
    expect(outcome(await asks({ prompt: 'none', max_age: '0' }))).toBe('login_required');
  });

  test.each(['none login', 'none create', 'none select_account', 'none consent'])(
    'for no page and a page at once, prompt=%s: that is no request',
    async (prompt) => {
      await signIn(alix, blog, asAlice);
      expect(outcome(await asks({ prompt }))).toBe('invalid_request');
    },
  );

  test('for a new sign-in: the password again, the same profile', async () => {
    const first = await signIn(alix, blog, asAlice);
    expect(outcome(await asks({}))).toBe('code');
    const page = await asks({ prompt: 'login' });
    expect(outcome(page)).toBe('sign in');
    expect(outcome(await signInPage(page))).toBe('code');
    expect((await signIn(alix, blog, asAlice, { prompt: 'login' })).idToken.sub).toBe(first.idToken.sub);
  });

  test('for a new choice: the pages again, no password, and another profile may answer', async () => {
    const first = await signIn(alix, blog, asAlice);
    for (const prompt of ['select_account', 'consent']) {
      const page = await asks({ prompt });
      expect(outcome(page)).toBe('choose');
      const [choice] = page.document.querySelectorAll('[name=profile]');
      const after = await alix.submit(page, '/profile', { profile: choice?.getAttribute('value') ?? '' });
      expect(outcome(after)).toBe('code');
    }
    const other = await signIn(alix, blog, { person: 'alix', profile: 'alouette' }, { prompt: 'select_account' });
    expect(other.idToken['preferred_username']).toBe('alouette');
    expect(other.idToken.sub).not.toBe(first.idToken.sub);
    expect(other.idToken['sid']).not.toBe(first.idToken['sid']);
    expect((await signIn(alix, blog, { person: 'alix' })).idToken.sub).toBe(other.idToken.sub);
  });

  test('for a new sign-in and a new choice: both, in that order', async () => {
    await signIn(alix, blog, asAlice);
    const page = await asks({ prompt: 'login select_account' });
    expect(outcome(page)).toBe('sign in');
    expect(outcome(await signInPage(page))).toBe('choose');
  });

  test('for somebody new: sign-in to a stranger, a new profile to somebody who is signed in', async () => {
    const stranger = await asks({ prompt: 'create' });
    expect(outcome(stranger)).toBe('sign in');
    expect(stranger.document.querySelector('a[href$="/no-account"]')).not.toBeNull();
    await signIn(alix, blog, asAlice);
    const page = await asks({ prompt: 'create' });
    expect(outcome(page)).toBe('create');
    const after = await alix.submit(page, '/create', { name: 'amandine', note: '' });
    expect(outcome(after)).toBe('code');
    expect((await signIn(alix, blog, { person: 'alix' })).idToken['preferred_username']).toBe('amandine');
  });

  test('for a new sign-in and somebody new: both, in that order', async () => {
    await signIn(alix, blog, asAlice);
    const page = await asks({ prompt: 'login create' });
    expect(outcome(page)).toBe('sign in');
    expect(outcome(await signInPage(page))).toBe('create');
  });

  test('for somebody new where there is no room: the choice of those there are', async () => {
    await signIn(alix, single, { person: 'alix', profile: 'alone' });
    expect(outcome(await asks({ prompt: 'create' }, single))).toBe('choose');
  });

  test('for a prompt nobody knows: that is no request', async () => {
    expect(outcome(await asks({ prompt: 'fireworks' }))).toBe('invalid_request');
  });

  test('with a hint of who it might be: no page before sign-in shows it, whoever it is', async () => {
    const texts = new Set<string>();
    for (const hint of ['alix', 'alix@home.example', 'nobody-of-that-name']) {
      const page = await asks({ login_hint: hint });
      expect(outcome(page)).toBe('sign in');
      const main = page.document.querySelector('main')?.innerHTML ?? '';
      expect(main).not.toContain(hint);
      const login = page.document.querySelector('input[name=login]');
      expect(login?.getAttribute('value') ?? '').toBe('');
      texts.add(main.replaceAll(/\/journey\/[\w-]+|value="[\w-]{20,}"/gu, ''));
    }
    // And the hint changes nothing else on it.
    expect(texts.size).toBe(1);
  });

  test('for pages in a language: they are, where we speak it; the browser decides otherwise', async () => {
    const language = (page: Page): string | undefined => page.document.querySelector('html')?.getAttribute('lang');
    const ask = async (locales: string, accepted: string): Promise<string | undefined> => {
      const { url } = await asks({ ui_locales: locales });
      return language(await alix.get(url, { 'accept-language': accepted }));
    };
    expect(await ask('fr-CA en', 'en')).toBe('fr');
    expect(await ask('de en-GB fr', 'fr')).toBe('en');
    expect(await ask('de', 'fr')).toBe('fr');
    const page = await asks({ ui_locales: 'fr' });
    expect(language(await alix.submit(page, '/sign-in', { login: 'alix', password: 'wrong' }))).toBe('fr');
  });

  test('about somebody it knows: silent for that profile, a choice for another', async () => {
    const first = await signIn(alix, blog, asAlice);
    const hint = { id_token_hint: first.tokens.id_token ?? '' };
    const wanted = (value: string) => ({ claims: JSON.stringify({ id_token: { sub: { value } } }) });
    for (const params of [hint, wanted(first.idToken.sub)])
      expect(outcome(await asks({ ...params, prompt: 'none' }))).toBe('code');

    const second = await signIn(alix, blog, { person: 'alix', profile: 'alouette' }, { prompt: 'select_account' });
    for (const params of [hint, wanted(first.idToken.sub)]) {
      expect(outcome(await asks({ ...params, prompt: 'none' }))).toBe('account_selection_required');
      const choice = await asks(params);
      expect(outcome(choice)).toBe('choose');
      const chosen = choice.document.querySelector('input[name=profile][checked]')?.getAttribute('id');
      expect(choice.document.querySelector(`label[for=${chosen}]`)?.textContent).toContain('alice');
      expect(choice.text).not.toContain('asked for another profile');
    }
    expect(outcome(await asks({ ...wanted(second.idToken.sub), prompt: 'none' }))).toBe('code');
    expect((await asks(wanted('nobody here'))).text).toContain('asked for another profile');
  });

  test('about somebody it knows by name: silent too, where the application is told names', async () => {
    const named = await openService(house, 'Named', { application: { subject: 'name' } });
    const visitor = makeVisitor((url) => named.isHome(url));
    const { tokens } = await signIn(visitor, named, asAlice);
    const params = { id_token_hint: tokens.id_token ?? '', prompt: 'none' };
    const page = await visitor.get((await begin(named, params)).url);
    await named.close();
    expect(outcome(page)).toBe('code');
  });

  test('about somebody else than who signs in: never an answer about another person', async () => {
    const bruno = newBrowser();
    const his = await signIn(bruno, blog, { person: 'bruno', profile: 'bruno' });
    await signIn(alix, blog, asAlice);
    const wanted = JSON.stringify({ id_token: { sub: { value: his.idToken.sub, essential: true } } });
    for (const params of [{ id_token_hint: his.tokens.id_token ?? '' }, { claims: wanted }]) {
      expect(outcome(await asks({ ...params, prompt: 'none' }))).toMatch(/_required$/u);
      const attempt = await begin(blog, params);
      const page = await walk(alix, blog, await alix.get(attempt.url), asAlice).catch(() => undefined);
      expect(page === undefined ? 'refused' : outcome(page)).not.toBe('code');
    }
  });

  test('for a level of assurance: told of it, refused at once where it is essential and not there', async () => {
    const level = 'urn:aluco:acr:password';
    const voluntary = await signIn(alix, blog, asAlice, { acr_values: `urn:example:gold ${level}` });
    expect(voluntary.idToken['acr']).toBe(level);
    const unknown = await signIn(alix, blog, asAlice, { acr_values: 'urn:example:gold' });
    expect([undefined, level]).toContain(unknown.idToken['acr']);

    const essential = (request: object): Record<string, string> => ({
      claims: JSON.stringify({ id_token: { acr: { essential: true, ...request } } }),
    });
    const met = await signIn(alix, blog, asAlice, essential({ values: ['urn:example:gold', level] }));
    expect(met.idToken['acr']).toBe(level);
    for (const request of [{ value: 'urn:example:gold' }, { values: ['urn:example:gold', 'urn:example:silver'] }]) {
      const refused = await newBrowser().get((await begin(blog, essential(request))).url);
      expect(outcome(refused)).toBe('unmet_authentication_requirements');
    }
    expect(outcome(await asks({ claims: '{"id_token":' }))).toBe('invalid_request');
  });
});
