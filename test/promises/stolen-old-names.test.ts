import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import bcrypt from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import { csv } from '../../src/legacy/sources/csv.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication, addPerson } from '../people.ts';
import { steal } from './stolen.ts';

const PASSWORD = 'kingfisher by the weir';
const PEPPER = 'black grains of the meadow';
const SALT = 'white grains of the meadow';
const HASH = bcrypt.hashSync(PASSWORD, 4);
const DOMAIN = 'long-ago.example';

/** What a thief looks for; of a hash its salt and the rest, in case they lie apart. */
const SECRETS = [PASSWORD, PEPPER, SALT, HASH.slice(7, 29), HASH.slice(29), `heron@${DOMAIN}`, DOMAIN];

/** The ways in which a text may lie in a file without being hidden. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const shifted = [0, 1, 2].map((by) => Buffer.concat([Buffer.alloc(by), bytes]).toString('base64'));
  // The first and last characters depend on what stands beside.
  const encoded = shifted.map((text) => text.replace(/=+$/u, '').slice(4, -2));
  return [
    secret,
    bytes.toString('hex'),
    ...encoded,
    ...encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

/** A table of so many people, all with one password; the first is heron. */
const tableOf = (count: number): string =>
  [
    'name,hash,address,confirmed',
    ...Array.from({ length: count }, (_, number) => {
      const name = number === 0 ? 'heron' : `bird${number}`;
      return `${name},${HASH},${name}@${DOMAIN},1`;
    }),
    // Two that are rejected: what is said of them may hold all of it.
    `,${HASH},nameless@${DOMAIN},1`,
    `"open,${HASH},open@${DOMAIN},1`,
    '',
  ].join('\n');

describe.each(['sqlite', 'postgres'] as const)('a stolen copy of the tables and files of old names on %s', (engine) => {
  let house: House;
  let meadow: Application;
  beforeAll(async () => {
    house = await openHouse({
      engine,
      settings: { ALUCO_SMTP: 'smtp://127.0.0.1:9', ALUCO_MAIL_FROM: 'a@nest.example' },
    });
    meadow = await addApplication(house.parts, 'Meadow', 'https://meadow.example', { quota: 5 });
  });
  afterAll(() => house.close());

  /** All there is: every row, and every file of the data folder, the database's own among them. */
  async function stolen(): Promise<{ rows: string; files: Map<string, string> }> {
    const rows = JSON.stringify(await steal(house.parts.storage));
    const folder = house.environment['ALUCO_DATA'] ?? '';
    const files = new Map<string, string>();
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = path.join(entry.parentPath, entry.name);
      files.set(path.relative(folder, file), await readFile(file, 'latin1'));
    }
    return { rows, files };
  }

  async function found(): Promise<string[]> {
    const { rows, files } = await stolen();
    return [...files, ['the rows', rows] as const].flatMap(([place, text]) =>
      SECRETS.filter((secret) => formsOf(secret).some((form) => text.includes(form))).map(
        (secret) => `${secret} in ${place}`,
      ),
    );
  }

  const open = (text: string) => () => Readable.from([Buffer.from(text)]);

  test('holds no pepper, address, password or hash: of a file that waits, is checked and is imported', async () => {
    const { uploads } = house.parts.legacy;
    const text = tableOf(30);
    const received = await uploads.receive(meadow.id, Readable.from([Buffer.from(text)]) as AsyncIterable<Buffer>);
    const secrets = { pepper: PEPPER, salt: SALT };
    const { id } = await uploads.add(meadow, received, { source: 'csv', name: 'birds.csv', secrets });
    const { files } = await stolen();
    // It does lie there.
    expect([...files.keys()].filter((name) => name.includes(id))).toHaveLength(1);
    expect(await found()).toEqual([]);
    await uploads.work();
    expect((await uploads.find(meadow.id, id))?.step).toBe('checked');
    expect(await found()).toEqual([]);
    await uploads.begin(meadow.id, id);
    await uploads.work();
    expect(await uploads.find(meadow.id, id)).toMatchObject({ step: 'done', done: { names: 30, rejected: 2 } });
    // With the file of what was rejected.
    expect([...(await stolen()).files.keys()].filter((name) => name.includes(id))).toHaveLength(2);
    expect(await found()).toEqual([]);
  });

  test('nor of a batch that is not finished, is done, is told of, is taken from, is forgotten and is undone', async () => {
    const { batches, notices, reclaim } = house.parts.legacy;
    const harbour = await addApplication(house.parts, 'Harbour', 'https://harbour.example', { quota: 5 });
    const file = open(tableOf(900));
    const { id } = await batches.begin(harbour, csv, file, { secrets: { pepper: PEPPER, salt: SALT } });
    let lines = 0;
    const options = { progress: (at: { lines: number }) => void (lines = at.lines), isStopped: () => lines > 0 };
    expect((await batches.work(id, file, options)).status).toBe('stopped');
    expect(lines).toBeLessThan(900);
    expect((await stolen()).rows).toContain('heron');
    expect(await found()).toEqual([]);
    expect((await batches.work(id, file)).status).toBe('done');
    expect((await batches.get(id)).secrets.pepper).toBe(PEPPER);
    expect(await found()).toEqual([]);

    await notices.begin(harbour.id, { size: 500, pause: 1, language: 'fr' });
    await notices.run();
    expect((await notices.state(harbour.id)).sent).toBe(500);
    const alix = await addPerson(house.parts, 'alix');
    const [network, language] = ['192.0.2.1', 'en'] as const;
    await reclaim.sendCode(alix.id, harbour, { name: 'bird7', network, language });
    await reclaim.makeLink(harbour.id, 'bird8');
    const wrong = reclaim.withPassword(alix.id, harbour, { name: 'bird9', password: `${PASSWORD}s`, network });
    await expect(wrong).rejects.toMatchObject({ code: 'old_name_wrong' });
    await reclaim.withPassword(alix.id, harbour, { name: 'heron', password: PASSWORD, network });
    expect(await found()).toEqual([]);
    await batches.forget(id);
    expect(await found()).toEqual([]);

    const again = await addApplication(house.parts, 'Wharf', 'https://wharf.example');
    const other = await batches.begin(again, csv, file, { secrets: { pepper: PEPPER, salt: SALT } });
    await batches.work(other.id, file);
    await batches.undo(other.id, { reverseRun: true });
    expect(await found()).toEqual([]);
  });

  test('would be found out if it held one, in a row or in a file', async () => {
    const { storage } = house.parts;
    const { legacyTask } = storage.tables;
    const plain = { id: 'spoiled', applicationId: meadow.id, kind: 'none', sealed: '' };
    for (const sealed of [PEPPER, Buffer.from(`{"pepper":"${PEPPER}"}`).toString('base64url')]) {
      await storage.write((tx) => tx.insert(legacyTask).values({ ...plain, sealed }));
      expect(await found()).toContain(`${PEPPER} in the rows`);
      await storage.write((tx) => tx.delete(legacyTask));
    }
    await writeFile(path.join(house.environment['ALUCO_DATA'] ?? '', 'spoiled'), HASH);
    expect(await found()).toEqual(expect.arrayContaining([`${HASH.slice(29)} in spoiled`]));
  });
});
