import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { identityOf } from '../../src/legacy/identity.ts';
import { makeLegacy, textOf, type Way } from '../../src/legacy/legacy.ts';
import type { LinkFiles } from '../../src/legacy/links.ts';
import { mastodon } from '../../src/legacy/sources/mastodon.ts';
import { pixelfed } from '../../src/legacy/sources/pixelfed.ts';
import type { LinkOptions } from '../../src/legacy/sources/source.ts';
import { synapse } from '../../src/legacy/sources/synapse.ts';
import { onBothEngines } from '../engines.ts';
import { refusalOf } from '../accounts/house.ts';
import { HERON, openOldPlace, type OldPlace } from './place.ts';

const OPTIONS: LinkOptions = { protocol: 'oidc', issuer: 'https://nid.example.org', uid: 'subject', answers: {} };

async function linesIn(files: Pick<LinkFiles, 'pieces'>, way: Way): Promise<string[]> {
  let text = '';
  for await (const part of textOf(files, way)) text += part;
  return text.split('\n');
}

const rowsIn = async (files: Pick<LinkFiles, 'pieces'>): Promise<string[]> =>
  (await linesIn(files, 'forward')).filter((line) => line.startsWith('INSERT INTO aluco_rows'));

const links = ({ legacy, meadow }: OldPlace, source = pixelfed, more: Partial<LinkOptions> = {}) =>
  legacy.links.write(meadow, source, { kind: 'link', engine: 'postgres', options: { ...OPTIONS, ...more } });

const moves = ({ legacy, meadow }: OldPlace) =>
  legacy.links.write(meadow, pixelfed, { kind: 'move', engine: 'postgres', options: OPTIONS });

onBothEngines('the files for an application', (ground) => {
  test('tell it of every old name, taken back or not, by its own subject, and of no other application’s', async () => {
    const place = await openOldPlace(ground());
    const other = await openOldPlace(ground());
    await other.importNames([{ name: 'elsewhere' }]);
    const names = Array.from({ length: 1203 }, (_, index) => ({ name: `bird${index}` }));
    await place.importNames([place.heron, ...names]);
    const { network } = place;
    const given = { name: 'heron', password: HERON.password, network };
    const profile = await place.reclaim.withPassword(place.alix.id, place.meadow, given);
    const files = links(place);
    const rows = await rowsIn(files);
    expect(rows).toHaveLength(1204);
    expect(files.names()).toBe(1204);
    expect(rows.find((row) => row.includes("E'heron'"))).toContain(`E'${profile.subject}'`);
    const untaken = await place.old('bird7');
    expect(rows.find((row) => row.includes("E'bird7'"))).toContain(
      `E'${untaken === undefined ? '' : identityOf(untaken.secret).subject}'`,
    );
  });

  test('move nobody to an address at which no mail arrives, and give the way back all the same', async () => {
    const { legacy, meadow } = await openOldPlace(ground());
    const without = makeLegacy({ ...legacy.needs, hasRelay: false });
    const wanted = { kind: 'move', engine: 'postgres', options: OPTIONS } as const;
    const write = async () => without.links.write(meadow, pixelfed, wanted);
    expect(await refusalOf(write())).toBe('legacy_no_relay');
    const given = await linesIn(without.links.write(meadow, pixelfed, { ...wanted, isBack: true }), 'back');
    expect(given).toContain('COMMIT;');
  });

  test('leave out the names of an import that was undone halfway', async () => {
    const place = await openOldPlace(ground());
    const { storage } = place;
    const { legacyBatch } = storage.tables;
    const batch = await place.importNames([{ name: 'heron' }, { name: 'egret' }]);
    await place.importNames([{ name: 'crake' }]);
    // As it is where whoever undid it died before the first row was removed.
    await storage.write((tx) => tx.update(legacyBatch).set({ status: 'undone' }).where(eq(legacyBatch.id, batch)));
    const files = links(place);
    const rows = await rowsIn(files);
    expect(rows.map((row) => /E'(heron|egret|crake)'/u.exec(row)?.[1])).toEqual(['crake']);
    expect(files.names()).toBe(1);
  });

  test('name people as the application knows them: by the subject, or by the name', async () => {
    const place = await openOldPlace(ground(), { subject: 'name' });
    await place.importNames([{ name: 'Heron' }]);
    expect((await rowsIn(links(place)))[0]).toMatch(/E'Heron', 'no_account', E'Heron'/u);
    const random = await openOldPlace(ground());
    await random.importNames([{ name: 'Heron' }]);
    expect((await rowsIn(links(random, mastodon, { uid: 'name' })))[0]).toMatch(/E'Heron'\);$/u);
    expect((await rowsIn(links(random)))[0]).not.toMatch(/E'Heron'\);$/u);
  });

  test('replace the addresses of those who agreed, for as long as their relay address takes mail', async () => {
    const place = await openOldPlace(ground());
    await place.importNames([
      place.heron,
      { name: 'egret', password: HERON.password, address: 'egret@old.example' },
      { name: 'robin', password: HERON.password, address: 'robin@old.example' },
    ]);
    const { reclaim, alix, bruno, maud, meadow, network } = place;
    expect(await rowsIn(moves(place))).toEqual([]);
    const before = identityOf((await place.old('heron'))?.secret ?? { seed: '' }).aliasLocal;
    const heron = await reclaim.withPassword(alix.id, meadow, { name: 'heron', password: HERON.password, network });
    const egret = await reclaim.withPassword(bruno.id, meadow, { name: 'egret', password: HERON.password, network });
    const robin = await reclaim.withPassword(maud.id, meadow, { name: 'robin', password: HERON.password, network });
    await reclaim.agreeToMove(alix.id, heron.id, true);
    await reclaim.agreeToMove(bruno.id, egret.id, false);
    await reclaim.agreeToMove(maud.id, robin.id, true);
    const rows = await rowsIn(moves(place));
    expect(rows.map((row) => /E'(heron|egret|robin)'/u.exec(row)?.[1])).toEqual(['heron', 'robin']);
    expect(rows[0]).toContain(`E'${heron.aliasLocal}@relay.example'`);
    expect(before).toBe(heron.aliasLocal);
    await place.profiles.retire(maud.id, robin.id);
    expect(await rowsIn(moves(place))).toHaveLength(1);
  });

  test('have whoever is in the one in the other too, also where names come while they are written', async () => {
    const place = await openOldPlace(ground());
    await place.importNames(Array.from({ length: 501 }, (_, index) => ({ name: `bird${index}` })));
    const { legacy, meadow } = place;
    const { pieces } = legacy.links.write(meadow, synapse, { kind: 'link', engine: 'api', options: OPTIONS });
    const people = { forward: 0, back: 0 };
    for await (const piece of pieces) {
      const [forward, back] = [piece.forward, piece.back].map((lines) =>
        lines.filter((line) => /^person '/u.test(line)),
      );
      expect(forward).toEqual(back);
      people.forward += forward?.length ?? 0;
      people.back += back?.length ?? 0;
      if (people.forward === 500) await place.importNames([{ name: 'wren' }]);
    }
    expect(people).toEqual({ forward: 502, back: 502 });
  });

  test('ask once for many people whether their relay addresses take mail', async () => {
    const place = await openOldPlace(ground());
    await place.importNames([place.heron, { name: 'egret', password: HERON.password }]);
    const { alix, bruno, legacy, meadow, network, profiles, reclaim } = place;
    for (const [{ id }, name] of [
      [alix, 'heron'],
      [bruno, 'egret'],
    ] as const) {
      const profile = await reclaim.withPassword(id, meadow, { name, password: HERON.password, network });
      await reclaim.agreeToMove(id, profile.id, true);
    }
    let asked = 0;
    const counted = {
      ...profiles,
      takingMail(locals: readonly string[]) {
        asked += 1;
        return profiles.takingMail(locals);
      },
    };
    const { links: files } = makeLegacy({ ...legacy.needs, profiles: counted });
    expect(
      await rowsIn(files.write(meadow, pixelfed, { kind: 'move', engine: 'postgres', options: OPTIONS })),
    ).toHaveLength(2);
    expect(asked).toBe(1);
  });

  test('are refused where there is none for this database', async () => {
    const { legacy, meadow } = await openOldPlace(ground());
    const write = async () => legacy.links.write(meadow, mastodon, { kind: 'link', engine: 'mysql', options: OPTIONS });
    expect(await refusalOf(write())).toBe('legacy_no_link');
  });
});
