import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { peertube } from '../../src/legacy/sources/peertube.ts';
import type { Linked, LinkOptions } from '../../src/legacy/sources/source.ts';
import { written } from './application-side.ts';
import { hasPsql, openPostgresSide, type OtherSide } from './other-side.ts';

const OIDC: LinkOptions = {
  protocol: 'oidc',
  issuer: 'https://id.example',
  uid: 'subject',
  answers: { match: 'address' },
};
const SAML: LinkOptions = { ...OIDC, protocol: 'saml' };

const linked = (key: string, name: string): Linked => ({
  key,
  name,
  subject: `subject of ${name}`,
  alias: `${name}@relay.example`,
});
const ALIX = linked('2', 'alix.films');
const DALIL = linked('3', 'dalil');
const CHLOE = linked('4', 'chloe');

describe.skipIf(!hasPsql)('the accounts of PeerTube', () => {
  let side: OtherSide;
  const link = peertube.link.postgres;
  if (link === undefined) throw new Error('there is no such file');
  const forward = (people: readonly Linked[], options = OIDC): string =>
    side.run(written(link.forward, people, options));
  const back = (options = OIDC): string => side.run(written(link.back, [], options));
  const people = async (): Promise<string[]> =>
    (await side.query('SELECT username, email, "pluginAuth" AS plugin FROM "user" WHERE id > 1 ORDER BY id')).map(
      ({ username, email, plugin }) => `${String(username)} ${String(email)}${plugin === null ? '' : ' by a plugin'}`,
    );
  const moveTo = (id: number, address: string) =>
    side.query('UPDATE "user" SET email = $2 WHERE id = $1', [id, address]);

  beforeEach(async () => {
    side = await openPostgresSide('fixtures/peertube.postgres.sql');
  });
  afterEach(() => side?.close());

  test('keep theirs where it is the first one, which lets administrators in when nothing else does', async () => {
    const before = await side.dump();
    for (const match of ['address', 'identifier'] as const) {
      const said = forward([linked('1', 'root')], { ...OIDC, answers: { match } });
      expect(said).toMatch(/^ +0$/mu);
      expect(await side.query('SELECT id FROM "user" WHERE "pluginAuth" IS NOT NULL')).toEqual([{ id: 5 }]);
    }
    expect(await side.query('SELECT email FROM "user" WHERE id = 1')).toEqual([{ email: 'root@tube.example' }]);
    back();
    expect(await side.dump()).toBe(before);
  });

  test('have their passwords again after the way back, also who cannot have the old address, which is told', async () => {
    const before = await side.dump();
    forward([ALIX, CHLOE]);
    await moveTo(3, 'alix@home.example');
    expect(back()).toMatch(/^ alix@home\.example$/mu);
    expect(await people()).toEqual([
      'alix.films alix.films@relay.example',
      'dalil alix@home.example',
      'chloe chloe@home.example',
      'emil emil@home.example by a plugin',
    ]);
    expect(back()).toMatch(/^ alix@home\.example$/mu);

    await moveTo(3, 'dalil@home.example');
    expect(back()).not.toContain('@home.example');
    expect(await side.dump()).toBe(before);
  });

  test('have an address that two of them had again in turn', async () => {
    const before = await side.dump();
    forward([CHLOE]);
    await moveTo(2, 'chloe@home.example');
    forward([ALIX, CHLOE]);
    expect(back()).toMatch(/^ chloe@home\.example$/mu);
    expect(await people()).toEqual([
      'alix.films alix.films@relay.example',
      'dalil dalil@home.example',
      'chloe chloe@home.example',
      'emil emil@home.example by a plugin',
    ]);
    await moveTo(4, 'chloe@elsewhere.example');
    back();
    expect((await people())[0]).toBe('alix.films chloe@home.example');
    await moveTo(2, 'alix@home.example');
    await moveTo(4, 'chloe@home.example');
    expect(await side.dump()).toBe(before);
  });

  test('have the address of before again where they were linked once more while somebody had it', async () => {
    const before = await side.dump();
    forward([ALIX]);
    await moveTo(3, 'alix@home.example');
    back();
    forward([{ ...ALIX, alias: 'another@relay.example' }]);
    await moveTo(3, 'dalil@home.example');
    back();
    expect(await side.dump()).toBe(before);
  });

  test('keep an address that they chose since, and one by which another plugin knows them by now', async () => {
    forward([ALIX, DALIL]);
    await moveTo(2, 'alix@elsewhere.example');
    await side.query('UPDATE "user" SET "pluginAuth" = NULL WHERE id = 3');
    forward([DALIL], SAML);
    back();
    expect((await people()).slice(0, 2)).toEqual([
      'alix.films alix@elsewhere.example',
      'dalil dalil@relay.example by a plugin',
    ]);
    back(SAML);
    expect((await people())[1]).toBe('dalil dalil@home.example');
  });

  test('are taken back from one plugin by its own way back, whatever was run for the other', async () => {
    const before = await side.dump();
    forward([ALIX, CHLOE]);
    forward([ALIX, DALIL], SAML);
    back(SAML);
    expect(await people()).toEqual([
      'alix.films alix.films@relay.example by a plugin',
      'dalil dalil@home.example',
      'chloe chloe@relay.example by a plugin',
      'emil emil@home.example by a plugin',
    ]);
    back();
    expect(await side.dump()).toBe(before);
  });
});
