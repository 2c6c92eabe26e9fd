import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { FILES_MAX } from '../../src/legacy/uploads.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { onBothEngines } from '../engines.ts';
import { openOldPlace, type OldPlace } from './place.ts';
import { received, send, uploadNode, type Importer, type Uploads } from './upload-node.ts';

const DAY = 86_400_000;
const SECOND = 1000;
const TABLE = 'name,address\nheron,heron@old.example\n';

onBothEngines('uploaded files that several people and nodes have to do with', (ground) => {
  let place: OldPlace;
  let folder: string;
  beforeEach(async () => {
    place = await openOldPlace(ground());
    folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-uploads-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const node = (...more: [disk?: string, more?: Parameters<typeof uploadNode>[3]]): Uploads =>
    uploadNode(place, folder, ...more);
  const lying = (disk = 'one'): Promise<string[]> => readdir(path.join(folder, disk)).catch(() => []);
  const stepOf = async (id: string) => (await node().find(place.meadow.id, id))?.step;

  /** The database, where something else happens first once somebody is about to write. */
  function after(happens: () => Promise<void>): Storage {
    let isFirst = true;
    return {
      ...place.storage,
      async write(work) {
        if (isFirst) await happens();
        isFirst = false;
        return place.storage.write(work);
      },
    };
  }

  /** An importer whose node is gone in the middle of it: the database hears nothing of it any more. */
  const gone = (): Promise<never> => Promise.reject(Object.assign(new Error('the node is gone'), { code: '57P01' }));
  const dying: Partial<Importer> = { check: gone, work: gone };

  /** A file whose node and disk are gone while something is done with it. */
  async function abandoned(step: 'checking' | 'importing'): Promise<string> {
    const id = await send(node('lost'), place, TABLE);
    if (step === 'importing') {
      await node('lost').work();
      await node('lost').begin(place.meadow.id, id);
    }
    await node('lost', { batches: { ...place.legacy.batches, ...dying } }).work();
    expect(await stepOf(id)).toBe(step);
    expect(await node().find(place.meadow.id, id)).toMatchObject({ isLeft: false });
    await rm(path.join(folder, 'lost'), { recursive: true });
    return id;
  }

  test('are few however many come at once, and nothing stays of the others', async () => {
    const uploads = node();
    const files = await Promise.all(Array.from({ length: 20 }, () => received(uploads, place, TABLE)));
    const added = await Promise.allSettled(
      files.map((file) => uploads.add(place.meadow, file, { source: 'csv', name: 'birds.csv', secrets: {} })),
    );
    const refused = added.filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(20 - FILES_MAX);
    for (const { reason } of refused)
      expect(reason).toMatchObject({ code: 'uploads_full', params: { max: FILES_MAX } });
    expect(await uploads.list(place.meadow.id)).toHaveLength(FILES_MAX);
    expect(await lying()).toHaveLength(FILES_MAX);
  });

  test('are not taken at all where there are enough of them', async () => {
    const uploads = node();
    for (let count = 0; count < FILES_MAX; count += 1) await send(uploads, place, TABLE);
    let isRead = false;
    async function* bytes(): AsyncGenerator<Buffer> {
      isRead = true;
      yield Buffer.from(TABLE);
    }
    await expect(uploads.receive(place.meadow.id, bytes())).rejects.toMatchObject({
      code: 'uploads_full',
      params: { max: FILES_MAX },
    });
    expect(isRead).toBe(false);
    expect(await lying()).toHaveLength(FILES_MAX);
  });

  test('stay where somebody else did something with them at the moment they were to be removed', async () => {
    const uploads = node();
    const id = await send(uploads, place, TABLE);
    await uploads.work();
    const late = node('one', { storage: after(() => uploads.begin(place.meadow.id, id)) });
    await expect(late.discard(place.meadow.id, id)).rejects.toThrow('upload_changed');
    expect([await stepOf(id), await lying()]).toEqual(['asked', [`${id}.users`]]);
    await uploads.stop(place.meadow.id, id);
    place.clock.time += 15 * DAY;
    await node('one', { storage: after(() => uploads.goOn(place.meadow.id, id)) }).sweep();
    expect([await stepOf(id), await lying()]).toEqual(['asked', [`${id}.users`]]);
    await uploads.discard(place.meadow.id, id);
    expect([await stepOf(id), await lying()]).toEqual([undefined, []]);
  });

  test('whose node is gone can be stopped and removed once nothing is heard of it', async () => {
    for (const step of ['checking', 'importing'] as const) {
      const id = await abandoned(step);
      await expect(node().discard(place.meadow.id, id), step).rejects.toThrow('upload_changed');
      place.clock.time += 31 * SECOND;
      expect(await node().find(place.meadow.id, id), step).toMatchObject({ isLeft: true });
      await node().discard(place.meadow.id, id);
      expect(await stepOf(id), step).toBeUndefined();
      const other = await abandoned(step);
      place.clock.time += 31 * SECOND;
      await node().stop(place.meadow.id, other);
      expect(await stepOf(other), step).toBe('stopped');
      await node().goOn(place.meadow.id, other);
      expect(await stepOf(other), step).toBe(step === 'checking' ? 'waiting' : 'asked');
      await node().discard(place.meadow.id, other);
    }
  });

  test('whose node is gone are forgotten like the others', async () => {
    const id = await abandoned('checking');
    place.clock.time += 13 * DAY;
    await node().sweep();
    expect(await stepOf(id)).toBe('checking');
    place.clock.time += 2 * DAY;
    await node().sweep();
    expect(await stepOf(id)).toBeUndefined();
  });

  test('that were stopped while their node was thought gone are left alone by it, and by a new start of it', async () => {
    let isAsked = false;
    const slow: Importer = {
      ...place.legacy.batches,
      async check(_application, _source, _open, { isStopped }) {
        isAsked = true;
        for (let round = 0; round < 500 && !isStopped(); round += 1) await wait(20);
        throw new UserError('legacy_stopped');
      },
    };
    const uploads = node('one', { batches: slow });
    const id = await send(uploads, place, TABLE);
    const working = uploads.work();
    await expect.poll(() => isAsked).toBe(true);
    await expect(node().stop(place.meadow.id, id)).rejects.toThrow('upload_changed');
    // It says every second that it works: what is asked has to come between the clock's leap and that.
    await expect
      .poll(async () => {
        place.clock.time += 31 * SECOND;
        return node()
          .stop(place.meadow.id, id)
          .then(() => true)
          .catch(() => false);
      })
      .toBe(true);
    await working;
    expect(await stepOf(id)).toBe('stopped');
    await node().work();
    expect(await stepOf(id)).toBe('stopped');
  });

  test('that were checked to their end by a node which was thought gone stay what somebody else made of them', async () => {
    const uploads = node('one', {
      batches: {
        ...place.legacy.batches,
        async check(...given) {
          const report = await place.legacy.batches.check(...given);
          place.clock.time += 31 * SECOND;
          await node().stop(place.meadow.id, id);
          return report;
        },
      },
    });
    const id = await send(uploads, place, TABLE);
    await uploads.work();
    expect(await stepOf(id)).toBe('stopped');
  });

  test('whose import is about to begin are no other node’s, however long that takes', async () => {
    let begun = 0;
    const slow: Importer = {
      ...place.legacy.batches,
      async begin(...given) {
        begun += 1;
        const isFirst = begun === 1;
        for (let round = 0; isFirst && round < 25; round += 1) {
          await wait(100);
          place.clock.time += 2 * SECOND;
          await node('one', { batches: slow }).work();
        }
        return place.legacy.batches.begin(...given);
      },
    };
    const uploads = node('one', { batches: slow });
    const id = await send(uploads, place, TABLE);
    await uploads.work();
    await uploads.begin(place.meadow.id, id);
    await uploads.work();
    expect([begun, await stepOf(id)]).toEqual([1, 'done']);
  });

  test('that were removed while their import was about to begin are not imported', async () => {
    const uploads = node('one', {
      batches: {
        ...place.legacy.batches,
        async begin(...given) {
          const batch = await place.legacy.batches.begin(...given);
          place.clock.time += 31 * SECOND;
          await node('two').discard(place.meadow.id, id);
          return batch;
        },
      },
    });
    const id = await send(uploads, place, TABLE);
    await uploads.work();
    await uploads.begin(place.meadow.id, id);
    await uploads.work();
    expect(await uploads.list(place.meadow.id)).toEqual([]);
    expect(await place.old('heron')).toBeUndefined();
  });

  test('whose task cannot be read for a moment fail, and the program goes on', async () => {
    let isBroken = false;
    const uploads = node('one', {
      seals: {
        ...place.seals,
        open(...sealed) {
          if (isBroken) {
            isBroken = false;
            throw new Error('this does not open');
          }
          return place.seals.open(...sealed);
        },
      },
      batches: {
        ...place.legacy.batches,
        async check(_application, _source, _open, { isStopped }) {
          isBroken = true;
          for (let round = 0; round < 500 && !isStopped(); round += 1) await wait(20);
          throw new UserError('legacy_stopped');
        },
      },
    });
    const id = await send(uploads, place, TABLE);
    await uploads.work();
    expect(await node().find(place.meadow.id, id)).toMatchObject({ step: 'failed', problem: { code: 'internal' } });
    await node().goOn(place.meadow.id, id);
    await node().work();
    expect(await stepOf(id)).toBe('checked');
  });
});
