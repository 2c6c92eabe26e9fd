import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openService, signIn, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';

const SCOPE = 'openid profile email groups';
/** What differs each time, which the page names and does not show. */
const EACH_TIME = ['iat', 'exp', 'nonce', 'sid', 'auth_time', 'at_hash'];

let house: House;
let odile: string;
let visitor: Visitor;
beforeAll(async () => {
  house = await openHouse();
  odile = (await addPerson(house.parts, 'odile')).id;
  await addPerson(house.parts, 'alix');
  for (const name of ['Gardeners', 'Choir']) {
    const group = await house.parts.accounts.groups.create(name);
    await house.parts.accounts.groups.addMember(group.id, 'odile');
  }
});
afterAll(() => house.close());

async function open(settings: Parameters<typeof openService>[2] = {}): Promise<Service> {
  const service = await openService(house, 'Meadow', settings);
  visitor = makeVisitor((url) => service.isHome(url));
  const { loginName: login, password } = PEOPLE.odile;
  await visitor.submit(await visitor.get(house.url), '/sign-in', { login, password });
  return service;
}

const look = (service: Service, query = ''): Promise<Page> =>
  visitor.get(`${house.url}/admin/applications/${service.application.id}/try${query}`);

/** The table of claims on the page: the value of each, and whether the ID token and userinfo have it. */
function claimsOn(page: Page): Record<string, { value: string; by: string; idToken: boolean; userinfo: boolean }> {
  const rows = page.document.querySelectorAll('table tbody tr').map((row) => {
    const [value = '', by = '', where = ''] = row.querySelectorAll('td').map((cell) => cell.textContent);
    const claim = { value, by, idToken: where.includes('ID token'), userinfo: where.includes('Userinfo') };
    return [row.querySelector('th')?.textContent ?? '', claim];
  });
  return Object.fromEntries(rows) as ReturnType<typeof claimsOn>;
}

const withoutTimes = (claims: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(claims)
      .filter(([name]) => !EACH_TIME.includes(name))
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );

const problemsOn = (page: Page): string[] =>
  page.document
    .querySelectorAll('section[aria-labelledby=problems] li')
    .map((item) => item.textContent.replaceAll(/\s+/gu, ' ').trim());

describe('what the page says would be sent is what a sign-in sends', () => {
  test.each([
    ['as usual', {}],
    ['without an address', { application: { email: 'none' } }],
    ['with the name as subject', { application: { subject: 'name' } }],
    ['by other settings of its client', { client: { idTokenAlgorithm: 'ES256', refreshTokens: true } }],
    ['by other settings of its client', { client: { authMethod: 'none', idTokenAlgorithm: 'EdDSA' } }],
  ] as const)('%s', async (_, settings) => {
    const service = await open(settings);
    const received = await signIn(visitor, service, { person: 'odile', profile: 'owl' }, { scope: SCOPE });
    const claims = Object.entries(claimsOn(await look(service)));
    const always = claims.filter(([, { by }]) => by !== 'on request');
    for (const [answer, sent] of [
      ['idToken', received.idToken],
      ['userinfo', received.userinfo],
    ] as const) {
      const shown = always.filter(([, claim]) => claim[answer]);
      expect(withoutTimes(Object.fromEntries(shown.map(([name, { value }]) => [name, value])))).toEqual(
        withoutTimes(sent),
      );
      const rest = Object.keys(sent).filter((name) => EACH_TIME.includes(name) && name !== 'nonce');
      expect(shown.map(([name]) => name)).toEqual(expect.arrayContaining(rest));
    }
    const text = textOf(await look(service));
    expect(text).not.toContain('undefined');
    await service.close();
  });

  test('with the groups that are shown, and without those that are not', async () => {
    const service = await open();
    await signIn(visitor, service, { person: 'odile', profile: 'owl_choir' });
    const { profiles } = await house.parts.profiles.at(odile, service.application);
    const groups = await house.parts.accounts.groups.list();
    const choir = groups.find(({ name }) => name === 'Choir');
    await house.parts.profiles.describe(odile, profiles[0]?.id ?? '', { note: '', groups: [choir?.id ?? ''] });
    const received = await signIn(
      visitor,
      service,
      { person: 'odile', profile: 'owl_choir' },
      { prompt: 'select_account' },
    );
    expect(received.userinfo['groups']).toEqual(['Choir']);
    expect(claimsOn(await look(service))['groups']).toEqual({
      value: '["Choir"]',
      by: 'groups',
      idToken: true,
      userinfo: true,
    });
    await service.close();
  });

  test('also where claims are asked for by name', async () => {
    const service = await open();
    const claims = {
      id_token: { acr: null, auth_time: null, sid: null, email: null },
      userinfo: { groups: null, acr: null },
    };
    const asked = { scope: 'openid', claims: JSON.stringify(claims) };
    const received = await signIn(visitor, service, { person: 'odile', profile: 'owl_asked' }, asked);
    const { profiles } = await house.parts.profiles.at(odile, service.application);
    const [profile] = profiles;
    if (profile === undefined) throw new Error('no profile');
    const sent = await house.parts.oidc.preview(odile, profile, service.client, { scope: 'openid', claims });
    expect(withoutTimes(sent?.idToken ?? {})).toEqual(withoutTimes(received.idToken));
    expect(withoutTimes(sent?.userinfo ?? {})).toEqual(withoutTimes(received.userinfo));
    const named = Object.keys(sent?.idToken ?? {}).filter((name) => EACH_TIME.includes(name));
    expect(Object.keys(received.idToken)).toEqual(expect.arrayContaining(named));
    expect(claimsOn(await look(service))['acr']).toMatchObject({ value: received.idToken['acr'], userinfo: false });
    await service.close();
  });
});

describe('Odile sees', () => {
  test('only profiles of her own, one of her choice, or that she has none', async () => {
    const service = await open();
    await signIn(
      makeVisitor((url) => service.isHome(url)),
      service,
      { person: 'alix', profile: 'heron' },
    );
    const alix = await house.parts.accounts.findByLogin('alix');
    const [heron] = (await house.parts.profiles.at(alix?.id ?? '', service.application)).profiles;
    const empty = await look(service, `?profile=${heron?.id}`);
    expect(textOf(empty)).not.toContain('heron');
    expect(empty.text).not.toContain(heron?.subject);
    expect(empty.document.querySelector(`a[href="/applications/${service.application.id}/new"]`)).not.toBeNull();
    for (const name of ['owl', 'hawk'])
      await house.parts.profiles.create(odile, service.application, { name, note: '' });
    const first = await look(service);
    const links = first.document
      .querySelectorAll('nav a[href*="profile="]')
      .map((link) => link.getAttribute('href') ?? '');
    expect(links).toHaveLength(2);
    const names = await Promise.all(
      links.map(async (link) => claimsOn(await visitor.get(house.url + link))['name']?.value),
    );
    expect(names.toSorted()).toEqual(['hawk', 'owl']);
    await service.close();
  });

  test('nothing where nothing refuses her, and the way to sign in there', async () => {
    const service = await open();
    const page = await look(service);
    expect(problemsOn(page)).toEqual([]);
    expect(textOf(page)).toContain('Nothing would refuse you');
    const way = page.document.querySelector(`a[href="${service.url}"]`);
    expect(way?.getAttribute('rel')).toBe('noreferrer');
    await service.close();
  });

  test('every rule that would refuse her, each with what to do', async () => {
    const service = await open({ application: { entry: { kind: 'nobody' }, people: 'awaited', quota: 1 } });
    await house.parts.applications.removeClient(service.client.id);
    const both = problemsOn(await look(service));
    expect(both).toEqual([
      expect.stringContaining('no client'),
      expect.stringContaining('Nobody may enter'),
      expect.stringContaining('Its people are awaited'),
    ]);
    await service.close();
    const choir = await house.parts.accounts.groups.create('Bees');
    const other = await open({ application: { entry: { kind: 'groups', groups: [choir.id] }, quota: 1 } });
    const { id } = await house.parts.profiles.create(odile, other.application, { name: 'owl', note: '' });
    await house.parts.profiles.retire(odile, id);
    expect(problemsOn(await look(other))).toEqual([
      expect.stringContaining('Only members of Bees may enter'),
      expect.stringContaining('You have used up the number of profiles'),
      expect.stringContaining('This profile is retired'),
    ]);
    await other.close();
  });

  test('that relay addresses still end in a name that receives no mail', async () => {
    const untouched = await openHouse({ settings: { ALUCO_ALIAS_DOMAIN: 'relay.localhost' } });
    await addPerson(untouched.parts, 'odile');
    const service = await openService(untouched, 'Meadow');
    const browser = makeVisitor((url) => service.isHome(url));
    const { loginName: login, password } = PEOPLE.odile;
    const address = `${untouched.url}/admin/applications/${service.application.id}/try`;
    const page = await browser.submit(await browser.get(address), '/sign-in', { login, password });
    expect(problemsOn(page)).toEqual([expect.stringContaining('relay.localhost')]);
    await service.close();
    await untouched.close();
  });

  test('how the last sign-ins went, with nobody named, and the registered address most like a wrong one', async () => {
    const service = await open();
    const { tokens } = await signIn(
      makeVisitor((url) => service.isHome(url)),
      service,
      { person: 'alix', profile: 'heron2' },
    );
    const wrong = `${service.url}/calback"><script>alert(1)</script>`;
    const address = new URL(`${house.url}/oidc/authorize`);
    address.search = new URLSearchParams({
      client_id: service.client.id,
      redirect_uri: wrong,
      response_type: 'code',
    }).toString();
    for (const _ of [1, 2, 3]) await visitor.get(address);
    const page = await look(service);
    const items = page.document
      .querySelectorAll('.timeline li')
      .map((item) => item.textContent.replaceAll(/\s+/gu, ' '));
    expect(items).toHaveLength(2);
    expect(items.join()).toContain('3 times');
    expect(items.join()).toContain(service.redirectUri);
    expect(items.join()).toContain('The sign-in succeeded');
    expect(page.text).not.toContain('<script>alert');
    expect(page.text).not.toContain(tokens.access_token);
    for (const secret of ['heron2', 'alix', '127.0.0.1', '::1']) expect(items.join()).not.toContain(secret);
    await service.close();
  });

  test('nothing of it, when she is no administrator', async () => {
    const service = await open();
    const other = makeVisitor();
    const { loginName: login, password } = PEOPLE.alix;
    const address = `${house.url}/admin/applications/${service.application.id}/try`;
    expect((await other.submit(await other.get(address), '/sign-in', { login, password })).status).toBe(403);
    expect((await visitor.get(`${house.url}/admin/applications/none/try`)).status).toBe(404);
    await service.close();
  });
});
