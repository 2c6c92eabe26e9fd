import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepLog } from '../attacks/logbook.ts';
import { PEOPLE } from '../people.ts';
import { DAY, FIRMIN, HOUR, openPlace, WISH, type Place } from '../register/place.ts';

/** All texts and numbers anywhere in a value. */
function valuesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(valuesIn);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(valuesIn);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [`${value}`] : [];
}

describe.each(['sqlite', 'postgres'] as const)('the two logs on %s', (engine) => {
  let place: Place;
  const { log, lines } = keepLog();
  beforeAll(async () => {
    place = await openPlace(engine, {}, undefined, log);
    const { accounts, moderation, profiles, register, storage } = place.house.parts;
    const staff = { accountId: place.odile.id, administrator: true };
    // Things happen to the same people on both sides, in the same hours.
    for (let round = 0; round < 3; round += 1) {
      place.clock.time += 5 * HOUR;
      for (const [person, profile] of [
        [place.alix, place.hulotte],
        [place.bruno, place.brunos],
      ] as const) {
        await accounts.suspend(person.id, undefined, place.odile.id);
        await accounts.reinstate(person.id, place.odile.id);
        await accounts.endSessions(person.id, place.odile.id);
        await moderation.actions.note(staff, profile.applicationId, profile.id, 'Looks fine.');
        await accounts.timeline.record(person.id, {
          kind: 'profile_retired',
          at: place.clock.time,
          detail: { profile: profile.name, application: 'Lake' },
        });
      }
    }
    await profiles.retire(place.alix.id, place.noctua.id);
    const id = await register.unsealings.ask(place.odile.id, place.hulotte.id, {
      ...WISH,
      wanted: ['login', 'mailbox', 'here', 'everywhere'],
    });
    await register.unsealings.confirm(place.firmin.id, id);
    await register.unsealings.show(place.firmin.id, id);
    await storage.write((tx) =>
      register.cases.open(tx, { profileId: place.hulotte.id, by: place.odile.id, words: 'To be looked into.' }),
    );
    place.clock.time += 40 * DAY;
    await place.runErrands();
    await register.unsealings.sweep();
    await place.lettersTo(PEOPLE.alix.mailbox);
  });
  afterAll(() => place.close());

  const accountsLog = async (): Promise<unknown[]> => {
    const { accounts } = place.house.parts;
    const all: unknown[] = [];
    for (const { id, loginName } of [place.alix, place.bruno, place.maud, place.odile, place.firmin])
      all.push({ loginName, entries: await accounts.log.list(id) });
    return all;
  };
  const profilesLog = async (): Promise<unknown[]> => {
    const { moderation } = place.house.parts;
    const { entries } = await moderation.seeing.log(
      { accountId: place.odile.id, administrator: true },
      place.lake.id,
      undefined,
    );
    return [...entries];
  };

  test('share no value, as their readers see them, but the names of those who decide', async () => {
    const [ofAccounts, ofProfiles] = [await accountsLog(), await profilesLog()];
    expect(ofAccounts.length).toBeGreaterThan(0);
    expect(ofProfiles.length).toBeGreaterThan(6);
    const decided = new Set([PEOPLE.odile.loginName, FIRMIN.loginName]);
    const there = new Set(valuesIn(ofProfiles));
    expect(valuesIn(ofAccounts).filter((value) => there.has(value) && !decided.has(value))).toEqual([]);
    // Days there, hours here: a time of the one is none of the other, and an hour holds everybody’s.
    expect(JSON.stringify(ofAccounts)).not.toMatch(/hulotte|noctua|brunos|Lake|profile|unsealed/u);
    expect(JSON.stringify(ofProfiles)).not.toMatch(/alix|bruno"|@home\.example/u);
  });

  test('share no value at rest either, but the start of a day', async () => {
    const { storage } = place.house.parts;
    const { accountLog, profileLog, caseFile } = storage.tables;
    const ofAccounts = await storage.read.select().from(accountLog);
    const ofProfiles = [
      ...(await storage.read.select().from(profileLog)),
      ...(await storage.read.select().from(caseFile)),
    ];
    const there = new Set(valuesIn(ofProfiles));
    expect(valuesIn(ofAccounts).filter((value) => there.has(value))).toEqual([]);
    expect(ofAccounts.every(({ day }) => day % DAY === 0)).toBe(true);
  });

  test('P9: no line of the program’s log holds an account and a profile, nor who was looked for', () => {
    const ofAccounts = [place.alix.id, place.bruno.id, 'alix', PEOPLE.alix.mailbox];
    const ofProfiles = [place.hulotte.id, place.noctua.id, place.brunos.id, 'hulotte', 'noctua'];
    const texts = lines.map((line) => JSON.stringify(line));
    const holds = (text: string, values: readonly string[]): boolean => values.some((value) => text.includes(value));
    expect(texts.filter((text) => holds(text, ofAccounts) && holds(text, ofProfiles))).toEqual([]);
    expect(texts.filter((text) => text.includes('@home.example'))).toEqual([]);
  });
});
