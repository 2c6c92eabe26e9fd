import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FILES_MAX } from '../../src/legacy/uploads.ts';
import { onBothEngines } from '../engines.ts';
import { openOldPlace, type OldPlace } from './place.ts';
import { send, uploadNode, type Importer, type Uploads } from './upload-node.ts';

const DAY = 86_400_000;
const SECOND = 1000;

onBothEngines('uploaded files of old accounts', (ground) => {
  let place: OldPlace;
  let folder: string;
  let stopping: boolean;
  beforeEach(async () => {
    place = await openOldPlace(ground());
    folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-uploads-'));
    stopping = false;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A node with a disk of its own, or that of another one that was started anew. */
  const node = (disk = 'one', batches: Importer = place.legacy.batches): Uploads =>
    uploadNode(place, folder, disk, { batches, isStopping: () => stopping });

  const table = (count: number): string =>
    `name,address\n${Array.from({ length: count }, (_, at) => `${at % 100 === 7 ? '' : `bird_${at}`},b${at}@old.example\n`).join('')}`;

  const stepOf = async (uploads: Uploads, id: string) => (await uploads.find(place.meadow.id, id))?.step;

  async function rejected(uploads: Uploads, id: string): Promise<string[]> {
    let text = '';
    for await (const part of await uploads.rejects(place.meadow.id, id)) text += String(part);
    return text.trimEnd().split('\n');
  }

  /** The importer, that has the program end after so many transactions that wrote names. */
  const endingAfter = (times: number): Importer => ({
    find: place.legacy.batches.find,
    check: place.legacy.batches.check,
    begin: place.legacy.batches.begin,
    work(id, open, options) {
      let done = 0;
      return place.legacy.batches.work(id, open, {
        ...options,
        progress(told) {
          options.progress(told);
          if (told.tally.names > 0) done += 1;
          if (done >= times) stopping = true;
        },
      });
    },
  });

  test('reject each line once where names turn out to be there in the middle of it', async () => {
    const uploads = node();
    const pairs = Array.from({ length: 450 }, (_, at) => `bird_${at + 1000},\nbird_${at + 1000},\n`).join('');
    const id = await send(uploads, place, `name,address\nbird,\n${pairs}`);
    await uploads.work();
    await uploads.begin(place.meadow.id, id);
    await uploads.work();
    expect(await uploads.find(place.meadow.id, id)).toMatchObject({
      step: 'done',
      done: { names: 451, rejected: 450 },
    });
    const [head, ...lines] = await rejected(uploads, id);
    expect(head).toMatch(/problem$/u);
    expect(lines).toHaveLength(450);
    expect(new Set(lines.map((line) => line.split(',')[0])).size).toBe(450);
  });

  test('tell of whom the address was left out, since it cannot be one', async () => {
    const uploads = node();
    const id = await send(uploads, place, 'name,address\nheron,heron@localhost\negret,egret@old.example\n');
    await uploads.work();
    const upload = await uploads.find(place.meadow.id, id);
    expect(upload?.report).toMatchObject({ names: 2, addresses: 1, unfitAddresses: 1 });
  });

  test('go on by themselves where the program was ended, and reject each line once', async () => {
    const first = node('one', endingAfter(2));
    const id = await send(first, place, table(3000));
    await first.work();
    expect(await stepOf(first, id)).toBe('checked');
    await first.begin(place.meadow.id, id);
    await first.work();
    const between = await first.find(place.meadow.id, id);
    expect(between?.step).toBe('importing');
    expect(between?.done?.names).toBeGreaterThan(0);
    expect(between?.done?.names).toBeLessThan(2970);
    stopping = false;
    const again = node();
    await again.work();
    const done = await again.find(place.meadow.id, id);
    expect(done).toMatchObject({ step: 'done', done: { names: 2970, present: 0, rejected: 30 } });
    const lines = await rejected(again, id);
    expect(lines).toHaveLength(31);
    expect(new Set(lines).size).toBe(31);
    expect(lines[0]).toContain('problem');
  });

  test('keep nothing once they are imported but the lines that were rejected', async () => {
    const uploads = node();
    const id = await send(uploads, place, table(200));
    await uploads.work();
    await uploads.begin(place.meadow.id, id);
    await uploads.work();
    expect(await stepOf(uploads, id)).toBe('done');
    expect((await stat(path.join(folder, 'one', `${id}.users`))).size).toBe(0);
    expect(await rejected(uploads, id)).toHaveLength(3);
  });

  test('lie on the node that took them, which alone does the work', async () => {
    const [one, two] = [node('one'), node('two')];
    const id = await send(one, place, table(10));
    await two.work();
    expect(await stepOf(two, id)).toBe('waiting');
    await expect(two.rejects(place.meadow.id, id)).rejects.toThrow('upload_elsewhere');
    await Promise.all([one.work(), node('one').work()]);
    expect(await stepOf(two, id)).toBe('checked');
    // Whoever asks may be on the other node.
    await two.begin(place.meadow.id, id);
    await one.work();
    expect(await stepOf(two, id)).toBe('done');
  });

  test('are left to whoever works on them, until nothing is heard of them', async () => {
    const one = node('one', {
      ...place.legacy.batches,
      check: () => Promise.reject(Object.assign(new Error('the disk of the database is gone'), { code: '57P01' })),
    });
    const id = await send(one, place, table(10));
    await one.work();
    expect(await stepOf(one, id)).toBe('checking');
    const again = node();
    await again.work();
    expect(await stepOf(again, id)).toBe('checking');
    place.clock.time += 31 * SECOND;
    await again.work();
    expect(await stepOf(again, id)).toBe('checked');
  });

  test('whose import was stopped and undone are not taken for imported, and go with what was rejected of them', async () => {
    const uploads = node('one', endingAfter(2));
    const id = await send(uploads, place, table(3000));
    await uploads.work();
    await uploads.begin(place.meadow.id, id);
    await uploads.work();
    stopping = false;
    const { batchId = '' } = (await uploads.find(place.meadow.id, id)) ?? {};
    await place.legacy.batches.undo(batchId, { reverseRun: true });
    for (const again of [1, 2]) {
      await node().work();
      expect(await uploads.find(place.meadow.id, id), String(again)).toMatchObject({
        step: 'failed',
        problem: { code: 'legacy_batch_over' },
      });
      await uploads.goOn(place.meadow.id, id);
    }
    expect(await place.old('bird_1')).toBeUndefined();
    expect(await rejected(uploads, id)).toHaveLength(31);
    await uploads.sweep();
    expect(await uploads.find(place.meadow.id, id)).toBeUndefined();
    expect(await readdir(path.join(folder, 'one'))).toEqual([]);
  });

  test('keep what was rejected of them until their import is forgotten', async () => {
    const uploads = node();
    const id = await send(uploads, place, table(200));
    await uploads.work();
    await uploads.begin(place.meadow.id, id);
    await uploads.work();
    await uploads.sweep();
    expect(await rejected(uploads, id)).toHaveLength(3);
    await place.legacy.batches.forget((await uploads.find(place.meadow.id, id))?.batchId ?? '');
    await uploads.sweep();
    expect(await uploads.list(place.meadow.id)).toEqual([]);
    expect(await readdir(path.join(folder, 'one'))).toEqual([]);
  });

  test('say why they cannot be imported, and may be tried again', async () => {
    const uploads = node();
    const id = await send(uploads, place, 'nickname\nheron\n');
    await uploads.work();
    expect(await uploads.find(place.meadow.id, id)).toMatchObject({
      step: 'failed',
      problem: { code: 'legacy_columns_missing', params: { columns: 'name' } },
    });
    await uploads.goOn(place.meadow.id, id);
    expect(await stepOf(uploads, id)).toBe('waiting');
    await expect(uploads.begin(place.meadow.id, id)).rejects.toThrow('upload_changed');
    await expect(uploads.discard(place.alix.id, id)).rejects.toThrow('not_found');
  });

  test('are few, of known sources, and forgotten two weeks after anything was done with them', async () => {
    const uploads = node();
    await expect(send(uploads, place, table(1), 'nothing')).rejects.toThrow('source_unknown');
    const ids: string[] = [];
    for (let count = 0; count < FILES_MAX; count += 1) ids.push(await send(uploads, place, table(1)));
    await expect(send(uploads, place, table(1))).rejects.toThrow('uploads_full');
    place.clock.time += 10 * DAY;
    await uploads.work();
    place.clock.time += 5 * DAY;
    await uploads.sweep();
    expect(await uploads.list(place.meadow.id)).toHaveLength(FILES_MAX);
    place.clock.time += 10 * DAY;
    await uploads.sweep();
    expect(await uploads.list(place.meadow.id)).toEqual([]);
  });
});
