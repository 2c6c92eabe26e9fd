import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importNames } from '../legacy/place.ts';
import { aluco as runBeside } from '../aluco.ts';
import { openService, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication } from '../people.ts';
import { openWiki } from '../service-provider.ts';

let house: House;
let blog: Service;
beforeAll(async () => {
  house = await openHouse();
  blog = await openService(house, 'Blog');
  await importNames(house.parts.legacy, blog.application, [{ name: 'alix-ecrit' }], 'writefreely');
});
afterAll(async () => {
  await blog?.close();
  await house?.close();
});

const linkAt = (applicationId: string, ...args: string[]) =>
  runBeside(house.environment, [
    'legacy',
    'link',
    '--application',
    applicationId,
    '--file',
    path.join(house.folder, 'link'),
    '--reverse',
    path.join(house.folder, 'unlink'),
    '--force',
    ...args,
  ]);
const link = (...args: string[]) => linkAt(blog.application.id, ...args);
const written = (): Promise<string> => readFile(path.join(house.folder, 'link'), 'utf8');

test('an administrator who asks for a file where there is nothing to write is told why', async () => {
  const nextcloud = await link('--source', 'nextcloud');
  expect(nextcloud.status).toBe(2);
  expect(nextcloud.complained[0]).toMatch(/^Nextcloud: .*account of the same name/u);
  const mobilizon = await link('--source', 'mobilizon');
  expect(mobilizon.complained[0]).toMatch(/^Mobilizon: .*address alone/u);
});

test('the client that WriteFreely goes by is known without being asked, while there is one', async () => {
  expect(await link('--source', 'writefreely', '--engine', 'sqlite')).toMatchObject({ status: 0 });
  expect(await written()).toContain(`'${blog.client.id}'`);
  const other = await openService(house, 'Blog', { of: blog.application });
  expect(await link('--source', 'writefreely', '--engine', 'sqlite')).toMatchObject({ status: 1 });
  const answer = (id: string) => link('--source', 'writefreely', '--engine', 'sqlite', '--answer', `client_id=${id}`);
  expect(await answer('unknown')).toMatchObject({ status: 1 });
  expect(await answer(other.client.id)).toMatchObject({ status: 0 });
  expect(await written()).toContain(`'${other.client.id}'`);
  await other.close();
});

test('an answer that nobody asked for, or that there is not, writes nothing', async () => {
  expect(await link('--source', 'peertube', '--answer', 'colour=red')).toMatchObject({ status: 1, said: [] });
  const none = await link('--source', 'peertube', '--answer', 'match=name');
  expect(none.complained[0]).toContain('match');
  const made = await link('--source', 'peertube', '--answer', 'match=address');
  expect(made.status).toBe(0);
  expect(made.complained[0]).toMatch(/^PeerTube: .*no password/u);
  expect(await written()).toMatch(/email = E?'\w{16}@relay\.example'/u);
});

test('an empty answer, as of a variable that nobody set, writes nothing', async () => {
  const empty = await link('--source', 'writefreely', '--engine', 'sqlite', '--answer', 'client_id=');
  expect(empty).toMatchObject({ status: 1, said: [] });
  expect(empty.complained[0]).toContain('client_id');
});

test('the script for Synapse names the way in as its settings do', async () => {
  expect(await link('--source', 'synapse', '--engine', 'api', '--answer', 'idp_id=house')).toMatchObject({ status: 0 });
  expect(await written()).toMatch(/^way='oidc-house'$/mu);
  expect(await link('--source', 'synapse', '--engine', 'api', '--protocol', 'saml')).toMatchObject({ status: 0 });
  expect(await written()).toMatch(/^way='saml'$/mu);
  expect(await written()).toMatch(/^person '1' 'alix-ecrit'$/mu);
});

test('the file is for the protocol by which the application signs people in, unless another is said', async () => {
  const wiki = await openWiki(house, 'Wiki');
  const { id } = wiki.application;
  const madeFor = async (applicationId: string, ...args: string[]): Promise<string | undefined> => {
    expect(await linkAt(applicationId, '--source', 'gitlab', ...args)).toMatchObject({ status: 0 });
    return /provider = E?'(\w+)'/u.exec(await written())?.[1];
  };
  expect(await madeFor(id)).toBe('saml');
  expect(await madeFor(id, '--protocol', 'oidc')).toBe('openid_connect');
  // Where it has both, or nothing yet, it is OpenID Connect.
  const service = await openService(house, 'Wiki', { of: wiki.application });
  expect(await madeFor(id)).toBe('openid_connect');
  await service.close();
  const pond = await addApplication(house.parts, 'Pond', 'https://pond.example');
  expect(await madeFor(pond.id)).toBe('openid_connect');
});

test('what runs a file names no database, so that the file of a rehearsal is not run in the real one', async () => {
  const { complained } = await link('--source', 'mastodon');
  expect(complained.slice(1, 3)).toEqual([
    expect.stringMatching(/^ {2}sudo -u mastodon psql -X DATABASE < .*link$/u),
    expect.stringMatching(/^ {2}docker compose exec -T db psql -X -U postgres DATABASE < .*link$/u),
  ]);
  expect(complained[3]).toBe(
    'DATABASE is what the database is called: its copy in a rehearsal, the application’s own (usually mastodon_production) on the day.',
  );
});
