import { request as send } from 'node:http';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import bcrypt from 'bcryptjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import { csv } from '../../src/legacy/sources/csv.ts';
import { makeLog } from '../../src/log.ts';
import { aluco } from '../aluco.ts';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { addApplication, addClient, addPerson, PEOPLE } from '../people.ts';
import { openWiki } from '../service-provider.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';
import { importNames } from '../legacy/place.ts';
import { problemsOn, wordsOf } from './desk.ts';

const HASH = bcrypt.hashSync('kingfisher by the weir', 4);
const TABLE = [
  'name,hash,address,confirmed',
  `heron,${HASH},heron@old.example,yes`,
  `egret,${HASH},egret@old.example,yes`,
  `crake,${HASH},heron@old.example,no`,
  'bittern,what is this,bittern@old.example,yes',
  '=grebe!,$y$j9T$nor is this,grebe@old.example,yes',
  '',
].join('\n');

const file = (content: BlobPart, name = 'people.csv'): File => new File([content], name, { type: 'text/csv' });

describe('the pages of old accounts', () => {
  const log = makeLog('silent');
  let house: House;
  let mail: MailCatcher;
  let odile: Visitor;
  let meadow: Application;

  const at = (rest = ''): string => `${house.url}/admin/applications/${meadow.id}/old-accounts${rest}`;
  const folder = (): string => path.join(house.folder, 'data/imports');
  const lying = async (): Promise<string[]> => readdir(folder()).catch(() => []);

  async function signedIn(name: 'odile' | 'bruno'): Promise<Visitor> {
    const visitor = makeVisitor();
    const { loginName: login, password } = PEOPLE[name];
    await visitor.submit(await visitor.get(house.url), '/sign-in', { login, password });
    return visitor;
  }

  beforeAll(async () => {
    mail = await openMailCatcher();
    house = await openHouse({ log, settings: { ALUCO_SMTP: mail.smtp, ALUCO_MAIL_FROM: 'aluco@nest.example' } });
    for (const name of ['odile', 'bruno'] as const) await addPerson(house.parts, name);
    odile = await signedIn('odile');
  });
  afterAll(async () => {
    await house.close();
    await mail.close();
  });
  afterEach(async () => {
    for (const { id } of await house.parts.applications.list())
      for (const upload of await house.parts.legacy.uploads.list(id))
        await house.parts.legacy.uploads.discard(id, upload.id);
    expect(await lying()).toEqual([]);
  });
  beforeEach(async () => {
    meadow = await addApplication(house.parts, 'Meadow', 'https://meadow.example/');
  });

  const upload = async (content: BlobPart, name?: string): Promise<Page> =>
    odile.submit(await odile.get(at('/new?source=csv')), '/new', { file: file(content, name) });

  /** Sends a file and has the job look at it. */
  async function checked(content: BlobPart = TABLE): Promise<Page> {
    const page = await upload(content);
    expect(page.url.pathname).toMatch(/\/files\/[\w-]+$/u);
    await house.parts.legacy.uploads.work();
    return odile.get(page.url);
  }

  async function imported(content: BlobPart = TABLE): Promise<Page> {
    const page = await odile.submit(await checked(content), '/import');
    await house.parts.legacy.uploads.work();
    return odile.get(page.url);
  }

  const batchOf = async (page: Page): Promise<Page> => {
    const url = page.document
      .querySelectorAll('a')
      .map((a) => a.getAttribute('href') ?? '')
      .find((href) => href.includes('/batches/'));
    return odile.get(`${house.url}${url}`);
  };

  test('tell how people are read out of an application, of the kind it is and of any other', async () => {
    const mastodon = await odile.get(at('/new?source=mastodon'));
    expect(wordsOf(mastodon)).toContain('FROM accounts a');
    expect(wordsOf(mastodon)).toContain('psql');
    const table = await odile.get(at('/new?source=csv'));
    expect(wordsOf(table)).toContain('second_factor');
    const nothing = await odile.get(at('/new?source=../../etc'));
    expect(nothing.status).toBe(200);
  });

  test('check a file without writing, say each bad line, import it when asked, and hand back what was rejected', async () => {
    const page = await checked();
    expect(page.status).toBe(200);
    expect(wordsOf(page)).toContain('Checked: ready to be imported');
    expect(wordsOf(page)).toMatch(/Names to import\s*3/u);
    expect(wordsOf(page)).toMatch(/Lines rejected\s*2/u);
    expect(wordsOf(page)).toMatch(/Unknown hashes of 12 characters\s*1/u);
    expect(wordsOf(page)).toMatch(/Unknown hashes that begin with \$y\$\s*1/u);
    expect(page.document.querySelectorAll('tbody tr').map((row) => row.text.trim())).toHaveLength(2);
    expect(await house.parts.legacy.reclaim.isReserved(meadow.id, 'heron')).toBe(false);

    const begun = await odile.submit(page, '/import');
    expect(begun.headers.get('refresh')).toContain('follow=yes');
    await house.parts.legacy.uploads.work();
    const done = await odile.get(begun.url);
    expect(done.headers.get('refresh')).toBeNull();
    expect(wordsOf(done)).toMatch(/Names imported\s*3/u);
    expect(await house.parts.legacy.reclaim.isReserved(meadow.id, 'heron')).toBe(true);

    const rejects = await odile.get(`${done.url.origin}${done.url.pathname}/rejects`);
    expect(rejects.headers.get('content-disposition')).toContain('attachment');
    expect(rejects.text.split('\n')).toHaveLength(4);
    expect(rejects.text).toContain('bittern,what is this,bittern@old.example,yes,5,hash_unknown');

    const corrected = rejects.text.replace('what is this', HASH).replace('$y$j9T$nor is this', HASH);
    const again = await imported(corrected);
    expect(wordsOf(again)).toMatch(/Names imported\s*2/u);
    // The very same file once more finds all of it there.
    expect(wordsOf(await checked(TABLE))).toMatch(/Imported already, exactly so\s*3/u);
  });

  test('keep a file encrypted, for its owner alone, and remove it with all that was rejected of it', async () => {
    const page = await imported();
    const names = await lying();
    expect(names.map((name) => path.extname(name)).toSorted()).toEqual(['.rejects', '.users']);
    for (const name of names) {
      const { mode } = await stat(path.join(folder(), name));
      expect(mode & 0o077).toBe(0);
    }
    const bytes = Buffer.concat(
      await Promise.all(
        names.map(async (name) => (await import('node:fs/promises')).readFile(path.join(folder(), name))),
      ),
    );
    expect(bytes.includes('heron')).toBe(false);
    const after = await odile.submit(page, '/discard');
    expect(wordsOf(after)).toContain('The file was removed');
    expect(await lying()).toEqual([]);
  });

  test('take a packed file, show of a name with a path what is left of it, and refuse one that breaks the form', async () => {
    const page = await odile.submit(await odile.get(at('/new?source=csv')), '/new', {
      file: file(gzipSync(TABLE), '../../etc/\u202Eété.csv.gz'),
    });
    expect(wordsOf(page)).toContain('été.csv.gz');
    expect(wordsOf(page)).not.toMatch(/etc\/|\u202E/u);
    await house.parts.legacy.uploads.work();
    expect(wordsOf(await odile.get(page.url))).toMatch(/Names to import\s*3/u);
    expect((await upload(TABLE, 'bell\u0007.csv')).status).toBe(400);
    await odile.submit(await odile.get(page.url), '/discard');
  });

  test('say what is wrong with a form: no file, an empty one, one that is none, too many', async () => {
    const none = await odile.submit(await odile.get(at('/new?source=csv')), '/new', {});
    expect([none.status, problemsOn(none)]).toEqual([422, { '#file': 'Choose a file.' }]);
    const empty = await upload('');
    expect([empty.status, problemsOn(empty)]).toEqual([422, { '#file': 'The file is empty.' }]);
    const picture = await checked(Buffer.from('89504e470d0a1a0a00ff', 'hex'));
    expect(wordsOf(picture)).toContain('Failed');
    await odile.submit(picture, '/discard');
    const cut = gzipSync(TABLE.repeat(500));
    const broken = await checked(cut.subarray(0, cut.length - 20));
    expect(wordsOf(broken)).toMatch(/cut or damaged|Failed/u);
    for (let more = 0; more < 4; more += 1) await upload(TABLE);
    const full = await upload(TABLE);
    expect([full.status, problemsOn(full)['#file']]).toEqual([422, expect.stringContaining('5 files')]);
    expect(await lying()).toHaveLength(5);
  });

  /** Sends bytes as they are. */
  async function raw(headers: Record<string, string>, body: readonly (string | Buffer)[], end = true): Promise<number> {
    const cookie = await odile.cookies(house.url);
    return new Promise((resolve) => {
      const own = { cookie, origin: house.url, 'sec-fetch-site': 'same-origin' };
      const request = send(at('/new'), { method: 'POST', headers: { ...own, ...headers } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
        request.destroy();
      });
      request.on('error', () => resolve(0));
      for (const part of body) request.write(part);
      if (end) request.end();
      else setImmediate(() => request.destroy());
    });
  }

  const BOUNDARY = 'xxOOxx';
  const part = (name: string, value: string, more = ''): string =>
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const kind = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };
  const tokenOf = async (): Promise<string> =>
    (await odile.get(at('/new?source=csv'))).document.querySelector('main input[name=csrf]')?.getAttribute('value') ??
    '';

  test('keep nothing of a file that comes before the token of its form, with another one, or without', async () => {
    const csrf = await tokenOf();
    const users = part('file', TABLE, '; filename="people.csv"');
    const close = `--${BOUNDARY}--\r\n`;
    const rest = part('source', 'csv');
    expect(await raw(kind, [users, part('csrf', csrf), rest, close])).toBe(403);
    expect(await raw(kind, [part('csrf', 'other'), rest, users, close])).toBe(403);
    expect(await raw(kind, [rest, users, close])).toBe(403);
    expect(await raw({ 'content-type': 'application/x-www-form-urlencoded' }, [`csrf=${csrf}&source=csv&file=x`])).toBe(
      422,
    );
    expect(await raw({ 'content-type': 'application/octet-stream' }, [TABLE])).toBe(403);
    expect(await raw({ ...kind, 'sec-fetch-site': 'cross-site' }, [part('csrf', csrf), rest, users, close])).toBe(403);
    expect(await raw(kind, [part('csrf', csrf), part('file', TABLE, '; filename="a"'), rest, close])).toBe(303);
  });

  test('refuse 3 GB at once, and keep nothing of a file that is cut off on its way', async () => {
    const csrf = await tokenOf();
    const large = { ...kind, 'content-length': String(3 * 1024 ** 3) };
    expect(await raw(large, [part('csrf', csrf)], true)).toBe(413);
    const begun = [part('csrf', csrf), part('file', TABLE.repeat(2000), '; filename="a"')];
    expect(await raw({ ...kind, 'content-length': '100000000' }, begun, false)).toBe(0);
    await expect.poll(lying, { timeout: 60_000 }).toEqual([]);
    // What ends before its last boundary is cut as well, however long it said it was.
    expect(await raw(kind, begun)).toBe(400);
    await expect.poll(lying, { timeout: 60_000 }).toEqual([]);
    expect(await house.parts.legacy.uploads.list(meadow.id)).toEqual([]);
  });

  test('take a file while another one is imported, and tell that one must end first', async () => {
    const first = await imported();
    const batch = (await house.parts.legacy.batches.list(meadow.id))[0];
    expect(wordsOf(await batchOf(first))).toContain('0 names of 3'.replace('0 names', 'No name'));
    expect(batch?.status).toBe('done');
    const second = await checked(`name,hash\nrail,${HASH}\n`);
    const third = await upload(`name,hash\nsnipe,${HASH}\n`);
    expect(third.status).toBe(200);
    expect(wordsOf(await odile.submit(second, '/import'))).toContain('about to begin');
    await house.parts.legacy.uploads.work();
    expect(await house.parts.legacy.reclaim.isReserved(meadow.id, 'rail')).toBe(true);
  });

  test('stop before the work begins and go on, and refuse what fits no more', async () => {
    const asked = await odile.submit(await checked(), '/import');
    const stopped = await odile.submit(asked, '/stop');
    expect(wordsOf(stopped)).toContain('Stopped');
    await house.parts.legacy.uploads.work();
    expect(await house.parts.legacy.reclaim.isReserved(meadow.id, 'heron')).toBe(false);
    expect((await odile.submit(asked, '/stop')).status).toBe(409);
    const going = await odile.submit(await odile.get(stopped.url), '/go-on');
    await house.parts.legacy.uploads.work();
    expect(wordsOf(await odile.get(going.url))).toMatch(/Names imported\s*3/u);
  });

  test('finish an import whose file is gone, once', async () => {
    const { batches } = house.parts.legacy;
    const open = () => Readable.from(['name\nrail\n']);
    const { id } = await batches.begin(await house.parts.applications.get(meadow.id), csv, open);
    const page = await odile.get(`${house.url}/admin/applications/${meadow.id}/old-accounts/batches/${id}`);
    const ended = await odile.submit(page, '/close');
    expect(wordsOf(ended)).toContain('The import is finished as it is');
    expect(ended.text).not.toContain('/close');
    expect(await batches.get(id)).toMatchObject({ status: 'done' });
    const late = await odile.submit(page, '/close');
    expect([late.status, Object.values(problemsOn(late))]).toEqual([422, []]);
  });

  test('undo an import only once the reverse file was run, and never after somebody took a name', async () => {
    const batch = await batchOf(await imported());
    const refused = await odile.submit(batch, '/undo');
    expect(refused.status).toBe(422);
    expect(problemsOn(refused)['#reverseRun']).toContain('Run the reverse file');
    const undone = await odile.submit(batch, '/undo', { reverseRun: 'on' });
    expect(wordsOf(undone)).toContain('The import was undone');
    // The list goes on saying how many names it brought, as the import's own page does.
    expect(wordsOf(undone)).toMatch(/Names imported\s*3/u);
    expect(wordsOf(await odile.get(at()))).toMatch(/, 3 names.*Undone; none taken back/su);
    expect(await house.parts.legacy.reclaim.isReserved(meadow.id, 'heron')).toBe(false);

    const second = await batchOf(await imported());
    const bruno = await house.parts.accounts.findByLogin('bruno');
    const { reclaim } = house.parts.legacy;
    await reclaim.withLink(bruno?.id ?? '', await reclaim.makeLink(meadow.id, 'egret'));
    const late = await odile.submit(second, '/undo', { reverseRun: 'on' });
    expect([late.status, problemsOn(late)]).toEqual([422, {}]);
    const page = await odile.get(second.url);
    expect(wordsOf(page)).toContain('1 name of 3 taken back');
    expect(page.document.querySelector('svg.chart')?.getAttribute('aria-label')).toContain('1 name of 3');
    expect(page.document.querySelectorAll('details tbody tr')).toHaveLength(1);
    expect(page.text).not.toMatch(/ style=/u);
  });

  test('forget now or on a day, only for whoever says that they know what is lost', async () => {
    const batch = await batchOf(await imported());
    const unsure = await odile.submit(batch, '/forget', { when: 'now' });
    expect([unsure.status, Object.keys(problemsOn(unsure))]).toEqual([422, ['#sure']]);
    const never = await odile.submit(batch, '/forget', { when: 'day', day: '', sure: 'on' });
    expect(Object.keys(problemsOn(never))).toEqual(['#day']);
    const past = await odile.submit(batch, '/forget', { when: 'day', day: '2020-01-01', sure: 'on' });
    expect(Object.keys(problemsOn(past))).toEqual(['#day']);
    const strange = await odile.submit(batch, '/forget', { when: 'day', day: 'soon', sure: 'on' });
    expect(Object.keys(problemsOn(strange))).toEqual(['#day']);
    const set = await odile.submit(batch, '/forget', { when: 'day', day: '2099-03-31', sure: 'on' });
    expect(wordsOf(set)).toContain('31 March 2099');
    const unset = await odile.submit(set, '/forget', { when: 'day', day: '' });
    expect(wordsOf(unset)).toContain('No date is set any more');
    expect(wordsOf(unset)).not.toContain('31 March 2099');
    const gone = await odile.submit(batch, '/forget', { when: 'now', sure: 'on' });
    expect(wordsOf(gone)).toContain('The proofs are forgotten');
    expect(wordsOf(gone)).not.toContain('Forget the proofs');
    expect(await house.parts.legacy.reclaim.isReserved(meadow.id, 'heron')).toBe(true);
  });

  test('hand a link to the owner of a name, which is shown once and opens that name', async () => {
    await imported();
    const page = await odile.get(at('/hand'));
    const unsure = await odile.submit(page, '/hand', { name: 'heron' });
    expect(Object.keys(problemsOn(unsure))).toEqual(['#sure']);
    const unknown = await odile.submit(page, '/hand', { name: 'nobody', sure: 'on' });
    expect([unknown.status, Object.keys(problemsOn(unknown))]).toEqual([422, ['#name']]);
    const made = await odile.submit(page, '/hand', { name: 'heron', sure: 'on' });
    const address = made.document.querySelector('#one-time ~ .reference code')?.text.trim() ?? '';
    expect(address).toMatch(/\/old-account\/[\w-]+$/u);
    const token = address.split('/').at(-1) ?? '';
    expect(await house.parts.legacy.reclaim.seeLink(token)).toMatchObject({ name: 'heron' });
    expect((await odile.get(made.url)).text).not.toContain(token);
  });

  test('A92: hand rejected lines of JSON back as what no spreadsheet opens', async () => {
    const evil = { name: 'bittern', hash: "x,=1+cmd|' /C calc'!A0,y" };
    const page = await imported(`${JSON.stringify({ name: 'heron' })}\n${JSON.stringify(evil)}\n`);
    const rejects = await odile.get(`${page.url.origin}${page.url.pathname}/rejects`);
    expect(rejects.headers.get('content-disposition')).toMatch(/-rejects\.jsonl"?$/u);
    expect(rejects.headers.get('content-type')).not.toContain('csv');
    expect(JSON.parse(rejects.text)).toMatchObject({ ...evil, line: 2 });
  });

  test('hold no file of rejected lines open for somebody who went away before it came, nor call that an error of ours', async () => {
    const page = await imported();
    const headers = { cookie: await odile.jar.getCookieString(page.url.href) };
    const errors = vi.spyOn(log, 'error');
    const gone = Array.from({ length: 20 }, async () => {
      const asked = send(`${page.url.origin}${page.url.pathname}/rejects`, { headers });
      asked.on('error', () => undefined);
      await new Promise<void>((resolve) => asked.end(() => setTimeout(resolve, 2)));
      asked.destroy();
    });
    await Promise.all(gone);
    await odile.get(`${page.url.origin}${page.url.pathname}/rejects`);
    await expect
      .poll(async () => {
        const handles = await readdir('/proc/self/fd');
        const targets = await Promise.all(handles.map((one) => readlink(`/proc/self/fd/${one}`).catch(() => '')));
        return targets.filter((target) => target.startsWith(folder()));
      })
      .toEqual([]);
    expect(errors.mock.calls).toEqual([]);
    errors.mockRestore();
  });

  test('make links that are nothing to whoever made them', async () => {
    await imported();
    const made = await odile.submit(await odile.get(at('/hand')), '/hand', { name: 'heron', sure: 'on' });
    const address = made.document.querySelector('#one-time ~ .reference code')?.text.trim() ?? '';
    const own = await odile.submit(await odile.get(address), new URL(address).pathname);
    expect(own.status).toBeGreaterThanOrEqual(400);
    expect(await house.parts.legacy.reclaim.isReserved(meadow.id, 'heron')).toBe(true);
  });

  test('write to old addresses, which stop that with one request of their mail program, from anywhere', async () => {
    await imported();
    const page = await odile.get(at('/notices'));
    expect(wordsOf(page)).toContain('Ne plus recevoir ces messages');
    expect(wordsOf(page)).toContain(`${house.url}/old-account/unsubscribe/…`);
    const wrong = await odile.submit(page, '/begin', { size: '0', pause: 'x' });
    expect([wrong.status, Object.keys(problemsOn(wrong))]).toEqual([422, ['#size', '#pause']]);
    const begun = await odile.submit(page, '/begin', { size: '50', pause: '5', language: 'en' });
    expect(wordsOf(begun)).toContain('Letters are leaving');
    await house.parts.legacy.notices.run();
    await house.parts.mail.deliver();
    const letter = await mail.next('heron@old.example');
    const other = await mail.next('egret@old.example');
    expect(letter.text).toContain(`${house.url}/applications/${meadow.id}/old-account`);
    // RFC 8058 §3.1; one address in angle brackets.
    const unfolded = letter.raw.replaceAll(/\r\n[ \t]+/gu, ' ');
    expect(unfolded).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/mu);
    const [, stop = ''] = /^List-Unsubscribe: <(http[^>]+)>\r$/mu.exec(unfolded) ?? [];
    expect(letter.links).toContain(stop);
    expect(stop.startsWith(`${house.url}/old-account/unsubscribe/`)).toBe(true);

    const state = () => house.parts.legacy.notices.state(meadow.id);
    const anybody = makeVisitor();
    const asked = await anybody.get(stop);
    expect([asked.status, wordsOf(asked).includes('Write to me no more')]).toEqual([200, true]);
    expect((await state()).unsubscribed).toBe(0);
    const program = await fetch(stop, {
      method: 'POST',
      body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
      headers: { 'user-agent': 'mail program' },
    });
    expect([program.status, (await state()).unsubscribed]).toEqual([200, 1]);
    const [, second = ''] = /<(http[^>]+unsubscribe[^>]+)>/u.exec(other.raw.replaceAll(/\r\n[ \t]+/gu, ' ')) ?? [];
    const form = new FormData();
    form.append('List-Unsubscribe', 'One-Click');
    expect(
      (await fetch(second, { method: 'POST', body: form, headers: { origin: 'https://mail.example' } })).status,
    ).toBe(200);
    expect((await state()).unsubscribed).toBe(2);
    const button = await anybody.submit(await anybody.get(second), second.slice(-20));
    expect(wordsOf(button)).toContain('That is noted');
    expect((await fetch(`${stop}x`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(stop, { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(413);
    await odile.submit(await odile.get(at('/notices')), '/begin', { size: '50', pause: '5' });
    await house.parts.legacy.notices.run();
    expect(await state()).toMatchObject({ round: 2, sent: 0 });
  });

  test('give the file for the application and its way back, whoever has them imported', async () => {
    await imported();
    const page = await odile.get(at('/tell'));
    expect(page.status).toBe(200);
    const mastodon = await addApplication(house.parts, 'Lake', 'https://lake.example/');
    const table = `key,name,hash,address,confirmed,disabled,second_factor\n7,heron,${HASH},heron@old.example,t,f,f\n`;
    const before = meadow;
    meadow = mastodon;
    const sent = await odile.submit(await odile.get(at('/new?source=mastodon')), '/new', { file: file(table) });
    await house.parts.legacy.uploads.work();
    await odile.submit(await odile.get(sent.url), '/import');
    await house.parts.legacy.uploads.work();
    const forward = await odile.get(at('/tell/link/forward?protocol=oidc'));
    expect(forward.headers.get('content-disposition')).toContain('link.sql');
    expect(forward.text).toContain('heron');
    const back = await odile.get(at('/tell/link/back?protocol=oidc'));
    expect(back.headers.get('content-disposition')).toContain('filename=unlink.sql');
    const told = await odile.get(at('/tell'));
    expect(told.text).toContain('/tell/link/forward');
    expect(wordsOf(told)).toContain('--file link.sql --reverse unlink.sql');
    // Whoever rehearses copies the command: it must not run the file in the real database.
    expect(wordsOf(told)).toContain('psql -X DATABASE < link.sql');
    expect(wordsOf(told)).not.toContain('psql -X mastodon_production');
    meadow = before;
    expect((await odile.get(at('/tell/link/forward'))).status).toBe(422);
  });

  test('write the file for the protocol by which the application signs people in, unless another is chosen', async () => {
    const { application } = await openWiki(house, 'Wiki');
    await importNames(house.parts.legacy, application, [{ name: 'heron' }], 'gitlab');
    meadow = application;
    const page = await odile.get(at('/tell'));
    expect(page.document.querySelector('select[name=protocol] option[selected]')?.getAttribute('value')).toBe('saml');
    expect(wordsOf(page)).toContain('--protocol saml');
    expect((await odile.get(at('/tell/link/forward'))).text).toContain("'saml'");
    expect((await odile.get(at('/tell/link/forward?protocol=oidc'))).text).toContain("'openid_connect'");
  });

  test.each(['pixelfed', 'synapse', 'lemmy'])(
    'name commands for each database of %s, which write what the page gives',
    async (source) => {
      await importNames(house.parts.legacy, meadow, [{ name: 'heron' }], source);
      const page = await odile.get(at('/tell'));
      const engines = page.document
        .querySelectorAll('section[aria-labelledby=link] select[name=engine] option')
        .map((option) => option.getAttribute('value') ?? '');
      const codes = page.document
        .querySelectorAll('section[aria-labelledby=link] pre')
        .map((pre) => pre.text.replaceAll(/<\/?code[^>]*>/gu, '').trim());
      const commands = codes.filter((code) => code.startsWith('aluco '));
      expect(commands).toHaveLength(Math.max(1, engines.length));
      for (const [nth, command] of commands.entries()) {
        const words = command.split(' ').slice(1);
        const [, file = ''] = / --file (\S+)/u.exec(command) ?? [];
        const inFolder = words.map((word) => (/^(?:un)?link\./u.test(word) ? path.join(house.folder, word) : word));
        const { status, complained } = await aluco(house.environment, [...inFolder, '--force']);
        expect([command, status, complained.slice(0, status === 0 ? 0 : 9)]).toEqual([command, 0, []]);
        const given = await odile.get(at(`/tell/link/forward?engine=${engines[nth] ?? ''}`));
        expect(given.headers.get('content-disposition')).toContain(`filename=${file}`);
        expect(await readFile(path.join(house.folder, file), 'utf8')).toBe(given.text);
      }
      const isSaid = (engine: string, client: RegExp): void =>
        expect([engine, codes.some((code) => client.test(code))]).toEqual([engine, engines.includes(engine)]);
      if (engines.length > 0) isSaid('mysql', /\bmysql .* < link\.sql/u);
      if (engines.length > 0) isSaid('sqlite', /\bsqlite3 .* < link\.sql/u);
    },
  );

  test('give a file for what the settings of the application say, as it is answered there', async () => {
    await importNames(house.parts.legacy, meadow, [{ name: 'heron' }], 'peertube');
    const page = await odile.get(at('/tell'));
    const match = page.document.querySelector('section[aria-labelledby=link] select[name=match]');
    expect(match?.querySelector('option[selected]')?.getAttribute('value')).toBe('identifier');
    const preset = await odile.get(at('/tell/link/forward'));
    expect((await odile.get(at('/tell/link/forward?match=identifier'))).text).toBe(preset.text);
    expect((await odile.get(at('/tell/link/forward?match=address'))).text).not.toBe(preset.text);
    expect((await odile.get(at('/tell/link/forward?match=horoscope'))).status).toBe(422);
    // No relay listens here; whoever had one and lost it still gets the way back.
    expect((await odile.get(at('/tell/move/forward'))).status).toBe(422);
    expect((await odile.get(at('/tell/move/back'))).status).toBe(200);
    // Replacing addresses has nothing to do with it.
    expect(page.document.querySelector('section[aria-labelledby=move] [name=match]')).toBeNull();
  });

  test('give a file for one of several clients of the application, and for the provider that its settings name', async () => {
    await importNames(house.parts.legacy, meadow, [{ name: 'heron' }], 'writefreely');
    const redirectUris = ['https://meadow.example/oauth/callback/generic'];
    const { client: one } = await addClient(house.parts, meadow, { redirectUris });
    const { client: two } = await addClient(house.parts, meadow, { redirectUris });
    const page = await odile.get(at('/tell'));
    const known = page.document
      .querySelectorAll('section[aria-labelledby=link] select[name=client_id] option')
      .map((option) => option.getAttribute('value') ?? '');
    expect(known.toSorted()).toEqual([one.id, two.id].toSorted());
    expect(wordsOf(page)).toContain(`--answer client_id=${known[0] ?? ''}`);
    expect((await odile.get(at(`/tell/link/forward?client_id=${two.id}`))).text).toContain(`'${two.id}'`);
    // Removed since the page was opened, or mistyped for the command: by its rows nobody would be known.
    await house.parts.applications.removeClient(two.id);
    expect((await odile.get(at(`/tell/link/forward?client_id=${two.id}`))).status).toBe(422);
    const typed = ['--answer', `client_id=${one.id}x`, '--file', path.join(house.folder, 'no.sql')];
    const wrong = [
      '--source',
      'writefreely',
      '--engine',
      'mysql',
      ...typed,
      '--reverse',
      path.join(house.folder, 'not.sql'),
    ];
    const refused = await aluco(house.environment, ['legacy', 'link', '--application', meadow.id, ...wrong]);
    expect([refused.status, refused.complained.join(' ')]).toEqual([1, expect.stringContaining('client_id')]);

    const library = await addApplication(house.parts, 'Library', 'https://library.example/');
    await importNames(house.parts.legacy, library, [{ name: 'heron' }], 'seafile');
    meadow = library;
    expect((await odile.get(at('/tell'))).document.querySelector('input[name=provider]')?.getAttribute('value')).toBe(
      'saml',
    );
    expect((await odile.get(at('/tell/link/forward?provider=d%27ici'))).text).toContain(
      `X'${Buffer.from("d'ici").toString('hex')}'`,
    );
    expect((await odile.get(at('/tell/link/forward?provider='))).text).toContain("'saml'");
  });

  test('are for the application as its template names it, whatever table brought further names', async () => {
    await importNames(house.parts.legacy, meadow, [{ name: 'heron' }], 'mastodon');
    for (const name of ['plover', 'dunlin', 'teal', 'coot'])
      await importNames(house.parts.legacy, meadow, [{ name }], 'csv');
    expect((await odile.get(at('/tell/link/forward'))).text).toContain('plover');
  });

  test('are for administrators, and what changes anything for those who lately said who they are', async () => {
    const bruno = await signedIn('bruno');
    for (const rest of ['', '/new', '/notices', '/hand', '/tell', '/tell/link/forward']) {
      expect([rest, (await bruno.get(at(rest))).status]).toEqual([rest, 403]);
      expect([rest, (await odile.get(at(rest).replace(meadow.id, 'nobody'))).status]).toEqual([rest, 404]);
    }
    const page = await checked();
    const other = await addApplication(house.parts, 'Other', 'https://other.example/');
    const elsewhere = page.url.href.replace(meadow.id, other.id);
    expect((await odile.get(elsewhere)).status).toBe(404);
  });
});
