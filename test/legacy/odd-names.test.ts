import { expect, test } from 'vitest';
import { refusalOf } from '../accounts/house.ts';
import { onBothEngines } from '../engines.ts';
import { openOldPlace } from './place.ts';

const PASSWORD = 'under the third stone';

onBothEngines('P3 a name that breaks the rule for new ones', (ground) => {
  test.each([
    ['Heron.1', 'name_pattern', 'heron_l', 'name_taken'],
    ['x2', 'name_too_short min=3', 'x_2', 'name_taken'],
    ['a_heron_of_the_far_meadow', 'name_too_long max=20', 'aheron_ofthefarmeadow', 'name_too_long max=20'],
    ["Alix d'Or", 'name_pattern', 'alix_d’or', 'name_pattern'],
    ['admin', 'name_reserved', 'adm_in', 'name_reserved'],
  ])(
    'is imported and taken back: %s; created it is refused (%s), and so is %s (%s)',
    async (name, code, alike, taken) => {
      const place = await openOldPlace(ground(), { quota: 5 });
      const { alix, bruno, meadow, network, profiles, reclaim } = place;
      const refused = (wanted: string): Promise<string | undefined> =>
        refusalOf(profiles.create(bruno.id, meadow, { name: wanted, note: '' }));
      await place.importNames([{ name, password: PASSWORD }]);
      expect([await refused(name), await refused(alike)]).toEqual([code, taken]);
      const profile = await reclaim.withPassword(alix.id, meadow, { name, password: PASSWORD, network });
      expect(profile).toMatchObject({ name, status: 'active', source: 'imported' });
      expect([await refused(name), await refused(alike)]).toEqual([code, taken]);
      // What nobody had there is made as ever.
      expect((await profiles.create(bruno.id, meadow, { name: 'egret', note: '' })).status).toBe('active');
    },
  );
});
