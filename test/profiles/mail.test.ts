import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication, addPerson } from '../people.ts';

describe.each(['sqlite', 'postgres'] as const)('what mail asks of profiles on %s', (engine) => {
  let house: House;
  let meadow: Application;
  let alix: string;
  beforeAll(async () => {
    house = await openHouse({ engine });
    meadow = await addApplication(house.parts, 'Meadow', 'http://127.0.0.1:1');
    alix = (await addPerson(house.parts, 'alix')).id;
  });
  afterAll(() => house.close());

  const setStatus = async (id: string, status: string): Promise<void> => {
    const { storage } = house.parts;
    const { profile } = storage.tables;
    await storage.write(async (tx) => void (await tx.update(profile).set({ status }).where(eq(profile.id, id))));
  };

  test('each of the two aliases of alix leads to its own profile, however it is written', async () => {
    const { profiles } = house.parts;
    for (const name of ['heron_lakeside', 'sparrow_downtown']) {
      const { id, aliasLocal } = await profiles.create(alix, meadow, { name, note: '' });
      const found = { id, applicationId: meadow.id, name, status: 'active' };
      expect(await profiles.byAlias(aliasLocal)).toEqual(found);
      expect(await profiles.byAlias(aliasLocal.toUpperCase())).toEqual(found);
      expect(await profiles.mailOwner(id)).toBe(alix);
    }
  });

  test('A78: what is no alias leads to none, whatever it is', async () => {
    const { profiles } = house.parts;
    const { aliasLocal } = await profiles.create(alix, meadow, { name: 'wren_hillside', note: '' });
    const wrong = [
      '',
      'postmaster',
      '\0',
      'é',
      `${aliasLocal}\0`,
      ` ${aliasLocal}`,
      `${aliasLocal}+x`,
      'a'.repeat(500),
    ];
    // Small letters make these two of others.
    wrong.push('\u212A', '\u0130');
    for (const local of wrong) expect(await profiles.byAlias(local), local).toBeUndefined();
  });

  test('only an active or a blocked profile takes mail; what it took before is its owner’s until it is deleted', async () => {
    const { profiles } = house.parts;
    const { id, aliasLocal } = await profiles.create(alix, meadow, { name: 'owl_barnside', note: '' });
    const seen: Record<string, unknown> = {};
    for (const status of ['requested', 'active', 'blocked', 'retired', 'deleted']) {
      await setStatus(id, status);
      seen[status] = [(await profiles.byAlias(aliasLocal))?.status, await profiles.mailOwner(id)];
    }
    expect(seen).toEqual({
      requested: [undefined, alix],
      active: ['active', alix],
      blocked: ['blocked', alix],
      retired: [undefined, alix],
      deleted: [undefined, undefined],
    });
    expect(await profiles.mailOwner('nobody')).toBeUndefined();
  });
});
