import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Application } from '../../src/applications/applications.ts';
import { makeLog } from '../../src/log.ts';
import { makeParts } from '../../src/parts.ts';
import { readConfig } from '../../src/config.ts';
import { dayOf } from '../../src/days.ts';
import { aluco as runBeside } from '../aluco.ts';
import { openHouse, type House } from '../house.ts';
import { HERON, importNames } from '../legacy/place.ts';
import { addApplication, addPerson } from '../people.ts';

const LINK = /^http:\/\/localhost:\d+\/old-account\/([\w-]+)$/u;

let house: House;
let meadow: Application;
let alix: Account;
let batch: string;
beforeAll(async () => {
  const settings = { ALUCO_SMTP: 'smtp://127.0.0.1:9', ALUCO_MAIL_FROM: 'aluco@nest.example' };
  house = await openHouse({ settings });
  alix = await addPerson(house.parts, 'alix');
  meadow = await addApplication(house.parts, 'Meadow', 'https://meadow.example', { quota: 9 });
  batch = await importNames(house.parts.legacy, meadow, [
    { ...HERON, address: 'heron@old.example' },
    { name: 'egret', address: 'egret@old.example' },
    { name: 'crake', address: 'crake@old.example' },
  ]);
});
afterAll(() => house.close());

const aluco = (...args: string[]) => runBeside(house.environment, args);
const legacy = (...args: string[]) => aluco('legacy', ...args);

/** How a command ends, and the first thing it complains of. */
async function refusal(...args: string[]): Promise<[number, string | undefined]> {
  const { status, said, complained } = await aluco(...args);
  expect(said).toEqual([]);
  return [status, complained[0]];
}

test('whether old names count, and whether old addresses are sent, is said when an application is made or changed', async () => {
  const oldNames = async (id: string) => (await house.parts.applications.get(id)).oldNames;
  const made = await aluco(
    'application',
    'add',
    'Reeds',
    '--home',
    'https://reeds.example',
    '--old-names-count',
    'off',
  );
  const [id = ''] = made.said;
  expect([made.status, await oldNames(id)]).toEqual([0, { count: false, sendAddress: false }]);
  expect((await aluco('application', 'change', id, '--old-names-address', 'on')).status).toBe(0);
  // The one leaves the other as it is.
  expect(await oldNames(id)).toEqual({ count: false, sendAddress: true });
  expect((await aluco('application', 'change', id, '--old-names-count', 'on')).status).toBe(0);
  expect(await oldNames(id)).toEqual({ count: true, sendAddress: true });
  for (const option of ['--old-names-count', '--old-names-address'])
    for (const value of ['', 'yes', 'true'])
      expect(await refusal('application', 'change', id, option, value)).toEqual([2, 'it is on or off']);
  expect(await oldNames(id)).toEqual({ count: true, sendAddress: true });
});

test('letters to old addresses are begun, shown and stopped', async () => {
  const of = ['--application', meadow.id];
  expect((await legacy('notices', 'show', ...of)).said[0]).toBe('none: round 0, 50 letters every 10 minutes');
  const begun = await legacy('notices', 'begin', ...of, '--size', '2', '--pause', '30', '--language', 'en');
  expect(begun).toEqual({
    status: 0,
    said: [
      'running: round 1, 2 letters every 30 minutes',
      '0 letters written; 0 of 3 names gone through; 0 unsubscribed, 0 refuse',
    ],
    complained: [],
  });
  await house.parts.legacy.notices.run();
  expect((await legacy('notices', 'show', ...of)).said).toEqual([
    'running: round 1, 2 letters every 30 minutes',
    '2 letters written; 2 of 3 names gone through; 0 unsubscribed, 0 refuse',
  ]);
  await aluco('house', 'quiet', 'on');
  expect((await legacy('notices', 'show', ...of)).complained).toEqual([
    'This instance is quiet: nothing leaves until: aluco house quiet off',
  ]);
  await aluco('house', 'quiet', 'off');
  expect((await legacy('notices', 'stop', ...of)).said[0]).toBe('stopped: round 1, 2 letters every 30 minutes');
  // What is not said stays as it was said before.
  expect((await legacy('notices', 'begin', ...of, '--size', '500')).said[0]).toBe(
    'running: round 1, 500 letters every 30 minutes',
  );
  expect((await legacy('notices', 'stop', ...of)).status).toBe(0);
});

test('letters to old addresses are not begun by what is wrongly written, nor where nobody waits', async () => {
  const of = ['--application', meadow.id];
  const before = await house.parts.legacy.notices.state(meadow.id);
  for (const [args, status, words] of [
    [['begin'], 2, '--application is missing'],
    [of, 2, 'begin, stop or show is missing'],
    [['pause', ...of], 2, 'it is begin, stop or show'],
    [['begin', ...of, '--size', '0'], 2, '--size is a number from 1 to 500'],
    [['begin', ...of, '--size', '501'], 2, '--size is a number from 1 to 500'],
    [['begin', ...of, '--size', '1e2'], 2, '--size is a number from 1 to 500'],
    [['begin', ...of, '--pause', '1441'], 2, '--pause is a number from 1 to 1440'],
    [['begin', ...of, '--pause', '-1'], 2, undefined],
    [['begin', ...of, '--language', 'de'], 2, '--language is fr or en'],
    [['show', '--application', 'nothing'], 1, undefined],
  ] as const) {
    const [ended, said] = await refusal('legacy', 'notices', ...args);
    expect([args, ended]).toEqual([args, status]);
    if (words !== undefined) expect(said).toBe(words);
  }
  expect(await house.parts.legacy.notices.state(meadow.id)).toEqual(before);
  const empty = await addApplication(house.parts, 'Empty', 'https://empty.example');
  expect(await refusal('legacy', 'notices', 'begin', '--application', empty.id)).toEqual([
    1,
    'There is no name to take back: nobody to tell.',
  ]);
  expect((await refusal('legacy', 'notices', 'stop', '--application', empty.id))[0]).toBe(1);
  const silent = await openHouse();
  const nobody = await addApplication(silent.parts, 'Meadow', 'https://meadow.example');
  const begun = await runBeside(silent.environment, ['legacy', 'notices', 'begin', '--application', nobody.id]);
  expect([begun.status, begun.complained]).toEqual([1, ['This instance sends no mail (ALUCO_SMTP).']]);
  await silent.close();
});

test('an old name is handed over by a link that opens once, and only with a word that it is theirs', async () => {
  const of = ['--application', meadow.id];
  expect(await refusal('legacy', 'hand', 'heron', ...of)).toEqual([
    2,
    'say --sure once you have made sure that the account is theirs',
  ]);
  expect(await refusal('legacy', 'hand', '--sure', ...of)).toEqual([2, 'the old name is missing']);
  expect(await refusal('legacy', 'hand', 'heron', '--sure')).toEqual([2, '--application is missing']);
  expect((await refusal('legacy', 'hand', 'heron', '--sure', '--application', 'nothing'))[0]).toBe(1);
  const unknown = 'Nobody waits under this name: it was not imported, or it was taken back.';
  for (const name of ['nobody', '', 'heron\u0000', 'x'.repeat(5000)])
    expect(await refusal('legacy', 'hand', name, '--sure', ...of)).toEqual([1, unknown]);

  const first = await legacy('hand', 'heron', '--sure', ...of);
  const second = await legacy('hand', 'heron', '--sure', ...of);
  expect([second.status, second.complained.length]).toEqual([0, 1]);
  const [before, token] = [first, second].map(({ said }) => LINK.exec(said[0] ?? '')?.[1] ?? '') as [string, string];
  const { reclaim } = house.parts.legacy;
  await expect(reclaim.withLink(alix.id, before)).rejects.toMatchObject({ code: 'link_gone' });
  expect((await reclaim.withLink(alix.id, token)).name).toBe('heron');
  await expect(reclaim.withLink(alix.id, token)).rejects.toMatchObject({ code: 'link_gone' });
  expect(await refusal('legacy', 'hand', 'heron', '--sure', ...of)).toEqual([1, unknown]);
});

test('a link that a command makes stands in the log of one server as one that a page makes, without a name', async () => {
  const lines: string[] = [];
  const log = makeLog(
    'info',
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(...chunk.toString().split('\n').filter(Boolean));
        done();
      },
    }),
  );
  const start = () => makeParts(readConfig(house.environment), { log, now: Date.now });
  const nodes = [await start(), await start()];
  const passOn = () =>
    Promise.all(
      nodes.flatMap(({ jobs }) => jobs.filter(({ name }) => name === 'links to old names')).map(({ run }) => run()),
    );
  await passOn();
  lines.length = 0;
  await legacy('hand', 'crake', '--sure', '--application', meadow.id);
  await passOn();
  await passOn();
  nodes[0]?.legacy.handed.say(meadow.id);
  const made = { level: 40, event: 'old_name_link_made', application: meadow.id };
  const said = lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ event }) => event === made.event);
  expect(said).toEqual([made, made].map((one) => ({ time: expect.any(String) as string, ...one })));
  expect(lines.join('\n')).not.toContain('crake');
  for (const { storage } of nodes) await storage.close();
});

test('old passwords and addresses are forgotten on a day that is to come, never, or now by who is sure', async () => {
  const { batches } = house.parts.legacy;
  expect((await legacy('forget', '--on', '2031-03-31', batch)).said).toEqual([`${batch}: forgets 2031-03-31`]);
  expect((await legacy('forget', '--on', 'never', batch)).said).toEqual([`${batch}: forgets nothing by itself`]);
  expect((await batches.get(batch)).forgetOn).toBeUndefined();
  for (const day of ['2031-02-29', '31.03.2031', 'tomorrow', ''])
    expect(await refusal('legacy', 'forget', '--on', day, batch)).toEqual([1, 'Give a date, such as 2027-03-31.']);
  for (const day of ['2020-01-01', dayOf(Date.now())])
    expect(await refusal('legacy', 'forget', '--on', day, batch)).toEqual([1, 'Give a date that is to come.']);
  expect(await refusal('legacy', 'forget')).toEqual([2, 'the import is missing']);
  expect(await refusal('legacy', 'forget', '--sure', 'nothing')).toEqual([1, 'There is no such import.']);
  expect(await refusal('legacy', 'forget', batch)).toEqual([
    2,
    expect.stringMatching(/^say --sure to forget at once/u),
  ]);
  expect((await batches.get(batch)).forgotten).toBeUndefined();
  const now = await legacy('forget', '--sure', batch);
  const { forgotten } = await batches.get(batch);
  expect(forgotten).toMatch(/^\d{4}-\d\d-\d\d$/u);
  expect([now.status, now.said]).toEqual([0, [`${batch}: forgotten ${forgotten}`]]);
  const { reclaim } = house.parts.legacy;
  expect(await reclaim.isReserved(meadow.id, 'egret')).toBe(true);
});
