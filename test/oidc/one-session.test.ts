import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import { userinfo } from '../attacks/exchange.ts';
import { begin, openService, receive, signIn, walk, type Received, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';

describe('a person who is signed in', () => {
  let house: House;
  let blog: Service;
  /** The blog's other client. */
  let blogApp: Service;
  let photos: Service;
  let person: Account;
  let alix: Visitor;
  beforeAll(async () => {
    house = await openHouse();
    blog = await openService(house, 'Blog');
    blogApp = await openService(house, 'Blog', { of: blog.application });
    photos = await openService(house, 'Photos');
    await addPerson(house.parts, 'odile');
    person = await addPerson(house.parts, 'alix');
  });
  beforeEach(() => {
    alix = makeVisitor((url) => [blog, blogApp, photos].some((service) => service.isHome(url)));
  });
  afterAll(async () => {
    for (const service of [blog, blogApp, photos]) await service.close();
    await house.close();
  });

  const asks = async (service: Service): Promise<Page> => alix.get((await begin(service)).url);

  /** A sign-in that must not show a single page. */
  async function silently(service: Service): Promise<Received> {
    const attempt = await begin(service);
    const page = await alix.get(attempt.url);
    expect(service.isHome(page.url)).toBe(true);
    return receive(service, attempt, page.url);
  }

  const passwords = (): number => alix.trail.filter(({ pathname }) => pathname.endsWith('/sign-in')).length;

  test('is silent the second time at an application', async () => {
    const first = await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    for (let time = 0; time < 3; time += 1) {
      const { idToken } = await silently(blog);
      expect(idToken.sub).toBe(first.idToken.sub);
      expect(idToken['sid']).toBe(first.idToken['sid']);
    }
  });

  test('is the same to every client of an application, and silent at the second one', async () => {
    const first = await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    const second = await silently(blogApp);
    expect(second.idToken.sub).toBe(first.idToken.sub);
    expect(second.idToken['email']).toBe(first.idToken['email']);
    expect(second.idToken['sid']).not.toBe(first.idToken['sid']);
    // In another browser the choice is asked for again: it belongs to the session.
    const elsewhere = makeVisitor((url) => blogApp.isHome(url));
    const third = await signIn(elsewhere, blogApp, { person: 'alix', profile: 'alice' });
    expect(third.idToken.sub).toBe(first.idToken.sub);
  });

  test('is not asked for the password at the next application, but for a profile', async () => {
    const first = await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    const before = passwords();
    const page = await asks(photos);
    expect(page.document.querySelector('input[name=password]')).toBeNull();
    expect(page.document.querySelector('[name=profile], input[name=name]')).not.toBeNull();
    const second = await signIn(alix, photos, { person: 'alix', profile: 'charlie' });
    expect(passwords()).toBe(before);
    expect(second.idToken.sub).not.toBe(first.idToken.sub);
  });

  test('here first, is not asked for the password by an application', async () => {
    const { loginName, password } = PEOPLE.alix;
    await alix.submit(await alix.get(house.url), '/sign-in', { login: loginName, password });
    expect(passwords()).toBe(1);
    const { idToken } = await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    expect(idToken['preferred_username']).toBe('alice');
    expect(passwords()).toBe(1);
  });

  test('at an application first, finds the portal open', async () => {
    await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    const home = await alix.get(house.url);
    expect(home.url.pathname).toBe('/');
    expect(textOf(home)).toContain('Blog');
  });

  test('switches at the portal, and is asked again by every client of that application and by no other', async () => {
    const first = await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    await silently(blogApp);
    await signIn(alix, photos, { person: 'alix', profile: 'charlie' });
    await signIn(alix, blog, { person: 'alix', profile: 'alouette' }, { prompt: 'select_account' });
    const { profiles } = await house.parts.profiles.at(person.id, blog.application);
    const alice = profiles.find(({ name }) => name === 'alice')?.id ?? '';
    await alix.submit(await alix.get(`${house.url}/profiles/${alice}`), '/switch');

    const page = await asks(blogApp);
    const preselected = page.document.querySelector('input[name=profile][checked]');
    expect(preselected?.getAttribute('value')).toBe(alice);
    await silently(photos);
    const second = await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    expect(second.idToken.sub).toBe(first.idToken.sub);
    expect(second.idToken['sid']).not.toBe(first.idToken['sid']);
    expect((await silently(blogApp)).idToken.sub).toBe(first.idToken.sub);
  });

  test('changes the profile at one client: the others answer with it too, and the old tokens end there', async () => {
    const atBlog = await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    await silently(blogApp);
    const changed = await signIn(alix, blog, { person: 'alix', profile: 'alouette' }, { prompt: 'select_account' });
    expect(changed.idToken.sub).not.toBe(atBlog.idToken.sub);
    expect((await userinfo(house.url, atBlog.tokens.access_token)).status).toBe(401);
    expect((await userinfo(house.url, changed.tokens.access_token)).status).toBe(200);
  });
});

describe('an application on the person’s own machine', () => {
  let house: House;
  let notes: Service;
  const visitor = makeVisitor(({ protocol, pathname }) => protocol === 'org.example.notes:' || pathname === '/back');
  beforeAll(async () => {
    house = await openHouse();
    notes = await openService(house, 'Notes', {
      client: {
        authMethod: 'none',
        redirectUris: ['http://127.0.0.1/back', 'http://[::1]/back', 'org.example.notes:/back'],
      },
    });
    await addPerson(house.parts, 'alix');
  });
  afterAll(async () => {
    await notes.close();
    await house.close();
  });

  const at = (redirectUri: string): Service => ({
    ...notes,
    redirectUri,
    isHome: (url) => url.href.startsWith(redirectUri),
  });

  test.each(['http://127.0.0.1:51423/back', 'http://[::1]:8/back', 'http://127.0.0.1/back', 'org.example.notes:/back'])(
    'is answered at %s',
    async (redirectUri) => {
      const { idToken } = await signIn(visitor, at(redirectUri), { person: 'alix', profile: 'alice' });
      expect(idToken['preferred_username']).toBe('alice');
    },
  );

  test.each([
    'http://127.0.0.1:51423/elsewhere',
    'http://127.0.0.2:51423/back',
    'https://127.0.0.1:51423/back',
    'http://example.org:51423/back',
    'org.example.notes:/elsewhere',
    'org.example.other:/back',
  ])('is not answered at %s', async (redirectUri) => {
    const page = await visitor.get((await begin(at(redirectUri))).url);
    expect(page.status).toBe(400);
    expect(page.url.origin).toBe(house.url);
  });

  test('is alone in this: a server is answered at its very port', async () => {
    const blog = await openService(house, 'Blog', { client: { redirectUris: ['http://127.0.0.1:4000/back'] } });
    const ask = async (redirectUri: string): Promise<Page> => visitor.get((await begin({ ...blog, redirectUri })).url);
    const other = await ask('http://127.0.0.1:4001/back');
    expect(other.status).toBe(400);
    const own = { ...blog, redirectUri: 'http://127.0.0.1:4000/back', isHome: (url: URL) => url.port === '4000' };
    const page = await walk(visitor, own, await ask(own.redirectUri), { person: 'alix', profile: 'bird' });
    await blog.close();
    expect(page.url.searchParams.has('code')).toBe(true);
  });
});
