import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withHouse } from '../../src/config.ts';
import type { SettingsProblem } from '../../src/errors.ts';
import { aluco as runBeside } from '../aluco.ts';
import { openHouse, type House } from '../house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ settings: { ALUCO_NAME: 'Mill' } });
});
afterAll(() => house.close());

const aluco = (...args: string[]) => runBeside(house.environment, args);

test('what Odile sets is kept, is noticed, and stands once the parts are made anew', async () => {
  const before = house.parts;
  expect(await before.house.hasChanged()).toBe(false);
  await before.house.change({ ALUCO_CONTACT: 'odile@home.example', ALUCO_COLOUR: '#7A3E12' });
  expect(await before.house.hasChanged()).toBe(true);

  const after = await before.again();
  expect(after.config.ALUCO_CONTACT).toBe('odile@home.example');
  expect(after.config.ALUCO_COLOUR).toBe('#7a3e12');
  expect(await after.house.hasChanged()).toBe(false);

  await after.house.change({ ALUCO_COLOUR: '' });
  expect((await after.again()).config.ALUCO_COLOUR).toBe('');
});

test('what the environment gives cannot be changed on the page, and wins over what was kept', async () => {
  await expect(house.parts.house.change({ ALUCO_NAME: 'Barn' })).rejects.toThrow('setting_given');
  expect(withHouse(house.parts.config, { ALUCO_NAME: 'Barn' }).ALUCO_NAME).toBe('Mill');
});

test('several wrong settings are told at once, and none of them is kept', async () => {
  const wrong = { ALUCO_COLOUR: 'brown', ALUCO_RULES_URL: 'javascript:alert(1)', ALUCO_CONTACT: 'maud@home.example' };
  const problem = await house.parts.house.change(wrong).catch((error: unknown) => error);
  expect((problem as SettingsProblem).fields.map(({ field, code }) => [field, code])).toEqual([
    ['ALUCO_COLOUR', 'setting_invalid_colour'],
    ['ALUCO_RULES_URL', 'setting_invalid_rules_url'],
  ]);
  expect(await house.parts.house.kept()).toEqual({ ALUCO_CONTACT: 'odile@home.example' });
});

describe.each(['sqlite', 'postgres'] as const)('on %s', (engine) => {
  test('of several who set the same at one moment one has the last word, and nobody is shown a fault', async () => {
    const crowd = await openHouse({ engine });
    try {
      const change = crowd.parts.house.change.bind(crowd.parts.house);
      await change({ ALUCO_NAME: 'Mill' });
      const done = await Promise.allSettled(
        Array.from({ length: 8 }, (_, at) =>
          change(
            at % 2 === 0
              ? { ALUCO_NAME: `Mill ${at}`, ALUCO_CONTACT: `Odile ${at}` }
              : { ALUCO_CONTACT: `Odile ${at}`, ALUCO_NAME: `Mill ${at}` },
          ),
        ),
      );
      expect(done.map(({ status }) => status)).toEqual(done.map(() => 'fulfilled'));
      const { ALUCO_NAME: name = '', ALUCO_CONTACT: contact = '' } = await crowd.parts.house.kept();
      expect([name.slice(0, 4), name.slice(-1)]).toEqual(['Mill', contact.slice(-1)]);
    } finally {
      await crowd.close();
    }
  });
});

test('a kept setting that keeps the server from starting is mended by command', async () => {
  const { meta } = house.parts.storage.tables;
  await house.parts.storage.write(
    async (tx) => void (await tx.insert(meta).values({ key: 'house.ALUCO_LANGUAGES', value: 'eo' })),
  );
  await expect(house.parts.again()).rejects.toThrow(/ALUCO_LANGUAGES .*aluco house set/u);
  const shown = await aluco('house', 'show');
  expect(shown.status).toBe(0);
  expect(shown.said).toContain('ALUCO_CONTACT (house) odile@home.example');
  expect(shown.said).toContain('ALUCO_NAME (environment) Mill');
  expect(await aluco('house', 'set', 'language', 'fr')).toMatchObject({ status: 1 });
  expect(await aluco('house', 'set', 'languages', '')).toEqual({ status: 0, said: [], complained: [] });
});

test('a setting that is none, or has no value, is refused with the names of all', async () => {
  const { status, complained } = await aluco('house', 'set', 'port', '80');
  expect(status).toBe(2);
  expect(complained[0]).toContain('ALUCO_CONTACT');
});
