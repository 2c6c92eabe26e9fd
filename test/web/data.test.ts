import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IN_ARCHIVE, type Account } from '../../src/accounts/accounts.ts';
import { SIDES } from '../../src/storage/tables.ts';
import { openService, signIn, type Received, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { importNames } from '../legacy/place.ts';
import { addApplication, addPerson, PEOPLE, type PersonName } from '../people.ts';
import { openWiki, signInAt, type Wiki } from '../service-provider.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';

type Archive = Record<string, unknown> & {
  applications: { name: string; profiles: { name: string; subject: string; note: string; sent: Sent[] }[] }[];
};
type Sent = { to: string; by: string; values: Record<string, unknown> };

describe.each(['sqlite', 'postgres'] as const)('my data, on %s', (engine) => {
  let time = Date.now();
  let house: House;
  let blog: Service;
  let wiki: Wiki;
  let alix: Account;
  let received: Received;
  const visitor: Visitor = makeVisitor((url) => blog.isHome(url) || wiki.isHome(url));
  beforeAll(async () => {
    house = await openHouse({ engine, now: () => time, settings: { ALUCO_CONNECTION_MONTHS: '12' } });
    blog = await openService(house, 'Blog');
    wiki = await openWiki(house, 'Wiki');
    await addPerson(house.parts, 'odile');
    alix = await addPerson(house.parts, 'alix');
    await addPerson(house.parts, 'bruno');
    received = await signIn(visitor, blog, { person: 'alix', profile: 'alice' });
    await signIn(visitor, blog, { person: 'alix', profile: 'charlie' }, { prompt: 'select_account' });
    await signInAt(visitor, wiki, { person: 'alix', profile: 'chouette' });
    const other = makeVisitor((url) => blog.isHome(url));
    await signIn(other, blog, { person: 'bruno', profile: 'bernard' });
  });
  afterAll(async () => {
    await blog.close();
    await house.close();
  });

  const signInOn = (browser: Visitor, page: Page, person: PersonName): Promise<Page> =>
    browser.submit(page, '/sign-in', { login: PEOPLE[person].loginName, password: PEOPLE[person].password });

  /** Sends the form as a browser or a program would, with the session of Alix's browser. */
  async function take(accept: string): Promise<Response> {
    const page = await visitor.get(`${house.url}/account/data`);
    const csrf = page.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';
    return fetch(`${house.url}/account/data`, {
      method: 'POST',
      body: new URLSearchParams({ csrf }),
      headers: {
        cookie: await visitor.cookies(house.url),
        accept,
        origin: house.url,
        'sec-fetch-site': 'same-origin',
      },
    });
  }

  test('has everything that is kept about Alix, whatever table it stands in', async () => {
    const { accounts, moderation, profiles, seals, storage, oidc } = house.parts;
    const choir = await accounts.groups.create('Choir');
    await accounts.groups.assign(alix.id, [choir.id]);
    const [mine] = (await profiles.at(alix.id, blog.application)).profiles.filter(({ name }) => name === 'alice');
    await profiles.describe(alix.id, mine?.id ?? '', { note: 'for the neighbours', groups: [choir.id] });
    await accounts.passwordLinks.make(alix.id);
    await moderation.moderators.appoint(blog.application.id, alix.id);
    const { id: band } = await accounts.groups.create('Band');
    await accounts.delegates.name(band, alix.id);
    const request = seals.seal('sign-up', alix.id, JSON.stringify({ reason: 'I sing' }));
    await storage.write(
      async (tx) => void (await tx.insert(storage.tables.signUp).values({ accountId: alix.id, sealed: request })),
    );
    const { tables } = storage;
    const accountSide = Object.entries(SIDES).flatMap(([name, side]) => (side === 'account' ? [name] : []));
    expect(Object.keys(IN_ARCHIVE).toSorted()).toEqual(accountSide.toSorted());

    const answer = await take('application/json');
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const archive = (await answer.json()) as Archive;
    // Each table with rows of hers shows in its part.
    for (const [table, where] of Object.entries(IN_ARCHIVE)) {
      if (typeof where !== 'string') continue;
      const rows = await storage.read.select().from(tables[table as keyof typeof IN_ARCHIVE]);
      expect(rows.length, table).toBeGreaterThan(0);
      const part = archive[where];
      const size = Array.isArray(part) ? part.length : Object.keys(part ?? {}).length;
      expect(size, `${table} in ${where}`).toBeGreaterThan(0);
    }
    const text = JSON.stringify(archive);
    for (const word of [
      'alix@home.example',
      'Choir',
      'Band',
      'for the neighbours',
      'I sing',
      '127.0.0.1',
      'charlie',
      'chouette',
    ])
      expect(text.replaceAll('::ffff:', '').replaceAll('"::1"', '"127.0.0.1"'), word).toContain(word);

    // What each application received, as it received it.
    const blogs = archive.applications.find(({ name }) => name === 'Blog');
    const alice = blogs?.profiles.find(({ name }) => name === 'alice');
    const sent = alice?.sent.find(({ by }) => by === 'OpenID Connect')?.values ?? {};
    for (const name of ['sub', 'preferred_username', 'email'])
      expect([name, sent[name]]).toEqual([name, received.userinfo[name]]);
    const chouette = archive.applications.find(({ name }) => name === 'Wiki')?.profiles[0];
    expect(chouette?.sent.map(({ by }) => by)).toEqual(['SAML']);

    // Nothing of anybody else, and nothing to sign in with.
    for (const word of ['bernard', 'bruno', '$argon2']) expect(text, word).not.toContain(word);
    const cookies = (await visitor.cookies(house.url)).split('; ').map((pair) => pair.split('=')[1] ?? '');
    for (const value of cookies.filter((one) => one.length > 10)) expect(text).not.toContain(value);
    expect((await oidc.browsers(alix.id)).length).toBe(1);
  });

  test('is one file with a page that opens without a network or a script, in her language', async () => {
    for (const [language, title] of [
      ['en', 'What is kept about alix'],
      ['fr', 'Ce qui est conservé au sujet de alix'],
    ] as const) {
      await house.parts.accounts.setLanguage(alix.id, language);
      const answer = await take('text/html');
      expect(answer.headers.get('content-type')).toBe('application/zip');
      expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="?aluco-[\d-]+\.zip"?$/u);
      const files = unzipSync(new Uint8Array(await answer.arrayBuffer()));
      expect(Object.keys(files).toSorted()).toEqual(['README.txt', 'data.html', 'data.json']);
      const html = strFromU8(files['data.html'] ?? new Uint8Array());
      expect(html).toContain(`<html lang="${language}">`);
      expect(html).toContain(title);
      for (const word of ['alice', 'charlie', 'chouette', 'for the neighbours', received.idToken.sub])
        expect(html, word).toContain(word);
      expect(html).not.toMatch(/<script|<link|<style|<img|src=|href=/u);
      JSON.parse(strFromU8(files['data.json'] ?? new Uint8Array()));
    }
  });

  test('asks for a recent proof, stands in the timeline, and is given five times a day', async () => {
    await house.parts.accounts.setLanguage(alix.id, 'en');
    for (let number = 0; number < 2; number += 1) expect((await take('text/html')).status).toBe(200);
    const refused = await take('text/html');
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('Come back tomorrow');
    expect(await (await take('application/json')).json()).toEqual({ error: 'data_taken_lately' });
    expect(textOf(await visitor.get(`${house.url}/activity`))).toContain('You took your data.');

    time += 21 * 60_000;
    const asked = await visitor.get(`${house.url}/account/data`);
    expect(asked.document.querySelector('[name=password]')).not.toBeNull();
    expect((await signInOn(visitor, asked, 'alix')).url.pathname).toBe('/account/data');
    time += 86_400_000;
    await signInOn(visitor, await visitor.get(`${house.url}/account/data`), 'alix');
    expect((await take('text/html')).status).toBe(200);
  });
});

test('my data says what is kept of an old account that was taken back, and nothing of those that were not', async () => {
  const house = await openHouse();
  try {
    const alix = await addPerson(house.parts, 'alix');
    const oldNames = { count: true, sendAddress: true };
    const orchard = await addApplication(house.parts, 'Orchard', 'https://orchard.example', { quota: 5, oldNames });
    const { mailbox: address } = PEOPLE.alix;
    await importNames(house.parts.legacy, orchard, [
      { name: 'pear_tree', address },
      { name: 'quince_tree', address },
    ]);
    await house.parts.legacy.reclaim.withOffer(alix.id, orchard, { name: 'pear_tree', network: '192.0.2.1' });
    const visitor = makeVisitor();
    const { loginName: login, password } = PEOPLE.alix;
    await visitor.submit(await visitor.get(`${house.url}/account`), '/sign-in', { login, password });
    const page = await visitor.get(`${house.url}/account/data`);
    const csrf = page.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';
    const answer = await visitor.post(`${house.url}/account/data`, { csrf }, { accept: 'application/json' });
    const { applications } = JSON.parse(answer.text) as Archive;
    expect(applications.flatMap(({ profiles }) => profiles)).toMatchObject([
      { name: 'pear_tree', source: 'imported', oldAddress: address, oldAccount: { key: '1', moves: false } },
    ]);
    expect(answer.text).not.toContain('quince');
  } finally {
    await house.close();
  }
});
