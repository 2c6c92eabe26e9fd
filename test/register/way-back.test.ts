import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { makeLog } from '../../src/log.ts';
import { makeParts } from '../../src/parts.ts';
import { aluco, newPlace, removePlace } from '../backup/places.ts';
import { DAY, openPlace, WISH, type Place } from './place.ts';

const masterKey = Buffer.alloc(32, 7).toString('base64url');

let place: Place;
beforeAll(async () => {
  place = await openPlace('sqlite', { ALUCO_MASTER_KEY: masterKey });
});
afterAll(() => place.close());

test.each(['sqlite', 'postgres'] as const)(
  'after a backup comes back on %s the register holds together and goes on, and whoever was looked at is told',
  async (engine) => {
    const { unsealings } = place.house.parts.register;
    const id = await unsealings.ask(place.odile.id, place.hulotte.id, WISH);
    await unsealings.confirm(place.firmin.id, id);
    await unsealings.show(place.firmin.id, id);
    const head = await place.house.parts.register.head();
    const identity = path.join(place.house.folder, `${engine}.txt`);
    const file = path.join(place.house.folder, `${engine}.age`);
    const [recipient = ''] = (await aluco(place.house, 'backup', 'key', identity)).said;
    expect((await aluco(place.house, 'backup', '--to', file, '--recipient', recipient)).status).toBe(0);

    const elsewhere = await newPlace(engine, masterKey);
    try {
      expect((await aluco(elsewhere, 'restore', file, '--identity', identity)).complained).toEqual([]);
      const verified = await aluco(elsewhere, 'register', 'verify', `${head.number}:${head.hash}`);
      expect([verified.status, verified.said.at(-1)]).toEqual([0, 'The register holds together.']);
      const now = (): number => place.clock.time + 31 * DAY;
      const parts = await makeParts(readConfig(elsewhere.environment), { log: makeLog('silent'), now });
      try {
        await parts.moderation.errands.run();
        const told = (await parts.accounts.timeline.list(place.alix.id)).filter(({ kind }) => kind === 'unsealed');
        expect(told.length).toBeGreaterThan(0);
        const { faults, entries } = await parts.register.verify([head]);
        expect([faults, entries > head.number]).toEqual([[], true]);
      } finally {
        await parts.storage.close();
      }
    } finally {
      await removePlace(elsewhere);
    }
  },
);
