import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startClock } from '../../src/jobs/clock.ts';
import { makeLog } from '../../src/log.ts';
import { aluco } from '../aluco.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication, addPerson } from '../people.ts';
import { HERON, importNames } from './place.ts';

const DAY = 86_400_000;

let house: House;
let time = Date.UTC(2026, 10, 28, 12);
beforeAll(async () => {
  house = await openHouse({ now: () => time });
});
afterAll(() => house.close());

test('lines of JSON that were rejected are corrected and fed back, and come in with all that they said', async () => {
  const meadow = await addApplication(house.parts, 'Meadow', 'https://meadow.example');
  const file = path.join(house.folder, 'people.jsonl');
  const rejects = `${file}.rejects`;
  const run = (name: string) => aluco(house.environment, ['legacy', 'import', '--application', meadow.id, name]);
  const people = [
    { key: '9007199254740993', name: 'heron', address: 'heron@old.example', confirmed: true, colour: 'grey' },
    { key: '2', name: '', hash: '', address: 'egret@old.example', confirmed: true },
    { key: '3', name: 'crake', hash: 'as nobody writes it', address: 'crake@old.example', second_factor: true },
  ];
  await writeFile(file, `${people.map((one) => JSON.stringify(one)).join('\n')}\n{"name": "rail", \n`);
  expect((await run(file)).status).toBe(0);
  const rejected = (await readFile(rejects, 'utf8')).trimEnd().split('\n');
  const said = rejected.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(said.map(({ line }) => line)).toEqual([2, 3, 4]);
  const corrected = said.map(({ name, hash, text, ...more }) => {
    if (text !== undefined) return { ...more, name: 'rail' };
    return { ...more, name: name === '' ? 'egret' : name, ...(name === 'crake' ? {} : { hash }) };
  });
  await writeFile(rejects, `${corrected.map((one) => JSON.stringify(one)).join('\n')}\n`);
  expect((await run(rejects)).status).toBe(0);
  const batches = await house.parts.legacy.batches.list(meadow.id);
  const tallies = batches.map(({ tally: { names, rejected: wrong, problems, secondFactor } }) => ({
    names,
    wrong,
    problems,
    secondFactor,
  }));
  expect(tallies).toContainEqual({ names: 3, wrong: 0, problems: {}, secondFactor: 1 });
  for (const name of ['heron', 'egret', 'crake', 'rail'])
    expect(await house.parts.legacy.reclaim.isReserved(meadow.id, name)).toBe(true);
  await expect(readFile(`${rejects}.rejects`)).rejects.toThrow('ENOENT');
});

test('a server that runs forgets the passwords and addresses of an import on its day, and not before', async () => {
  const harbour = await addApplication(house.parts, 'Harbour', 'https://harbour.example', { quota: 5 });
  const alix = await addPerson(house.parts, 'alix');
  const id = await importNames(house.parts.legacy, harbour, [HERON, { name: 'egret', password: HERON.password }]);
  const { batches, reclaim } = house.parts.legacy;
  await batches.forgetOn(id, '2026-12-24');
  /** The jobs of the server, each again and again, until what is forgotten by date was looked at twice. */
  async function run(): Promise<void> {
    let rounds = 0;
    let enough: () => void = () => undefined;
    const through = new Promise<void>((resolve) => (enough = resolve));
    const jobs = house.parts.jobs.map((job) => ({
      ...job,
      everyMilliseconds: 5,
      async run() {
        await job.run();
        if (job.name !== 'what has run out') return;
        rounds += 1;
        if (rounds === 2) enough();
      },
    }));
    const clock = startClock(jobs, makeLog('silent'));
    await through;
    await clock.stop();
  }
  const take = (name: string) =>
    reclaim.withPassword(alix.id, harbour, { name, password: HERON.password, network: '192.0.2.1' });
  time = Date.UTC(2026, 11, 23, 23, 59);
  await run();
  expect((await batches.get(id)).forgotten).toBeUndefined();
  expect((await take('heron')).name).toBe('heron');
  time = Date.UTC(2026, 11, 24, 0, 0);
  await run();
  expect((await batches.get(id)).forgotten).toBe('2026-12-24');
  time += DAY;
  await expect(take('egret')).rejects.toMatchObject({ code: 'old_name_wrong' });
  expect(await reclaim.isReserved(harbour.id, 'egret')).toBe(true);
});
