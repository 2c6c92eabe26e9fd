import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openService, signIn, walk, begin, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';

const CONTACT = 'odile@house.example';
const HELD = { person: 'alix', profile: 'heron' } as const;

describe.each(['sqlite', 'postgres'] as const)('while the names of Forum are awaited, on %s', (engine) => {
  let house: House;
  let forum: Service;
  const newVisitor = (): Visitor => makeVisitor((url) => forum.isHome(url));

  beforeAll(async () => {
    house = await openHouse({ engine, settings: { ALUCO_CONTACT: CONTACT } });
    forum = await openService(house, 'Forum');
    for (const person of ['alix', 'bruno', 'odile'] as const) await addPerson(house.parts, person);
    await signIn(newVisitor(), forum, HELD);
    await setPeople('awaited');
  });
  afterAll(async () => {
    await forum.close();
    await house.close();
  });

  async function setPeople(people: 'none' | 'awaited' | 'not-by-name'): Promise<void> {
    const { id, ...settings } = await house.parts.applications.get(forum.application.id);
    await house.parts.applications.change(id, { ...settings, people });
  }

  async function arrive(person: keyof typeof PEOPLE): Promise<{ visitor: Visitor; page: Page }> {
    const visitor = newVisitor();
    const attempt = await begin(forum);
    const { loginName: login, password } = PEOPLE[person];
    return { visitor, page: await visitor.submit(await visitor.get(attempt.url), '/sign-in', { login, password }) };
  }

  test('Alix signs in with the profile she has', async () => {
    const { idToken } = await signIn(newVisitor(), forum, HELD);
    expect(idToken['preferred_username']).toBe('heron');
  });

  test('Bruno, who has none, is told why on the way, and whom to ask', async () => {
    const { page } = await arrive('bruno');
    expect(page.status).toBe(403);
    expect(page.document.querySelector('h1')?.textContent).toBe('You cannot continue to Forum');
    expect(textOf(page)).toContain('No new profile can be made here for now');
    expect(page.document.querySelector(`a[href="mailto:${CONTACT}"]`)).not.toBeNull();
  });

  test('Alix can make no further one: neither the picker nor its address leads there, nor an old form', async () => {
    const { visitor, page } = await arrive('alix');
    expect(page.document.querySelector('a[href$="/new"]')).toBeNull();
    expect(page.document.textContent).toContain('No new profile can be made here for now');
    const sent = await visitor.get(`${page.url.href}/new`);
    expect(sent.url.pathname).toBe(page.url.pathname);
    const csrf = page.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
    const posted = await visitor.post(`${page.url.href}/create`, { csrf, name: 'sparrow' });
    expect(posted.url.pathname).toBe(page.url.pathname);
    const { id } = (await house.parts.accounts.findByLogin('alix')) ?? { id: '' };
    expect((await house.parts.profiles.at(id, forum.application)).used).toBe(1);
  });

  test('the portal offers no new profile, says why and whom to ask, and takes none', async () => {
    const visitor = newVisitor();
    const { loginName: login, password } = PEOPLE.bruno;
    const home = await visitor.submit(await visitor.get(house.url), '/sign-in', { login, password });
    const path = `/applications/${forum.application.id}/new`;
    expect(home.document.querySelector(`a[href="${path}"]`)).toBeNull();
    expect(home.document.textContent).toContain('No new profile can be made here for now');
    const page = await visitor.get(house.url + path);
    expect(page.status).toBe(403);
    expect(page.document.querySelector(`a[href="mailto:${CONTACT}"]`)).not.toBeNull();
    const csrf = home.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
    expect((await visitor.post(house.url + path, { csrf, name: 'magpie' })).status).toBe(403);
  });

  test('no request that began before gets one through', async () => {
    const account = await house.parts.accounts.findByLogin('bruno');
    const { id, ...settings } = forum.application;
    for (let round = 0; round < 10; round += 1) {
      await setPeople('none');
      // The requests carry the application as it was: what counts is what it is when they write.
      const before = await house.parts.applications.get(id);
      await house.parts.applications.change(id, { ...settings, people: 'awaited' });
      const late = house.parts.profiles.create(account?.id ?? '', before, {
        name: `magpie${'abcdefghij'[round]}`,
        note: '',
      });
      await expect(late).rejects.toMatchObject({ code: 'names_awaited' });
    }
  });

  test('Odile is told what to do, and opens it only with the tick that confirms it', async () => {
    const visitor = newVisitor();
    const { loginName: login, password } = PEOPLE.odile;
    const address = `${house.url}/admin/applications/${forum.application.id}`;
    const page = await visitor.submit(await visitor.get(address), '/sign-in', { login, password });
    expect(page.document.textContent).toContain('Nobody can create a profile here yet');
    const path = new URL(address).pathname;
    const unticked = await visitor.submit(page, path, { people: 'not-by-name' });
    expect(unticked.status).toBe(422);
    expect(unticked.document.querySelector('#peopleConfirmed-error')).not.toBeNull();
    const imported = await visitor.submit(page, path, { people: 'imported' });
    expect(imported.status).toBe(422);
    const saved = await visitor.submit(page, path, { people: 'not-by-name', peopleConfirmed: 'on' });
    expect(saved.document.textContent).not.toContain('Nobody can create a profile here yet');
    expect((await house.parts.applications.get(forum.application.id)).people).toBe('not-by-name');
    const first = await arrive('bruno');
    const end = await walk(first.visitor, forum, first.page, { person: 'bruno', profile: 'magpie' });
    expect(end.url.searchParams.get('code')).not.toBeNull();
  });

  test('a form that was open before does not open it again unasked', async () => {
    await setPeople('none');
    const visitor = newVisitor();
    const { loginName: login, password } = PEOPLE.odile;
    const address = `${house.url}/admin/applications/${forum.application.id}`;
    const stale = await visitor.submit(await visitor.get(address), '/sign-in', { login, password });
    await setPeople('awaited');
    const saved = await visitor.submit(stale, new URL(address).pathname, { quota: '4' });
    expect(saved.status).toBe(200);
    expect(await house.parts.applications.get(forum.application.id)).toMatchObject({ people: 'awaited', quota: 4 });
  });

  test('a new application has no answer chosen beforehand, and is not added without one', async () => {
    const visitor = newVisitor();
    const { loginName: login, password } = PEOPLE.odile;
    const page = await visitor.submit(await visitor.get(`${house.url}/admin/applications/new/by-hand`), '/sign-in', {
      login,
      password,
    });
    expect(page.document.querySelectorAll('input[name=people]')).toHaveLength(3);
    expect(page.document.querySelectorAll('input[name=people][checked]')).toEqual([]);
    const fields = { name: 'Wiki', homeUrl: 'https://wiki.example/' };
    const refused = await visitor.submit(page, '/applications/new/by-hand', fields);
    expect(refused.document.querySelector('#people-error')).not.toBeNull();
    const added = await visitor.submit(page, '/applications/new/by-hand', { ...fields, people: 'awaited' });
    expect(added.document.querySelector('h1')?.textContent).toBe('Wiki');
  });
});
