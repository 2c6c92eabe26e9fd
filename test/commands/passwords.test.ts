import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { makeIsBreached } from '../../src/accounts/breached.ts';
import { openWriter } from '../../src/accounts/breached-file.ts';
import { fetchRanges } from '../../src/commands/passwords/fetch.ts';
import { aluco } from '../aluco.ts';
import { openHouse } from '../house.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex').toUpperCase();

async function folderOf(): Promise<{ folder: string; file: string; environment: Record<string, string> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-passwords-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const data = path.join(folder, 'data');
  return {
    folder,
    file: path.join(data, 'breached-passwords'),
    environment: { ALUCO_URL: 'http://localhost:8080', ALUCO_DATA: data },
  };
}

/** Answers as the range API of Have I Been Pwned does; `broken` says what else to answer for a prefix. */
async function openSource(broken: (prefix: string, time: number) => number | string | undefined = () => undefined) {
  const asked: string[] = [];
  let under = 0;
  let most = 0;
  const server: Server = createServer((req, res) => {
    const prefix = path.basename(req.url ?? '');
    asked.push(prefix);
    most = Math.max(most, (under += 1));
    const wrong = broken(prefix, asked.filter((one) => one === prefix).length);
    setImmediate(() => {
      under -= 1;
      if (typeof wrong === 'number') return res.writeHead(wrong).end();
      return res.end(
        wrong ?? [`${'0'.repeat(35)}:3`, `${'0'.repeat(7)}1${'A'.repeat(27)}:12`, `${'F'.repeat(35)}:900`].join('\r\n'),
      );
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}/range/`;
  return { from, asked, most: () => most };
}

test('passwords import takes hashes and counts in any order, and new passwords are compared with them', async () => {
  const { folder, file, environment } = await folderOf();
  const list = path.join(folder, 'list.txt');
  const lines = ['huit hiboux dorment', 'neuf mulots courent', 'seldom seen at all']
    .map((word, at) => `${at === 0 ? sha1(word).toLowerCase() : sha1(word)}:${[5000, 10, 9][at]}`)
    .toSorted()
    .toReversed();
  await writeFile(list, `${lines.join('\r\n')}\r\n`);
  const { status, said, complained } = await aluco(environment, ['passwords', 'import', list]);
  expect([status, complained, said.at(-1)]).toEqual([
    0,
    [],
    `${file}: 2 passwords. New passwords are compared with them from now on.`,
  ]);
  const isBreached = makeIsBreached(file);
  expect(
    await Promise.all(['huit hiboux dorment', 'neuf mulots courent', 'seldom seen at all'].map(isBreached)),
  ).toEqual([true, true, false]);
  expect(await readdir(path.dirname(file))).toEqual(['breached-passwords']);
  const shown = await aluco(environment, ['passwords', 'status']);
  expect([shown.status, shown.said]).toEqual([
    0,
    [expect.stringMatching(/breached-passwords: 2 passwords seen 10 times or more, made on \d{4}-\d\d-\d\d\.$/u)],
  ]);
  // Without a threshold, all of them.
  await aluco(environment, ['passwords', 'import', list, '--seen', '1']);
  expect(await makeIsBreached(file)('seldom seen at all')).toBe(true);
});

test('passwords import names the line that is none, and leaves what was there', async () => {
  const { folder, file, environment } = await folderOf();
  const list = path.join(folder, 'list.txt');
  await writeFile(list, `${sha1('huit hiboux dorment')}:10\n`);
  await aluco(environment, ['passwords', 'import', list]);
  await writeFile(list, `${sha1('neuf mulots courent')}:10\nnonsense\n`);
  const { status, complained } = await aluco(environment, ['passwords', 'import', list]);
  expect([status, complained]).toEqual([
    1,
    [`${list}: line 2 is no SHA-1 with a count, like 5BAA…:1234. Nothing was changed.`],
  ]);
  expect(await makeIsBreached(file)('huit hiboux dorment')).toBe(true);
  expect(await readdir(path.dirname(file))).toEqual(['breached-passwords']);
});

test('passwords fetch stops in words where the source fails, and goes on from there', async () => {
  const { file, environment } = await folderOf();
  const source = await openSource((prefix) => (prefix === '0050A' ? 404 : undefined));
  const first = await aluco(environment, ['passwords', 'fetch', '--from', source.from]);
  expect([first.status, first.complained]).toEqual([
    1,
    [`${source.from}0050A answered 404. What came until now is kept: the same command goes on with it.`],
  ]);
  expect(source.asked.slice(0, 2)).toEqual(['00000', '00001']);
  expect(source.most()).toBeLessThanOrEqual(24);
  source.asked.length = 0;
  const second = await aluco(environment, ['passwords', 'fetch', '--from', source.from]);
  expect(second.status).toBe(1);
  expect(source.asked.toSorted()[0]).toBe('00400');
  const shown = await aluco(environment, ['passwords', 'status']);
  expect(shown.said).toEqual([`There is no ${file}.`, expect.stringMatching(/\.part: 0 % of a download begun on /u)]);
  // Another threshold is another file.
  source.asked.length = 0;
  await aluco(environment, ['passwords', 'fetch', '--from', source.from, '--seen', '5']);
  expect(source.asked[0]).toBe('00000');
});

test('a download keeps what was seen often enough, asks again where the source is tired, and ends as a finished file', async () => {
  const { file, environment } = await folderOf();
  await mkdir(environment['ALUCO_DATA'] ?? '');
  const source = await openSource((prefix, time) => (prefix === '00007' && time < 3 ? 503 : undefined));
  const pauses: number[] = [];
  const writer = await openWriter(file, { seen: 10, now: Date.now() });
  const pause = async (milliseconds: number): Promise<void> => void pauses.push(milliseconds);
  await fetchRanges(writer, { from: source.from, seen: 10, pause, onProgress: () => {}, ranges: 40 });
  expect(await writer.finish()).toEqual({ records: 80 });
  expect(pauses).toEqual([1000, 2000]);
  const shown = await aluco(environment, ['passwords', 'status']);
  expect(shown.said[0]).toMatch(/: 80 passwords seen 10 times or more/u);
});

test('a source that answers something else is not believed', async () => {
  const { environment } = await folderOf();
  const source = await openSource(() => '<html>Welcome to our hotel’s network</html>');
  const { status, complained } = await aluco(environment, ['passwords', 'fetch', '--from', source.from]);
  expect([status, complained[0]]).toEqual([
    1,
    expect.stringContaining('00000 holds a line that is none of its format'),
  ]);
});

test('the doctor says how the file is, and a damaged one keeps nobody from an account', async () => {
  const house = await openHouse();
  closing.push(() => house.close());
  const line = async (): Promise<string> =>
    (await aluco(house.environment, ['doctor'])).said.find((one) => one.includes('leaked passwords')) ?? '';
  expect(await line()).toMatch(/^ok .*To get them: aluco passwords fetch\.$/u);
  const file = path.join(house.environment['ALUCO_DATA'] ?? '', 'breached-passwords');
  await writeFile(file, 'nonsense');
  expect(await line()).toMatch(/^problem .* is of no use: it is cut\. Until it is made again, none are refused\.$/u);
  const password = 'huit hiboux dorment';
  expect((await house.parts.accounts.add({ loginName: 'alix', password, language: 'fr' })).loginName).toBe('alix');
  const list = path.join(house.folder, 'list.txt');
  await writeFile(list, `${sha1(password)}:10\n`);
  await aluco(house.environment, ['passwords', 'import', list]);
  expect(await line()).toMatch(/^ok .*: 1 are refused, as of /u);
  await expect(house.parts.accounts.add({ loginName: 'bruno', password, language: 'fr' })).rejects.toMatchObject({
    code: 'password_breached',
  });
});
