import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { translator } from '../../views/text.ts';
import { consumer, entity, federation, FORUM, openSite, WIKI } from '../saml/service-metadata.ts';
import { makeVisitor, type Page } from '../visitor.ts';
import { ESCAPED, EVIL, file, openDesk, problemsOn, wordsOf, type Desk } from './desk.ts';

const t = translator('en');

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
beforeEach(() => desk.clear());
afterAll(() => desk.house.close());

describe('on its page', () => {
  test('Odile chooses what it is sent, and no form changes what its metadata says', async () => {
    const { page, forum } = await desk.addForum();
    const saved = await desk.odile.submit(page, `/service-providers/${forum.id}`, {
      label: 'Salon',
      nameId: 'unspecified',
      nameIdFixed: 'on',
      attributes: 'both',
      subjectAttribute: 'pairwise-id',
      unsolicited: 'on',
      unsolicitedState: 'home',
      encrypt: '',
      entityId: 'urn:evil',
      consumers: 'https://evil.example/acs',
    });
    expect(saved.url.search).toBe('?notice=saved');
    const { metadata, ...after } = await desk.only();
    expect(after).toEqual({
      ...forum,
      metadata: undefined,
      label: 'Salon',
      nameId: 'unspecified',
      nameIdFixed: true,
      attributes: 'both',
      subjectAttribute: 'pairwise-id',
      unsolicited: true,
      unsolicitedState: 'home',
      encrypt: false,
    });
    expect(metadata).toEqual(forum.metadata);
  });

  test('she reads why its metadata could not be read again, and that the previous one stays', async () => {
    const site = await openSite();
    await desk.add({ source: 'url', metadataUrl: site.url });
    const before = await desk.only();
    site.answer = (_req, res) => res.end(entity({ inside: consumer('http://forum.example/acs') }));
    const failed = await desk.odile.submit(await desk.odile.get(desk.at(before)), '/refresh');
    expect(wordsOf(failed)).toContain(t('admin.saml.reason.address_http', { address: 'http://forum.example/acs' }));
    expect(wordsOf(failed)).toContain(t('admin.provider.previous_stays'));
    expect((await desk.only()).consumers).toEqual(before.consumers);
    site.answer = (_req, res) => res.end(entity({ inside: consumer('https://forum.example/new') }));
    const read = await desk.odile.submit(failed, '/refresh');
    expect(wordsOf(read)).toContain(t('admin.provider.refreshed'));
    expect(wordsOf(read)).not.toContain(t('admin.provider.previous_stays'));
    expect((await desk.only()).consumers).toMatchObject([{ url: 'https://forum.example/new' }]);
    await site.close();
  });

  test('she gives it new metadata, which is refused where it is not good', async () => {
    const { page, forum } = await desk.addForum();
    const other = await desk.odile.submit(page, '/metadata', { metadata: entity({ entityId: WIKI }) });
    expect([other.status, problemsOn(other)]).toEqual([
      422,
      { '#metadata': t('error.metadata_other_entity', { entity: FORUM }) },
    ]);
    const broken = await desk.odile.submit(page, '/metadata', { metadata: '', metadataFile: file('<a>') });
    expect(problemsOn(broken)).toEqual({ '#metadataFile': t('admin.saml.reason.xml_invalid') });
    const empty = await desk.odile.submit(page, '/metadata', { metadata: '' });
    expect(problemsOn(empty)).toEqual({ '#metadata': t('error.metadata_required') });
    expect(await desk.only()).toEqual(forum);
    await desk.odile.submit(page, '/metadata', { metadata: entity({ inside: consumer('https://forum.example/new') }) });
    expect((await desk.only()).consumers).toMatchObject([{ url: 'https://forum.example/new' }]);
  });

  test('she lets people enter from their own pages, unless it would get an address it is not told', async () => {
    const { forum } = await desk.addForum();
    const { applications, saml } = desk.house.parts;
    const entered = async (): Promise<string | undefined> => (await saml.unsolicited(desk.application.id))?.id;
    expect(await entered()).toBeUndefined();
    await applications.changeServiceProvider(forum.id, (before) => ({ ...before, unsolicited: true }));
    await applications.change(desk.application.id, { ...desk.application, email: 'none' });
    expect(await entered()).toBe(forum.id);
    await applications.changeServiceProvider(forum.id, (before) => ({ ...before, nameId: 'emailAddress' }));
    expect(await entered()).toBeUndefined();
    await applications.change(desk.application.id, desk.application);
    expect(await entered()).toBe(forum.id);
  });

  test('she removes it', async () => {
    const { page, forum } = await desk.addForum();
    const after = await desk.odile.submit(page, '/remove');
    expect(after.url.pathname).toBe(`/admin/applications/${desk.application.id}`);
    expect(wordsOf(after)).toContain(t('admin.provider.removed'));
    expect((await desk.odile.get(desk.at(forum))).status).toBe(404);
  });
});

describe('where the application is tried', () => {
  const request = (acs: string): string =>
    `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0" IssueInstant="${new Date().toISOString()}" Destination="${desk.house.url}/saml/sso" AssertionConsumerServiceURL="${acs}"><saml:Issuer>${FORUM}</saml:Issuer></samlp:AuthnRequest>`;
  const address = (acs: string): string =>
    `${desk.house.url}/saml/sso?SAMLRequest=${encodeURIComponent(deflateRawSync(request(acs)).toString('base64'))}`;
  const look = (): Promise<Page> => desk.odile.get(`${desk.house.url}/admin/applications/${desk.application.id}/try`);

  test('Odile sees what would be sent for her own profile', async () => {
    const { forum } = await desk.addForum();
    expect(wordsOf(await look())).toContain(t('admin.try.client', { client: forum.label }));
    const account = await desk.house.parts.accounts.findByLogin('odile');
    await desk.house.parts.profiles.create(account?.id ?? '', desk.application, { name: 'owl', note: '' });
    const [profile] = (await desk.house.parts.profiles.at(account?.id ?? '', desk.application)).profiles;
    const page = await look();
    const rows = page.document.querySelectorAll('table tbody tr').map((row) => row.textContent);
    expect(rows).toContain('uidowl');
    expect(wordsOf(page)).toContain(profile?.subject);
    expect(page.text).toContain(`&lt;saml:Audience>${FORUM}`);
  });

  test('she pastes a request and reads what it says and what is wrong with it', async () => {
    const { forum } = await desk.addForum();
    const good = await desk.odile.submit(await look(), '/examine', { request: address('https://forum.example/acs') });
    expect(good.status).toBe(200);
    expect(wordsOf(good)).toContain(t('admin.try.request_good'));
    expect(good.text).toContain('AssertionConsumerServiceURL=&quot;https://forum.example/acs&quot;');
    const bad = await desk.odile.submit(good, '/examine', { request: address('https://evil.example/acs') });
    expect(wordsOf(bad)).toContain(t('admin.saml.reason.consumer_unknown'));
    expect(wordsOf(bad)).not.toContain(t('admin.try.would_answer'));
    const posted = Buffer.from(request('https://forum.example/acs')).toString('base64');
    expect(wordsOf(await desk.odile.submit(bad, '/examine', { request: posted }))).toContain(
      t('admin.try.request_good'),
    );
    const none = await desk.odile.submit(bad, '/examine', { request: EVIL });
    expect([none.status, Object.keys(problemsOn(none))]).toEqual([422, ['#request']]);
    expect(none.text).not.toContain('<script>alert');
    expect(problemsOn(await desk.odile.submit(bad, '/examine', { request: ' ' }))).toEqual({
      '#request': t('error.request_required'),
    });
    expect(await desk.house.parts.recent.read(desk.application.id)).toEqual([]);
    expect(await desk.only()).toEqual(forum);
  });

  test('she reads that it gets no address where its application is told none, and what its dates end', async () => {
    const { forum } = await desk.addForum();
    const { applications } = desk.house.parts;
    const examined = async (): Promise<string> =>
      wordsOf(await desk.odile.submit(await look(), '/examine', { request: address('https://forum.example/acs') }));
    await applications.changeServiceProvider(forum.id, (before) => ({ ...before, nameId: 'emailAddress' }));
    expect(await examined()).toContain(t('admin.try.request_good'));
    await applications.change(desk.application.id, { ...desk.application, email: 'none' });
    expect(await examined()).toContain(t('admin.saml.status.InvalidNameIDPolicy'));
    await applications.change(desk.application.id, desk.application);
    await applications.changeServiceProvider(forum.id, (before) => ({
      ...before,
      metadata: { keys: [], url: 'https://forum.example/metadata', takenAt: 0, validUntil: 1 },
    }));
    expect(await examined()).toContain(t('admin.saml.reason.metadata_expired'));
  });

  test('she reads how the last sign-ins by SAML went', async () => {
    const { forum } = await desk.addForum();
    const record = (outcome: 'saml_answered' | 'saml_status' | 'saml_refused', asked?: string): void =>
      desk.house.parts.recent.record(desk.application.id, {
        outcome,
        clientId: forum.id,
        stranger: outcome === 'saml_refused',
        ...(asked === undefined ? {} : { asked }),
      });
    record('saml_answered');
    record('saml_status', 'NoPassive');
    record('saml_refused', 'destination_wrong');
    record('saml_refused', EVIL);
    const page = await look();
    const entries = page.document.querySelectorAll('.timeline li').map((entry) => entry.textContent);
    expect(entries).toHaveLength(4);
    for (const entry of entries) expect(entry).toContain('· Main');
    const all = entries.join(' ');
    expect(all).toContain(t('admin.signin.saml_answered'));
    expect(all).toContain(t('admin.saml.status.NoPassive'));
    expect(all).toContain(t('admin.saml.reason.destination_wrong'));
    expect(page.text).toContain(ESCAPED);
    expect(page.text).not.toContain('<script>alert');
  });
});

test('nothing that an application says of itself becomes markup', async () => {
  const entityId = `urn:${EVIL.replaceAll(' ', '')}`;
  const written = entityId.replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const named = `<md:Extensions><mdui:UIInfo><mdui:DisplayName xml:lang="en">${ESCAPED}</mdui:DisplayName></mdui:UIInfo></md:Extensions>`;
  const hostile = entity({ entityId: written, inside: named + consumer() });
  const shown: Page[] = [await desk.add({ metadata: hostile, label: '' })];
  const evil = await desk.only();
  expect(evil).toMatchObject({ entityId, label: EVIL.slice(0, 60) });
  await desk.house.parts.applications.changeServiceProvider(evil.id, (before) => ({
    ...before,
    metadata: {
      url: 'https://forum.example/metadata',
      keys: [],
      takenAt: 0,
      remarks: [EVIL.slice(0, 60)],
      problem: { code: 'metadata_invalid', params: { reason: 'entity_absent', entity: EVIL } },
    },
  }));
  for (const path of [
    desk.at(evil),
    `${desk.house.url}/admin/saml`,
    `${desk.house.url}/admin/applications/${desk.application.id}`,
  ])
    shown.push(await desk.odile.get(path));
  shown.push(await desk.odile.get(`${desk.house.url}/admin/applications/${desk.application.id}/try`));
  shown.push(await desk.add({ metadata: federation([hostile, entity()]) }));
  shown.push(
    await desk.add({ metadata: hostile.replaceAll('forum.example/acs', 'forum.example/&lt;script>alert(1)') }),
  );
  shown.push(await desk.add({ metadata: `<x${EVIL}`, label: EVIL, keys: EVIL, metadataUrl: `javascript:alert(1)` }));
  for (const page of shown) {
    expect([page.url.pathname, page.text.includes('<script>alert'), page.text.includes('<img src=x')]).toEqual([
      page.url.pathname,
      false,
      false,
    ]);
    expect(page.text).not.toMatch(/href="\s*javascript:/iu);
  }
  expect(shown[1]?.text).toContain(ESCAPED);
});

describe('of all this', () => {
  const pages = (id: string): string[] => [
    desk.below('/new'),
    desk.below('/by-hand'),
    `${desk.house.url}/admin/service-providers/${id}`,
  ];
  const forms = (id: string): string[] => [
    desk.below('/new'),
    desk.below('/by-hand'),
    ...['', '/refresh', '/metadata', '/remove', '/examine'].map(
      (verb) => `${desk.house.url}/admin/service-providers/${id}${verb}`,
    ),
  ];

  test('Bruno finds nothing, and a stranger the way to sign in', async () => {
    const { forum } = await desk.addForum();
    const bruno = await desk.signedIn('bruno');
    const { account } = { account: await bruno.get(`${desk.house.url}/account`) };
    const csrf = account.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';
    for (const url of pages(forum.id)) {
      expect([url, (await bruno.get(url)).status]).toEqual([url, 403]);
      expect((await makeVisitor().get(url)).url.pathname).toMatch(/^\/journey\//u);
    }
    for (const url of forms(forum.id)) {
      expect([url, (await bruno.post(url, { csrf, metadata: entity() })).status]).toEqual([url, 403]);
    }
    expect(await desk.only()).toEqual(forum);
  });

  test('a form of another session does nothing, nor does one without a token', async () => {
    const { forum } = await desk.addForum();
    const elsewhere = await desk.signedIn('odile');
    const page = await elsewhere.get(desk.at(forum));
    const csrf = page.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';
    expect(csrf).not.toBe('');
    for (const url of forms(forum.id)) {
      for (const fields of [{ csrf }, {}]) {
        const files = /new|metadata$/u.test(url);
        const answer = await desk.odile.post(url, { ...fields, label: 'Stolen', metadata: entity() }, {}, files);
        expect([url, answer.status]).toEqual([url, 403]);
      }
    }
    expect(await desk.only()).toEqual(forum);
  });

  test('an address that a form was sent to leads back to its page', async () => {
    const { forum } = await desk.addForum();
    for (const verb of ['refresh', 'metadata', 'remove', 'examine']) {
      expect((await desk.odile.get(desk.at(forum, `/${verb}`))).url.pathname).toBe(
        `/admin/service-providers/${forum.id}`,
      );
    }
    expect((await desk.odile.get(desk.at({ ...forum, id: 'nobody' }))).status).toBe(404);
    expect((await desk.odile.get(`${desk.house.url}/admin/applications/nobody/service-providers/new`)).status).toBe(
      404,
    );
  });
});
