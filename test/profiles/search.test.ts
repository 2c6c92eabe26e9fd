import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { eq } from 'drizzle-orm';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { openStorage } from '../../src/storage/open.ts';
import { makeSeals, randomId } from '../../src/storage/seal.ts';
import { onBothEngines } from '../engines.ts';
import { openPlace, type Place } from './place.ts';

/** The names that a search finds, in the order in which it does. */
const named = async (
  { profiles, meadow }: Pick<Place, 'profiles' | 'meadow'>,
  query: Omit<Parameters<Place['profiles']['search']>[1], 'limit'> & { limit?: number },
): Promise<string[]> => (await profiles.search(meadow.id, { limit: 50, ...query })).map(({ name }) => name);

onBothEngines('what moderators look for', (ground) => {
  test('is found by how its name begins, by name and by nothing else', async () => {
    const place = await openPlace(ground(), { quota: 20 });
    const { create, alix, bruno } = place;
    for (const name of ['wren', 'heron', 'owl_barn', 'owl']) await create(alix, name);
    for (const name of ['owlet', 'owl2', 'egret']) await create(bruno, name);
    expect(await named(place, {})).toEqual(['egret', 'heron', 'owl', 'owl2', 'owl_barn', 'owlet', 'wren']);
    expect(await named(place, { text: 'OWL' })).toEqual(['owl', 'owl2', 'owl_barn', 'owlet']);
    expect(await named(place, { text: 'owl_' })).toEqual(['owl_barn']);
    expect(await named(place, { text: 'barn' })).toEqual([]);
    for (const text of ['%', '_', '*', "' or 1=1 --", '\0', '\ud800']) {
      expect(await named(place, { text: `owl${text}x` })).toEqual([]);
    }
  });

  test('comes page by page, each from the name after the last one', async () => {
    const place = await openPlace(ground(), { quota: 20 });
    const names = ['a_b', 'aa', 'abc', 'b', 'b_d', 'ba', 'b2'].map((name) => `bird${name}x`);
    for (const name of names) await place.create(place.alix, name);
    const found: string[] = [];
    for (let after: string | undefined, page: string[] = ['']; page.length > 0; after = found.at(-1)) {
      page = await named(place, { after, limit: 3 });
      found.push(...page);
    }
    expect(found).toEqual(names.toSorted());
  });

  test('is found by its whole alias, with its domain or without, and by its whole subject', async () => {
    const place = await openPlace(ground(), { quota: 20 });
    const { create, alix } = place;
    const heron = await create(alix, 'heron');
    await create(alix, 'wren');
    const other = await openPlace(ground());
    const elsewhere = await other.create(alix, 'egret');
    const { aliasLocal, subject } = heron;
    for (const text of [aliasLocal, aliasLocal.toUpperCase(), `${aliasLocal}@relay.example`, ` ${subject} `]) {
      expect(await named(place, { text }), text).toEqual(['heron']);
    }
    for (const text of [
      `${aliasLocal}@elsewhere.example`,
      `${aliasLocal}@relay.example@relay.example`,
      aliasLocal.slice(0, 15),
      subject.slice(0, 21),
      heron.id,
      // A74: those of another application's profile.
      elsewhere.aliasLocal,
      elsewhere.subject,
    ]) {
      expect(await named(place, { text }), text).toEqual([]);
    }
    expect(await named(place, { text: subject, after: 'heron' })).toEqual([]);
    expect(await named(place, { text: subject, status: 'blocked' })).toEqual([]);
  });

  test('hides behind nobody who calls themselves by its alias', async () => {
    const place = await openPlace(ground(), { quota: 20 });
    const heron = await place.create(place.alix, 'heron');
    const name = `x${heron.aliasLocal.slice(1)}`;
    await place.storage.write(async (tx) => {
      const { profile } = place.storage.tables;
      await tx.update(profile).set({ aliasLocal: name }).where(eq(profile.id, heron.id));
    });
    await place.create(place.bruno, name);
    expect(await named(place, { text: name })).toEqual(['heron', name]);
  });

  test('is found by status', async () => {
    const place = await openPlace(ground(), { quota: 20 });
    const { create, alix, decide, moderated, profiles, change, request, clock } = place;
    const [blocked, over, retired, deleted] = [
      await create(alix, 'blackcap'),
      await create(alix, 'overbird'),
      await create(alix, 'redstart'),
      await create(alix, 'dunlin'),
    ];
    await create(alix, 'avocet');
    await change({ policy: 'approved', quota: 20 });
    await request(alix, 'quail');
    await decide((tx) => moderated.block(tx, blocked.id, { id: 'one' }));
    await decide((tx) => moderated.block(tx, over.id, { id: 'two', until: clock.time + 1000 }));
    await profiles.retire(alix, retired.id);
    await decide((tx) => moderated.remove(tx, deleted.id));
    const byStatus = { active: ['avocet'], requested: ['quail'], retired: ['redstart'], deleted: ['dunlin'] } as const;
    for (const [status, names] of Object.entries(byStatus)) {
      expect(await named(place, { status: status as keyof typeof byStatus }), status).toEqual(names);
    }
    expect(await named(place, { status: 'blocked' })).toEqual(['blackcap', 'overbird']);
    clock.time += 1000;
    expect(await named(place, { status: 'blocked' })).toEqual(['blackcap']);
    await profiles.unblockDue();
    expect(await named(place, { status: 'active' })).toEqual(['avocet', 'overbird']);
  });

  test('A74: says nothing of who owns it, what they noted, or when they used it', async () => {
    const place = await openPlace(ground(), { quota: 20 });
    const { profiles, alix, meadow } = place;
    const heron = await profiles.create(alix, meadow, { name: 'heron', note: 'my secret' });
    await profiles.describe(alix, heron.id, { note: 'my secret', groups: ['group'] });
    await profiles.markUsed(alix, heron);
    const fields = ['id', 'applicationId', 'name', 'status', 'source', 'createdDay', 'standing'];
    for (const found of [
      ...(await profiles.search(meadow.id, { limit: 9 })),
      await profiles.seen(meadow.id, heron.id),
    ]) {
      expect(Object.keys(found ?? {})).toEqual(fields);
      expect(JSON.stringify(found)).not.toContain('secret');
    }
    const other = await openPlace(ground());
    expect(await profiles.seen(other.meadow.id, heron.id)).toBeUndefined();
  });
});

test('is found alike in a PostgreSQL database that sorts as a language does', async () => {
  const server = inject('postgres');
  const client = new pg.Client({ connectionString: `${server}/postgres` });
  await client.connect();
  const name = `t_${randomId().replace(/\W/gu, '').toLowerCase()}`;
  await client.query(`CREATE DATABASE ${name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`);
  await client.end();
  const storage = await openStorage(`${server}/${name}`, tmpdir());
  try {
    const place = await openPlace({ storage, seals: makeSeals([randomBytes(32)]) }, { quota: 20 });
    const names = ['owl', 'owl2', 'owl_barn', 'owlet'];
    for (const each of [...names, 'heron', 'wren']) await place.create(place.alix, each);
    const sorted = await storage.read.execute('select name from profile order by name_key');
    expect(sorted.rows.map((row) => row['name'])).toEqual(['heron', 'owl', 'owl_barn', 'owl2', 'owlet', 'wren']);
    expect(await named(place, { text: 'owl' })).toEqual(names);
    expect(await named(place, { after: 'owl', limit: 2 })).toEqual(['owl2', 'owl_barn']);
    expect(await named(place, { after: 'owl_barn' })).toEqual(['owlet', 'wren']);
  } finally {
    await storage.close();
  }
});
