import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Application } from '../../src/applications/applications.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { begin, openService, receive, signIn, walk, type Received, type Service } from '../application.ts';
import type { House } from '../house.ts';
import { openDoor, type OpenDoor } from '../open-door.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { ask, openWiki, signInAt, type Wiki } from '../service-provider.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';
import { HERON, importNames, type OldAccount } from './place.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const OLD = 'alix@old.example';
const NETWORK = '192.0.2.9';

const emailsIn = ({ idToken, userinfo }: Pick<Received, 'idToken' | 'userinfo'>) => [
  [idToken['email'], idToken['email_verified']],
  [userinfo['email'], userinfo.email_verified],
];
const twice = (address: string, isVerified: boolean) => [
  [address, isVerified],
  [address, isVerified],
];
const aliasOf = ({ aliasLocal }: Profile): string => `${aliasLocal}@relay.example`;

describe.each(['sqlite', 'postgres'] as const)('the address of an old account on %s', (engine) => {
  const clock = { ahead: 0 };
  const now = (): number => Date.now() + clock.ahead;
  const oldNames = { count: true, sendAddress: true };
  let door: OpenDoor;
  let house: House;
  let meadow: Service;
  let phone: Service;
  let orchard: Service;
  let harbour: Service;
  let wiki: Wiki;
  let meadowWiki: Wiki;
  let alix: Account;
  beforeAll(async () => {
    door = await openDoor('open', { engine, now });
    house = door.house;
    meadow = await openService(house, 'Meadow', { application: { quota: 30, oldNames } });
    phone = await openService(house, 'Meadow on the phone', { of: meadow.application });
    meadowWiki = await openWiki(house, 'Wiki of Meadow', { of: meadow.application });
    orchard = await openService(house, 'Orchard', { application: { quota: 30, oldNames } });
    harbour = await openService(house, 'Harbour', { application: { quota: 30 } });
    wiki = await openWiki(house, 'Wiki', { application: { quota: 30, oldNames } });
    alix = await addPerson(house.parts, 'alix');
  });
  afterAll(async () => {
    await Promise.all([meadow, phone, orchard, harbour].map((service) => service.close()));
    await door.close();
  });

  const newVisitor = (service: Pick<Service, 'isHome'>): Visitor => makeVisitor((url) => service.isHome(url));
  const at = (service: Service, profile: string, visitor = newVisitor(service)): Promise<Received> =>
    signIn(visitor, service, { person: 'alix', profile });

  async function imported(application: Application, old: OldAccount): Promise<void> {
    await importNames(house.parts.legacy, application, [old]);
    clock.ahead += DAY;
  }

  /** Takes an old name back by its password. */
  async function takenBack(of: Pick<Service, 'application'>, name: string, address = OLD): Promise<Profile> {
    await imported(of.application, { name, password: HERON.password, address });
    const given = { name, password: HERON.password, network: NETWORK };
    return house.parts.legacy.reclaim.withPassword(alix.id, of.application, given);
  }

  /** A request that went well as far as the code, which is not exchanged yet. */
  async function codeAt(service: Service, profile: string, visitor = newVisitor(service)) {
    const attempt = await begin(service);
    const { url } = await walk(visitor, service, await visitor.get(attempt.url), { person: 'alix', profile });
    return { attempt, answer: url };
  }

  async function rowOf({ id }: Profile): Promise<string> {
    const { tables, read } = house.parts.storage;
    const row = (await read.select().from(tables.profile)).find((one) => one.id === id);
    return house.parts.seals.open('profile', id, row?.sealed ?? '');
  }

  test('is told where its application wants that, for one sign-in, and not as a proven one', async () => {
    const profile = await takenBack(meadow, 'heron');
    expect(profile.oldAddress?.address).toBe(OLD);
    const browser = newVisitor(meadow);
    const first = await at(meadow, 'heron', browser);
    expect(emailsIn(first)).toEqual(twice(OLD, false));
    expect(first.idToken.sub).toBe(profile.subject);

    // A minute later, in the same session and for the same grant, the next one is told the other address.
    clock.ahead += MINUTE;
    expect(emailsIn(await at(meadow, 'heron', browser))).toEqual(twice(aliasOf(profile), true));
    // Whoever comes back to ask of the first is told what its ID token said.
    const again = await client.fetchUserInfo(meadow.configuration, first.tokens.access_token, profile.subject);
    expect([again['email'], again.email_verified]).toEqual([OLD, false]);

    // What was sent is forgotten.
    expect(await rowOf(profile)).toContain(OLD);
    clock.ahead += 71 * MINUTE;
    await house.parts.moderation.errands.run();
    expect(await rowOf(profile)).not.toContain(OLD);
  });

  test('is not over with a sign-in that was put aside, was refused, failed, or that nobody came to fetch', async () => {
    const profile = await takenBack(meadow, 'crane');
    const browser = newVisitor(meadow);
    await browser.get((await begin(meadow)).url);
    await codeAt(meadow, 'crane', browser);

    const page = await browser.get((await begin(meadow, { prompt: 'select_account' })).url);
    const { url: refused } = await browser.submit(page, '/profile', { cancel: '1' });
    expect(refused.searchParams.get('error')).toBe('access_denied');

    const failed = await codeAt(meadow, 'crane', browser);
    const stranger = { ...failed.attempt, verifier: client.randomPKCECodeVerifier() };
    await expect(receive(meadow, stranger, failed.answer)).rejects.toMatchObject({ error: 'invalid_grant' });

    expect(emailsIn(await at(meadow, 'crane', browser))).toEqual(twice(OLD, false));
    expect(emailsIn(await at(meadow, 'crane', browser))).toEqual(twice(aliasOf(profile), true));
  });

  test('is told to one of the clients of its application, whichever comes first or however many come at once', async () => {
    const profile = await takenBack(meadow, 'rail');
    const codes = await Promise.all([meadow, phone].map((service) => codeAt(service, 'rail')));
    const received = await Promise.all(
      codes.map(({ attempt, answer }, index) => receive(index === 0 ? meadow : phone, attempt, answer)),
    );
    for (const one of received) expect(emailsIn(one)[0]).toEqual(emailsIn(one)[1]);
    expect(received.map(({ idToken }) => idToken['email']).toSorted()).toEqual([OLD, aliasOf(profile)].toSorted());
    const { xml } = await signInAt(
      newVisitor(meadowWiki),
      meadowWiki,
      { person: 'alix', profile: 'rail' },
      { at: now() },
    );
    expect(xml).not.toContain(OLD);
    expect(xml).toContain(aliasOf(profile));
  });

  test('is ended by the first sign-in also where its application was sent none in it', async () => {
    const profile = await takenBack(meadow, 'robin');
    const { applications } = house.parts;
    const { id, ...settings } = await applications.get(meadow.application.id);
    await applications.change(id, { ...settings, oldNames: { count: true, sendAddress: false } });
    expect(emailsIn(await at(meadow, 'robin'))).toEqual(twice(aliasOf(profile), true));
    await applications.change(id, settings);
    expect(emailsIn(await at(meadow, 'robin'))).toEqual(twice(aliasOf(profile), true));
  });

  test('is not even kept where the application is told no address', async () => {
    const silent = await openService(house, 'Silent', { application: { quota: 30, oldNames, email: 'none' } });
    const profile = await takenBack(silent, 'dunnock');
    expect(profile.oldAddress).toBeUndefined();
    expect(await rowOf(profile)).not.toContain(OLD);
    const { idToken, userinfo } = await at(silent, 'dunnock');
    expect([idToken['email'], userinfo['email']]).toEqual([undefined, undefined]);
    await silent.close();
  });

  test('is never told after some weeks', async () => {
    const profile = await takenBack(meadow, 'swan');
    clock.ahead += 31 * DAY;
    expect(emailsIn(await at(meadow, 'swan'))).toEqual(twice(aliasOf(profile), true));
  });

  test('is told to the application it came from, and to no other that wants such addresses', async () => {
    const there = await takenBack(meadow, 'plover');
    const elsewhere = await takenBack(orchard, 'plover', 'plover@elsewhere.example');
    const first = await at(orchard, 'plover');
    expect(emailsIn(first)).toEqual(twice('plover@elsewhere.example', false));
    expect(JSON.stringify([first.idToken, first.userinfo])).not.toContain('old.example');
    // That it was told there ended nothing here.
    expect(emailsIn(await at(meadow, 'plover'))).toEqual(twice(OLD, false));

    // A name that was not imported at Orchard is told no address of anybody's, old or new.
    const own = await at(orchard, 'plover_second');
    expect(JSON.stringify([own.idToken, own.userinfo])).not.toMatch(/old\.example|home\.example|elsewhere/u);
    expect(own.idToken['email']).toMatch(/@relay\.example$/u);
    expect([aliasOf(there), aliasOf(elsewhere)]).not.toContain(own.idToken['email']);

    // Where administrators did not ask for it nothing is kept of it at all.
    expect((await takenBack(harbour, 'plover')).oldAddress).toBeUndefined();
  });

  test('is proven where a code was sent there', async () => {
    const { reclaim } = house.parts.legacy;
    const address = 'egret@old.example';
    await imported(meadow.application, { name: 'egret', address, confirmed: false });
    await reclaim.sendCode(alix.id, meadow.application, { name: 'egret', network: NETWORK, language: 'en' });
    const code = /\b\d{4} \d{4}\b/u.exec((await door.letterTo(address)).text)?.[0] ?? '';
    await reclaim.withCode(alix.id, meadow.application, { name: 'egret', code, network: NETWORK });
    expect(emailsIn(await at(meadow, 'egret'))).toEqual(twice(address, true));
  });

  test('is proven where it is a mailbox that its owner has proven here', async () => {
    const { legacy, storage } = house.parts;
    await imported(meadow.application, { name: 'ibis', address: PEOPLE.alix.mailbox });
    await legacy.reclaim.withOffer(alix.id, meadow.application, { name: 'ibis', network: NETWORK });
    expect(emailsIn(await at(meadow, 'ibis'))).toEqual(twice(PEOPLE.alix.mailbox, true));
    // Neither side of the tables says it in clear.
    const rows = await storage.read.select().from(storage.tables.profile);
    expect(JSON.stringify(rows)).not.toContain('home.example');
  });

  test('is not proven by a link that an administrator handed over', async () => {
    const { reclaim } = house.parts.legacy;
    await imported(meadow.application, { name: 'stork', address: OLD });
    await reclaim.withLink(alix.id, await reclaim.makeLink(meadow.application.id, 'stork'));
    expect(emailsIn(await at(meadow, 'stork'))).toEqual(twice(OLD, false));
  });

  test('stays while its owner writes a note, and goes with the profile', async () => {
    const { id } = await takenBack(meadow, 'wren');
    await house.parts.profiles.describe(alix.id, id, { note: 'mine', groups: [] });
    expect((await house.parts.profiles.own(alix.id, id)).oldAddress?.address).toBe(OLD);
  });

  test('is told in the first SAML answer, and forgotten then; what lasts of an answer stays the same', async () => {
    const profile = await takenBack(wiki, 'raven');
    const browser = newVisitor(wiki);
    // Whoever goes no further than a page of ours was answered nothing.
    await browser.get(ask(wiki, { at: now() }).url);
    const visit = async () => (await signInAt(browser, wiki, { person: 'alix', profile: 'raven' }, { at: now() })).xml;
    const first = await visit();
    expect(first).toContain(OLD);
    expect(first).toContain(profile.subject);
    expect(await rowOf(profile)).not.toContain(OLD);
    const second = await visit();
    expect(second).not.toContain(OLD);
    expect(second).toContain(aliasOf(profile));
    expect(second).toContain(profile.subject);
  });
});
