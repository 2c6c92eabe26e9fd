import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { openService, signIn, type Received, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { openWiki, signInAt, type Wiki } from '../service-provider.ts';
import { makeVisitor } from '../visitor.ts';
import { HERON, importNames } from './place.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const OLD = 'alix@old.example';
const NETWORK = '192.0.2.9';

const emailIn = ({ idToken, userinfo }: Received) => [
  [idToken['email'], idToken['email_verified']],
  [userinfo['email'], userinfo.email_verified],
];

describe.each(['sqlite', 'postgres'] as const)('the address of an old account on %s', (engine) => {
  const clock = { ahead: 0 };
  const now = (): number => Date.now() + clock.ahead;
  const oldNames = { count: true, sendAddress: true };
  let house: House;
  let meadow: Service;
  let harbour: Service;
  let wiki: Wiki;
  let alix: Account;
  beforeAll(async () => {
    house = await openHouse({ engine, now });
    meadow = await openService(house, 'Meadow', { application: { quota: 20, oldNames } });
    harbour = await openService(house, 'Harbour', { application: { quota: 20 } });
    wiki = await openWiki(house, 'Wiki', { application: { quota: 20, oldNames } });
    alix = await addPerson(house.parts, 'alix');
  });
  afterAll(async () => {
    await meadow.close();
    await harbour.close();
    await house.close();
  });

  const at = (service: Service, profile: string): Promise<Received> =>
    signIn(
      makeVisitor((url) => service.isHome(url)),
      service,
      { person: 'alix', profile },
    );

  /** Takes an old name back by its password. */
  async function takenBack(of: Pick<Service, 'application'>, name: string, address = OLD): Promise<Profile> {
    const { legacy } = house.parts;
    await importNames(legacy, of.application, [{ name, password: HERON.password, address }]);
    clock.ahead += DAY;
    return legacy.reclaim.withPassword(alix.id, of.application, { name, password: HERON.password, network: NETWORK });
  }

  test('is told where its application wants that, for one sign-in, and not as a proven one', async () => {
    const profile = await takenBack(meadow, 'heron');
    expect(profile.oldAddress?.address).toBe(OLD);
    const first = await at(meadow, 'heron');
    expect(emailIn(first)).toEqual([
      [OLD, false],
      [OLD, false],
    ]);
    expect(first.idToken.sub).toBe(profile.subject);
    clock.ahead += 11 * MINUTE;
    const alias = `${profile.aliasLocal}@relay.example`;
    expect(emailIn(await at(meadow, 'heron'))).toEqual([
      [alias, true],
      [alias, true],
    ]);
    // What was sent is forgotten.
    clock.ahead += 61 * MINUTE;
    await house.parts.moderation.errands.run();
    const { tables, read } = house.parts.storage;
    const row = (await read.select().from(tables.profile)).find(({ id }) => id === profile.id);
    expect(house.parts.seals.open('profile', profile.id, row?.sealed ?? '')).not.toContain(OLD);
  });

  test('is proven where a code was sent there, and is told nowhere else', async () => {
    const { legacy, storage } = house.parts;
    await importNames(legacy, meadow.application, [{ name: 'egret', address: alix.mailbox ?? '' }]);
    await legacy.reclaim.withOffer(alix.id, meadow.application, { name: 'egret', network: NETWORK });
    const other = await takenBack(harbour, 'egret');
    expect(other.oldAddress).toBeUndefined();
    const elsewhere = await at(harbour, 'egret');
    expect(JSON.stringify(elsewhere.userinfo)).not.toMatch(/old\.example|home\.example/u);
    expect(emailIn(await at(meadow, 'egret'))).toEqual([
      [alix.mailbox, true],
      [alix.mailbox, true],
    ]);
    // Neither side of the tables says it in clear.
    const rows = await storage.read.select().from(storage.tables.profile);
    expect(JSON.stringify(rows)).not.toContain('home.example');
  });

  test('is told no more once its administrators do not want that, and never after some weeks', async () => {
    const early = await takenBack(meadow, 'robin');
    const { applications } = house.parts;
    const { id, ...settings } = await applications.get(meadow.application.id);
    await applications.change(id, { ...settings, oldNames: { count: true, sendAddress: false } });
    expect(emailIn(await at(meadow, 'robin'))[0]).toEqual([`${early.aliasLocal}@relay.example`, true]);
    await applications.change(id, settings);

    const late = await takenBack(meadow, 'swan');
    clock.ahead += 31 * DAY;
    expect(emailIn(await at(meadow, 'swan'))[0]).toEqual([`${late.aliasLocal}@relay.example`, true]);
  });

  test('stays while its owner writes a note, and goes with the profile', async () => {
    const { id } = await takenBack(meadow, 'wren');
    await house.parts.profiles.describe(alix.id, id, { note: 'mine', groups: [] });
    expect((await house.parts.profiles.own(alix.id, id)).oldAddress?.address).toBe(OLD);
  });

  test('is told in SAML attributes alike, while what lasts of an answer stays the same', async () => {
    const profile = await takenBack(wiki, 'raven');
    const visit = () =>
      signInAt(
        makeVisitor((url) => wiki.isHome(url)),
        wiki,
        { person: 'alix', profile: 'raven' },
        { at: now() },
      );
    const first = (await visit()).xml;
    expect(first).toContain(OLD);
    expect(first).toContain(profile.subject);
    await expect
      .poll(async () => (await house.parts.profiles.own(alix.id, profile.id)).oldAddress?.until, { timeout: 60_000 })
      .toBeLessThan(now() + 11 * MINUTE);
    clock.ahead += 11 * MINUTE;
    const second = (await visit()).xml;
    expect(second).not.toContain(OLD);
    expect(second).toContain(`${profile.aliasLocal}@relay.example`);
    expect(second).toContain(profile.subject);
  });
});
