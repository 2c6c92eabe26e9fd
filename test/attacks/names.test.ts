import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fc } from '../properties.ts';
import type { Account } from '../../src/accounts/accounts.ts';
import { RULE_PRESETS, type Application } from '../../src/applications/applications.ts';
import { UserError } from '../../src/errors.ts';
import { addApplication, addPerson, PEOPLE } from '../people.ts';
import { openHouse, type House } from '../house.ts';
import { makeVisitor } from '../visitor.ts';

const DAY = 86_400_000;
/** A rule that takes nearly anything, so that only what names look like keeps them apart. */
const ANYTHING = { preset: 'own', pattern: '[^\\x00-\\x1f]+', min: 1, max: 40, reserved: ['chouette', 'le_hibou'] };

describe.each(['sqlite', 'postgres'] as const)('the name alice, which Alix has at the blog, on %s', (engine) => {
  let now = Date.now();
  let house: House;
  let alix: Account;
  let bruno: Account;
  let blog: Application;
  beforeAll(async () => {
    house = await openHouse({ engine, now: () => now });
    alix = await addPerson(house.parts, 'alix');
    bruno = await addPerson(house.parts, 'bruno');
    blog = await addApplication(house.parts, 'Blog', 'https://blog.example', { quota: 100, rule: ANYTHING });
    await house.parts.profiles.create(alix.id, blog, { name: 'alice', note: '' });
  });
  afterAll(() => house.close());

  /** What becomes of the wish of an account for a name. */
  async function wish(account: Account, name: string, at: Application = blog): Promise<string> {
    try {
      await house.parts.profiles.create(account.id, at, { name, note: '' });
      return 'created';
    } catch (error) {
      if (error instanceof UserError) return error.code;
      throw error;
    }
  }

  test.each([
    'alice',
    'Alice',
    'ALICE',
    'aLiCe',
    ' alice ',
    'alice.',
    'alice..',
    'alice_',
    '.alice',
    '-alice-',
    'a.l.i.c.e',
    'al_ice',
    'a1ice',
    'alIce',
    'al1ce',
    'a|ice',
    'аlice',
    'аlісе',
    'ａｌｉｃｅ',
    'alıce',
    'al\u0456ce',
    'al\u200bice',
    'ali\u00adce',
    'alice\ufe0f',
    '\u202ealice',
    'ⓐⓛⓘⓒⓔ',
    '𝒶𝓁𝒾𝒸ℯ',
  ])('A70: is not given to Bruno as %j', async (name) => {
    expect(await wish(bruno, name)).toBe('name_taken');
    expect(await wish(alix, name)).toBe('name_taken');
  });

  test('A70: is not given away in any mixture of cases, separators and invisible characters', async () => {
    const letter = (plain: string): fc.Arbitrary<string> => fc.constantFrom(plain, plain.toUpperCase());
    const between = fc.constantFrom('', '', '', '.', '_', '-', '\u200d', '\u2060', '\ufeff');
    const parts = [...'alice'].flatMap((plain) => [letter(plain), between]);
    await fc.assert(
      fc.asyncProperty(fc.tuple(...parts), async (pieces) => {
        expect(await wish(bruno, pieces.join(''))).toBe('name_taken');
      }),
      { numRuns: 100 },
    );
  });

  test('A70: is free at another application, and other names are free here', async () => {
    const photos = await addApplication(house.parts, 'Photos', 'https://photos.example', { rule: ANYTHING });
    expect(await wish(bruno, 'alice', photos)).toBe('created');
    expect(await wish(bruno, 'alicia')).toBe('created');
    expect(await wish(bruno, 'bob')).toBe('created');
  });

  test('A70: says the page to Bruno, and offers names that he can really have', async () => {
    const garden = await addApplication(house.parts, 'Garden', 'https://garden.example');
    await house.parts.profiles.create(alix.id, garden, { name: 'alice', note: '' });
    const visitor = makeVisitor();
    const first = await visitor.get(`${house.url}/applications/${garden.id}/new`);
    const form = await visitor.submit(first, '/sign-in', { login: 'bruno', password: PEOPLE.bruno.password });
    const refused = await visitor.submit(form, '/new', { name: 'a1ice', note: '' });
    expect(refused.status).toBe(422);
    expect(refused.text).not.toContain('alix');
    const offered = await house.parts.profiles.suggest(garden, 'a1ice');
    expect(offered.length).toBeGreaterThan(0);
    for (const name of offered) {
      expect(refused.text).toContain(name);
      expect(await wish(bruno, name, garden)).toBe('created');
    }
  });

  test.each([
    'admin',
    'ADMIN',
    'аdmin',
    'adm1n',
    'admin.',
    'a_d_m_i_n',
    'postmaster',
    'Post-Master',
    'root',
    'r00t',
    'ｒｏｏｔ',
  ])('A70: nobody has the reserved name %j', async (name) => {
    expect(await wish(bruno, name)).toBe('name_reserved');
  });

  test.each(['chouette', 'CHOUETTE', 'chou.ette', 'сhouette', 'lehibou', 'le_hibou.', '1e_hibou'])(
    'A70: nobody has %j, which the application reserved for itself',
    async (name) => {
      expect(await wish(bruno, name)).toBe('name_reserved');
    },
  );

  test('A70: the presets refuse reserved names as well', async () => {
    for (const rule of Object.values(RULE_PRESETS)) {
      const application = await addApplication(house.parts, 'Preset', 'https://preset.example', { rule });
      expect(['name_reserved', 'name_pattern']).toContain(await wish(bruno, 'postmaster', application));
    }
  });

  test('A70: is never issued again: not retired, not deleted, not wiped, not to Alix herself', async () => {
    const { profiles } = await house.parts.profiles.at(alix.id, blog);
    const alice = profiles.find(({ name }) => name === 'alice');
    const id = alice?.id ?? '';
    const again = async (): Promise<void> => {
      for (const name of ['alice', 'Alice.', 'a1ice']) {
        expect(await wish(bruno, name)).toBe('name_taken');
        expect(await wish(alix, name)).toBe('name_taken');
      }
      expect(await house.parts.profiles.suggest(blog, 'alice')).not.toContain('alice');
    };
    await house.parts.profiles.retire(alix.id, id);
    await again();
    now += 31 * DAY;
    await house.parts.profiles.sweep();
    expect((await house.parts.profiles.find(id))?.status).toBe('deleted');
    await again();
    now += 31 * DAY;
    await house.parts.profiles.sweep();
    await expect(house.parts.profiles.own(alix.id, id)).rejects.toMatchObject({ code: 'profile_unavailable' });
    await again();
    now += 400 * DAY;
    await house.parts.profiles.sweep();
    await again();
    const { subject, aliasLocal } = alice ?? {};
    const wiped = await house.parts.profiles.find(id);
    expect(wiped).toMatchObject({ name: 'alice', subject, aliasLocal, status: 'deleted', note: '' });
  });
});
