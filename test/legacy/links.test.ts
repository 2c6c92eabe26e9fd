import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { identityOf } from '../../src/legacy/identity.ts';
import { makeLegacy } from '../../src/legacy/legacy.ts';
import { mastodon } from '../../src/legacy/sources/mastodon.ts';
import { pixelfed } from '../../src/legacy/sources/pixelfed.ts';
import type { LinkOptions } from '../../src/legacy/sources/source.ts';
import { onBothEngines } from '../engines.ts';
import { refusalOf } from '../accounts/house.ts';
import { HERON, openOldPlace, type OldPlace } from './place.ts';

const OPTIONS: LinkOptions = { protocol: 'oidc', issuer: 'https://nid.example.org', uid: 'subject', answers: {} };

async function rowsIn(lines: AsyncIterable<string>): Promise<string[]> {
  const rows = [];
  for await (const line of lines) if (line.startsWith('INSERT INTO aluco_rows')) rows.push(line);
  return rows;
}

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
    const { forward, names: counted } = links(place);
    const rows = await rowsIn(forward);
    expect(rows).toHaveLength(1204);
    expect(counted()).toBe(1204);
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
    const { back } = without.links.write(meadow, pixelfed, { ...wanted, isBack: true });
    const given: string[] = [];
    for await (const line of back) given.push(line);
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
    const { forward, names } = links(place);
    const rows = await rowsIn(forward);
    expect(rows.map((row) => /E'(heron|egret|crake)'/u.exec(row)?.[1])).toEqual(['crake']);
    expect(names()).toBe(1);
  });

  test('name people as the application knows them: by the subject, or by the name', async () => {
    const place = await openOldPlace(ground(), { subject: 'name' });
    await place.importNames([{ name: 'Heron' }]);
    expect((await rowsIn(links(place).forward))[0]).toMatch(/E'Heron', 'no_account', E'Heron'/u);
    const random = await openOldPlace(ground());
    await random.importNames([{ name: 'Heron' }]);
    expect((await rowsIn(links(random, mastodon, { uid: 'name' }).forward))[0]).toMatch(/E'Heron'\);$/u);
    expect((await rowsIn(links(random).forward))[0]).not.toMatch(/E'Heron'\);$/u);
  });

  test('replace the addresses of those who agreed, for as long as their relay address takes mail', async () => {
    const place = await openOldPlace(ground());
    await place.importNames([
      place.heron,
      { name: 'egret', password: HERON.password, address: 'egret@old.example' },
      { name: 'robin', password: HERON.password, address: 'robin@old.example' },
    ]);
    const { reclaim, alix, bruno, maud, meadow, network } = place;
    expect(await rowsIn(moves(place).forward)).toEqual([]);
    const before = identityOf((await place.old('heron'))?.secret ?? { seed: '' }).aliasLocal;
    const heron = await reclaim.withPassword(alix.id, meadow, { name: 'heron', password: HERON.password, network });
    const egret = await reclaim.withPassword(bruno.id, meadow, { name: 'egret', password: HERON.password, network });
    const robin = await reclaim.withPassword(maud.id, meadow, { name: 'robin', password: HERON.password, network });
    await reclaim.agreeToMove(alix.id, heron.id, true);
    await reclaim.agreeToMove(bruno.id, egret.id, false);
    await reclaim.agreeToMove(maud.id, robin.id, true);
    const rows = await rowsIn(moves(place).forward);
    expect(rows.map((row) => /E'(heron|egret|robin)'/u.exec(row)?.[1])).toEqual(['heron', 'robin']);
    expect(rows[0]).toContain(`E'${heron.aliasLocal}@relay.example'`);
    expect(before).toBe(heron.aliasLocal);
    await place.profiles.retire(maud.id, robin.id);
    expect(await rowsIn(moves(place).forward)).toHaveLength(1);
  });

  test('are refused where there is none for this database', async () => {
    const { legacy, meadow } = await openOldPlace(ground());
    const write = async () => legacy.links.write(meadow, mastodon, { kind: 'link', engine: 'mysql', options: OPTIONS });
    expect(await refusalOf(write())).toBe('legacy_no_link');
  });
});
