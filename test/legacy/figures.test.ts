import { Readable } from 'node:stream';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { csv } from '../../src/legacy/sources/csv.ts';
import { onBothEngines } from '../engines.ts';
import { HERON, openOldPlace } from './place.ts';

onBothEngines('what the pages count of old names', (ground) => {
  test('is what stands in the table: of an import that stopped, went on, gave names back, or was undone', async () => {
    const place = await openOldPlace(ground());
    const { legacy, meadow, reclaim, alix, network, storage } = place;
    const { batches, figures } = legacy;
    const { legacyProfile } = storage.tables;
    async function expectCounted(): Promise<number> {
      const rows = await storage.read.select().from(legacyProfile).where(eq(legacyProfile.applicationId, meadow.id));
      const inTable = (await batches.list(meadow.id)).flatMap(({ id }) => {
        const of = (status: string) => rows.filter((row) => row.batchId === id && row.status === status).length;
        return of('free') + of('taken') === 0 ? [] : [[id, { free: of('free'), taken: of('taken') }]];
      });
      expect(Object.fromEntries(await figures.ofBatches(await batches.list(meadow.id)))).toEqual(
        Object.fromEntries(inTable),
      );
      return rows.length;
    }

    await place.importNames([{ name: 'egret' }, place.heron]);
    const names = Array.from({ length: 3000 }, (_, nth) => `bird${nth}`);
    // One stands there already, one stands there twice, and one is no name.
    const table = ['name', ...names, 'egret', 'bird7', ' '].join('\n');
    const open = (): Readable => Readable.from([table]);
    const { id } = await batches.begin(meadow, csv, open);
    let asked = 0;
    const isStopped = (): boolean => {
      asked += 1;
      return asked > 2;
    };
    expect(await batches.work(id, open, { isStopped })).toMatchObject({ status: 'stopped' });
    await expectCounted();
    expect(await batches.work(id, open)).toMatchObject({ status: 'done' });
    expect(await expectCounted()).toBe(3002);
    await reclaim.withPassword(alix.id, meadow, { ...HERON, network });
    await expectCounted();
    expect(await figures.ofApplication(meadow.id)).toEqual({ free: 3001, taken: 1 });
    await batches.undo(id, { reverseRun: true });
    expect(await expectCounted()).toBe(2);
  });
});
