import * as client from 'openid-client';
import { afterAll, beforeEach, beforeAll, describe, expect, test } from 'vitest';
import { userinfo } from '../attacks/exchange.ts';
import { begin, openService, signIn, type Received, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, textOf, type Visitor } from '../visitor.ts';
import { signOut } from './signing-out.ts';

describe('a person signs out from an application', () => {
  let house: House;
  let blog: Service;
  /** The blog's other client. */
  let blogApp: Service;
  let photos: Service;
  let alix: Visitor;
  let atBlog: Received;
  let atPhotos: Received;
  beforeAll(async () => {
    house = await openHouse();
    blog = await openService(house, 'Blog');
    blogApp = await openService(house, 'Blog', { of: blog.application });
    photos = await openService(house, 'Photos', { client: { logoutByAddress: true } });
    await addPerson(house.parts, 'alix');
  });
  beforeEach(async () => {
    alix = makeVisitor((url) => [blog, blogApp, photos].some((service) => service.isHome(url)));
    atBlog = await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    await signIn(alix, blogApp, { person: 'alix', profile: 'alice' });
    atPhotos = await signIn(alix, photos, { person: 'alix', profile: 'charlie' });
  });
  afterAll(async () => {
    for (const service of [blog, blogApp, photos]) await service.close();
    await house.close();
  });

  const leaveUrl = (service: Service, params: Record<string, string>): URL =>
    client.buildEndSessionUrl(service.configuration, params);

  /** The address of sign-out with nothing but these parameters. */
  const bareUrl = (params: Record<string, string>): string => `${house.url}/oidc/logout?${new URLSearchParams(params)}`;

  /** What an application hears that asks without a page: `code`, or which error. */
  async function silently(service: Service): Promise<string> {
    const { url } = await alix.get((await begin(service, { prompt: 'none' })).url);
    expect(service.isHome(url)).toBe(true);
    return url.searchParams.has('code') ? 'code' : (url.searchParams.get('error') ?? 'nothing');
  }

  const everywhere = async (): Promise<string[]> => [
    await silently(blog),
    await silently(blogApp),
    await silently(photos),
  ];

  test('and is asked first; nothing has happened before the answer, nor when they stay', async () => {
    expect(await everywhere()).toEqual(['code', 'code', 'code']);
    const page = await alix.get(leaveUrl(blog, { id_token_hint: atBlog.tokens.id_token ?? '' }));
    expect(page.status).toBe(200);
    expect(textOf(page)).toContain('Blog');
    const ticked = page.document.querySelectorAll('input[name=scope][checked]');
    expect(ticked.map((input) => input.getAttribute('value'))).toEqual(['everything']);
    expect(await everywhere()).toEqual(['code', 'code', 'code']);
    await alix.submit(page, '/leave', { stay: '1' });
    expect(await everywhere()).toEqual(['code', 'code', 'code']);
  });

  test('of everything, with a hint: back to its address with its state, and signed in nowhere', async () => {
    const url = leaveUrl(blog, {
      id_token_hint: atBlog.tokens.id_token ?? '',
      post_logout_redirect_uri: `${blog.url}/bye`,
      state: 'a state & more',
    });
    const page = await signOut(house, alix, url);
    expect(page.url.origin + page.url.pathname).toBe(`${blog.url}/bye`);
    expect(Object.fromEntries(page.url.searchParams)).toEqual({ state: 'a state & more' });
    expect(await everywhere()).toEqual(['login_required', 'login_required', 'login_required']);
    for (const { tokens } of [atBlog, atPhotos])
      expect((await userinfo(house.url, tokens.access_token)).status).toBe(401);
  });

  test('of this application alone: all of its clients, and no other application', async () => {
    const url = leaveUrl(blog, {
      id_token_hint: atBlog.tokens.id_token ?? '',
      post_logout_redirect_uri: `${blog.url}/bye`,
    });
    const page = await signOut(house, alix, url, 'application');
    expect(page.url.href).toBe(`${blog.url}/bye`);
    const refused = 'account_selection_required';
    expect(await everywhere()).toEqual([refused, refused, 'code']);
    expect((await userinfo(house.url, atBlog.tokens.access_token)).status).toBe(401);
    expect((await userinfo(house.url, atPhotos.tokens.access_token)).status).toBe(200);
    // Coming back takes a choice, no password.
    const asked = alix.trail.length;
    expect((await signIn(alix, blog, { person: 'alix', profile: 'alice' })).idToken.sub).toBe(atBlog.idToken.sub);
    expect(alix.trail.slice(asked).some(({ pathname }) => pathname.endsWith('/sign-in'))).toBe(false);
  });

  test('with its name and without a hint', async () => {
    const url = bareUrl({
      client_id: blog.client.id,
      post_logout_redirect_uri: `${blog.url}/bye`,
      state: 'from-the-blog',
    });
    const page = await signOut(house, alix, url);
    expect(page.url.href).toBe(`${blog.url}/bye?state=from-the-blog`);
    expect(await everywhere()).toEqual(['login_required', 'login_required', 'login_required']);
  });

  test('without a hint and a name: of everything, and back to nowhere', async () => {
    const page = await alix.get(bareUrl({ post_logout_redirect_uri: `${blog.url}/bye`, state: 'x' }));
    expect(page.document.querySelectorAll('input[name=scope]').map((input) => input.getAttribute('type'))).toEqual([
      'hidden',
    ]);
    const after = await alix.submit(page, '/leave');
    expect(after.url.origin).toBe(house.url);
    expect(after.status).toBe(200);
    expect(after.text).not.toContain('/bye');
    expect(await everywhere()).toEqual(['login_required', 'login_required', 'login_required']);
  });

  test('by its address alone, where the application is set so', async () => {
    const page = await signOut(house, alix, bareUrl({ post_logout_redirect_uri: `${photos.url}/bye`, state: 'x' }));
    expect(page.url.href).toBe(`${photos.url}/bye?state=x`);
    expect(await silently(photos)).toBe('login_required');
  });

  test('and is not sent to an address that the application did not register', async () => {
    for (const params of [
      { id_token_hint: atBlog.tokens.id_token ?? '' },
      { client_id: blog.client.id },
      { client_id: blog.client.id, id_token_hint: atPhotos.tokens.id_token ?? '' },
    ]) {
      const page = await alix.get(bareUrl({ ...params, post_logout_redirect_uri: `${photos.url}/bye` }));
      expect(page.status).toBe(400);
      expect(page.url.origin).toBe(house.url);
      expect(page.document.querySelector('form[action="/leave"]')).toBeNull();
    }
    expect(await everywhere()).toEqual(['code', 'code', 'code']);
  });

  test('with the hint of a session long gone', async () => {
    await signOut(house, alix);
    await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    const url = leaveUrl(blog, {
      id_token_hint: atBlog.tokens.id_token ?? '',
      post_logout_redirect_uri: `${blog.url}/bye`,
    });
    expect((await signOut(house, alix, url)).url.href).toBe(`${blog.url}/bye`);
    expect(await silently(blog)).toBe('login_required');
  });

  test('twice: the second time there is nothing to ask, and the way back is the same', async () => {
    const params = { post_logout_redirect_uri: `${blog.url}/bye`, state: 'again' };
    const url = leaveUrl(blog, { ...params, id_token_hint: atBlog.tokens.id_token ?? '' });
    expect((await signOut(house, alix, url)).url.href).toBe(`${blog.url}/bye?state=again`);
    expect((await alix.get(url)).url.href).toBe(`${blog.url}/bye?state=again`);
    const page = await alix.get(bareUrl({ client_id: blog.client.id }));
    expect(page.status).toBe(200);
    expect(page.document.querySelector(`a[href="${blog.url}"]`)).not.toBeNull();
    const elsewhere = await alix.get(
      bareUrl({ client_id: blog.client.id, post_logout_redirect_uri: `${photos.url}/bye` }),
    );
    expect(elsewhere.status).toBe(400);
  });
});
