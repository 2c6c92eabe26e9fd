import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aluco as runBeside } from '../aluco.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication } from '../people.ts';
import { makeKey } from '../saml/keys.ts';
import { consumer, entity, federation, FORUM, openSite, signed, WIKI, type Site } from '../saml/service-metadata.ts';

let house: House;
let site: Site;
let folder: string;
let application: string;
beforeAll(async () => {
  house = await openHouse();
  site = await openSite();
  folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-saml-'));
  ({ id: application } = await addApplication(house.parts, 'Forum', 'https://forum.example'));
});
afterAll(async () => {
  await site.close();
  await house.close();
  await rm(folder, { recursive: true });
});

const aluco = (...args: string[]) => runBeside(house.environment, ['saml', ...args]);

async function file(name: string, content: string): Promise<string> {
  const place = path.join(folder, name);
  await writeFile(place, content);
  return place;
}

test('Odile adds one of several service providers by a signed file, sees it in the list, and removes it', async () => {
  const key = makeKey();
  const both = federation([entity(), entity({ entityId: WIKI, inside: consumer('https://wiki.example/acs') })]);
  const metadata = ['--metadata', await file('both.xml', signed(both, key)), '--key', await file('key.pem', key.pem)];
  const asked = await aluco('add', application, ...metadata);
  expect(asked).toMatchObject({ status: 1, said: [] });
  expect(asked.complained.slice(1)).toEqual([FORUM, WIKI]);

  const added = await aluco('add', application, ...metadata, '--entity', WIKI, '--label', 'Wiki');
  const id = added.said[0]?.replace('service provider ', '') ?? '';
  expect(await house.parts.applications.getServiceProvider(id)).toMatchObject({ entityId: WIKI, label: 'Wiki' });
  expect((await aluco('list', application)).said).toEqual([`${id}\t${WIKI}\tWiki`]);

  expect((await aluco('remove', id)).status).toBe(0);
  expect((await aluco('list', application)).said).toEqual([]);
});

test('Odile reads metadata from its address again; what is refused is said, and shown in the list', async () => {
  const added = await aluco('add', application, '--metadata', `${site.url}/metadata`);
  const id = added.said[0]?.replace('service provider ', '') ?? '';
  site.answer = (_req, res) => res.end(entity({ inside: consumer('https://new.example/acs') }));
  expect((await aluco('refresh', id)).status).toBe(0);
  const { consumers } = await house.parts.applications.getServiceProvider(id);
  expect(consumers[0]?.url).toBe('https://new.example/acs');
  site.answer = (_req, res) => res.end('<html/>');
  expect((await aluco('refresh', id)).status).toBe(1);
  expect((await aluco('list', application)).said[0]).toMatch(/\tmetadata_invalid not_metadata$/u);
});

test('a command that lacks its metadata gets the usage', async () => {
  expect(await aluco('add', application)).toMatchObject({ status: 2 });
  expect(await aluco('add', application, '--metadata', await file('page.xml', '<html/>'))).toMatchObject({ status: 1 });
});

test('Odile lists the certificates, prepares the next one, and lets it sign', async () => {
  const first = (await aluco('certificates')).said;
  expect(first).toHaveLength(1);
  expect(first[0]).toMatch(/^[\w-]{22}\tsigning\t\d{4}-\d\d-\d\d\t(?:[\dA-F]{2}:){31}[\dA-F]{2}$/u);
  expect((await aluco('prepare')).status).toBe(0);
  expect((await aluco('prepare')).status).toBe(1);
  const { said } = await aluco('certificates');
  expect(said).toHaveLength(2);
  expect(said[0]).toBe(first[0]);
  const id = said[1]?.split('\t')[0] ?? '';
  expect(said[1]).toContain('\tnext, signs from ');

  expect((await aluco('activate', first[0]?.split('\t')[0] ?? '')).status).toBe(1);
  expect((await aluco('activate', id)).status).toBe(0);
  // The server beside it takes up what the command did.
  const { certificates } = await house.parts.saml.ours();
  expect(certificates.map((one) => [one.id, one.state])).toEqual([
    [id, 'signing'],
    [first[0]?.split('\t')[0], 'previous'],
  ]);
  expect((await aluco('certificates', '--pem')).said.join('\n')).toBe(certificates[0]?.pem.trimEnd());
});
