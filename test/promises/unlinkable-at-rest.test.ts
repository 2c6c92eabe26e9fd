import path from 'node:path';
import Database from 'better-sqlite3';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeHasher } from '../../src/accounts/hashing.ts';
import type { Purpose } from '../../src/storage/seal.ts';
import { SIDES } from '../../src/storage/tables.ts';
import { openService, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { openWiki, type Wiki } from '../service-provider.ts';
import { liveInACrowd } from './crowd.ts';
import {
  findCrossings,
  findExactTimes,
  findPaths,
  sizesOf,
  steal,
  stealBackup,
  type Copy,
  type StolenRow,
} from './stolen.ts';

/** How far two orders agree, from -1 to 1 (Spearman's rank correlation). */
function agreement(created: readonly string[]): number {
  const sorted = created.toSorted();
  const squares = created.map((id, at) => (sorted.indexOf(id) - at) ** 2).reduce((sum, square) => sum + square, 0);
  return 1 - (6 * squares) / (created.length * (created.length ** 2 - 1));
}

/** Where sealed values stand, what for, and which column they are bound to. */
const SEALED: readonly [table: keyof typeof SIDES, column: string, purpose: Purpose, context: string][] = [
  ['account', 'sealed', 'account', 'id'],
  ['credential', 'sealed', 'credential', 'accountId'],
  ['invitation', 'sealed', 'invitation', 'id'],
  ['signUp', 'sealed', 'sign-up', 'accountId'],
  ['session', 'sealed', 'session', 'uidHash'],
  ['holding', 'sealed', 'holding', 'tag'],
  ['profile', 'sealed', 'profile', 'id'],
  ['profile', 'ownerSealed', 'profile-owner', 'id'],
  ['token', 'sealed', 'token', 'idHash'],
  ['samlSession', 'sealed', 'saml-session', 'idHash'],
  ['transient', 'sealed', 'transient', 'idHash'],
  ['attempt', 'sealed', 'attempt', 'tag'],
  ['logoutMessage', 'sealed', 'logout-message', 'id'],
  ['letter', 'sealed', 'letter', 'id'],
  ['signingKey', 'sealed', 'signing-key', 'kid'],
  ['samlKey', 'sealed', 'saml-key', 'id'],
  ['connection', 'sealed', 'connection', 'id'],
  ['recentSignIns', 'sealed', 'recent-sign-ins', 'applicationId'],
  ['mailboxTrouble', 'sealed', 'mailbox-trouble', 'accountId'],
  ['spool', 'sealed', 'spool', 'id'],
  ['delivery', 'sealed', 'delivery', 'id'],
  ['correspondent', 'sealed', 'correspondent', 'id'],
  ['relayRefusals', 'sealed', 'relay-refusals', 'applicationId'],
  ['destination', 'sealed', 'destination', 'tag'],
  ['mailKey', 'sealed', 'mail-key', 'selector'],
  ['accountLog', 'sealed', 'account-log', 'id'],
  ['profileRequest', 'sealed', 'profile-request', 'profileId'],
  ['profileLog', 'sealed', 'profile-log', 'id'],
  ['appeal', 'sealed', 'appeal', 'id'],
  ['quotaException', 'sealed', 'quota-exception', 'id'],
  ['caseFile', 'sealed', 'case', 'id'],
  ['profileInvitation', 'sealed', 'profile-invitation', 'id'],
  ['errand', 'sealed', 'errand', 'id'],
  ['unsealing', 'sealed', 'unsealing', 'id'],
  ['register', 'sealed', 'register', 'number'],
  ['legacyProfile', 'sealed', 'legacy-profile', 'nameKey'],
  ['legacyBatch', 'sealed', 'legacy-batch', 'id'],
  ['legacyTask', 'sealed', 'legacy-task', 'id'],
];

/**
 * Credentials are sealed for their account and kind, and those of which there are several for their row as well; old names
 * for their application, too.
 */
function contextOf(values: StolenRow['values'], column: string): string {
  const binding = String(values[column]);
  if (column === 'nameKey') return `${values['applicationId']} ${binding}`;
  if (column !== 'accountId' || values['kind'] === undefined) return binding;
  return values['kind'] === 'password' ? `${binding}:password` : `${binding}:${values['kind']}:${values['id']}`;
}

/** A smart host that is away: letters wait. */
const MAIL = { ALUCO_SMTP: 'smtp://127.0.0.1:9', ALUCO_MAIL_FROM: 'aluco@nest.example' };

describe.each(['sqlite', 'postgres'] as const)('a stolen copy of the tables on %s', (engine) => {
  let house: House;
  let services: [Service, Service];
  let wiki: Wiki;
  let made: { accounts: string[]; profiles: string[] };
  let copy: Copy;
  beforeAll(async () => {
    // What a password costs says nothing of what is stored.
    const hasher = makeHasher({ cost: { memoryCost: 64, timeCost: 2 } });
    let behind = 2 * 86_400_000;
    const now = () => Date.now() - behind;
    house = await openHouse({ engine, hasher, now, settings: { ALUCO_CONNECTION_MONTHS: '12', ...MAIL } });
    // Who looks behind profiles has been an administrator for a while.
    await addPerson(house.parts, 'odile');
    behind = 0;
    const settings = { client: { refreshTokens: true } };
    services = [await openService(house, 'Meadow', settings), await openService(house, 'Harbour', settings)];
    wiki = await openWiki(house, 'Wiki');
    // As the next one is prepared in time.
    await house.parts.saml.metadata();
    await house.parts.saml.prepareCertificate();
    made = await liveInACrowd(house, services, wiki);
    copy = await steal(house.parts.storage);
  }, 180_000);
  afterAll(async () => {
    for (const service of services) await service.close();
    await house.close();
  });

  test('has rows in every table that the life could fill', () => {
    const filled = new Set(copy.map(({ table }) => table));
    const empty = Object.keys(SIDES).filter((table) => !filled.has(table as keyof typeof SIDES));
    expect(empty).toEqual([]);
  });

  test('leads from no profile to another one or to an account', () => {
    expect(findPaths(copy)).toEqual([]);
    expect(findCrossings(copy)).toEqual([]);
  });

  test('leads nowhere either as it lies in a backup, in which no order of lines tells what was made after what', async () => {
    const backup = await stealBackup(house);
    for (const table of ['profile', 'profileLog', 'appeal', 'quotaException', 'caseFile', 'errand', 'holding'] as const)
      expect(backup.filter((row) => row.table === table).length, table).toBeGreaterThan(0);
    expect(findPaths(backup)).toEqual([]);
    expect(findCrossings(backup)).toEqual([]);
    expect(findExactTimes(backup)).toEqual([]);
    const order = backup.filter(({ table }) => table === 'profile').map(({ values }) => String(values['id']));
    expect(order).toEqual(order.toSorted());
    expect(order).toEqual(expect.arrayContaining(made.profiles));
  });

  test('tells no time better than by the hour, of a profile the day and of an account the month', () => {
    expect(findExactTimes(copy)).toEqual([]);
  });

  test('does not show by any size who has two profiles', () => {
    for (const [table, column] of [
      ['account', 'sealed'],
      ['credential', 'sealed'],
      ['invitation', 'sealed'],
      ['signUp', 'sealed'],
      ['session', 'sealed'],
      ['timeline', 'sealed'],
      ['holding', 'sealed'],
      ['profile', 'sealed'],
      ['profile', 'ownerSealed'],
      ['samlSession', 'sealed'],
      ['logoutMessage', 'sealed'],
      ['letter', 'sealed'],
      ['attempt', 'sealed'],
      ['connection', 'sealed'],
      ['recentSignIns', 'sealed'],
      ['mailboxTrouble', 'sealed'],
      ['spool', 'sealed'],
      ['delivery', 'sealed'],
      ['correspondent', 'sealed'],
      ['relayChoice', 'sealed'],
      ['relayRefusals', 'sealed'],
      ['destination', 'sealed'],
      ['accountLog', 'sealed'],
      ['profileRequest', 'sealed'],
      ['profileLog', 'sealed'],
      ['appeal', 'sealed'],
      ['quotaException', 'sealed'],
      ['caseFile', 'sealed'],
      ['profileInvitation', 'sealed'],
      ['errand', 'sealed'],
      ['unsealing', 'sealed'],
      ['register', 'sealed'],
      ['legacyTask', 'sealed'],
    ] as const) {
      // Of credentials each kind has a size of its own, for its kind stands beside it.
      const kinds = table === 'credential' ? ['password', 'totp', 'recovery-code'] : [undefined];
      for (const kind of kinds) {
        const alike = copy.filter(({ values }) => kind === undefined || values['kind'] === kind);
        expect(sizesOf(alike, table, column), `${table}.${column} ${kind ?? ''}`).toHaveLength(1);
      }
    }
  });

  test('shows of no two old names, free or taken back, that they are one person’s', async () => {
    const rows = copy.filter(({ table }) => table === 'legacyProfile').map(({ values }) => values);
    const ofPeople = /_of_old$/u;
    const [free, taken] = ['free', 'taken'].map((status) => rows.filter((row) => row['status'] === status));
    expect([free?.length, taken?.length]).toEqual([44, 6]);
    // Names of one address have tags of their own, and those that are taken back have none.
    const addresses = copy.filter(({ table }) => table === 'legacyAddress').map(({ values }) => values);
    const tags = addresses.map((row) => String(row['addressTag']));
    const keysOf = (some: readonly StolenRow['values'][] | undefined) =>
      new Set(some?.map((row) => `${row['applicationId']} ${row['nameKey']}`));
    expect([new Set(tags).size, keysOf(addresses)]).toEqual([44, keysOf(free)]);
    const told = copy.filter(({ table }) => table === 'legacyTold').map(({ values }) => String(values['addressTag']));
    // One letter for each address: 39 of strangers', those of Alix and Bruno, none for names that are taken back.
    expect([told.length, new Set(told).size]).toEqual([41, 41]);
    // By a tag that stood on both sides a second name of somebody would show: the one whose tag got no letter.
    expect(told.filter((tag) => tags.includes(tag))).toEqual([]);
    // Whatever a row has in common with another of its person, it has in common with those of strangers.
    const sizesOfRows = (some: readonly StolenRow['values'][] | undefined) =>
      new Set(some?.map((row) => String(row['sealed']).length));
    const strangers = free?.filter((row) => !ofPeople.test(String(row['name'])));
    expect(sizesOfRows(free)).toEqual(sizesOfRows(strangers));
    expect([sizesOfRows(free).size, sizesOfRows(taken).size]).toEqual([1, 1]);
    for (const row of taken ?? []) expect(row['takenDay']).toMatch(/^\d{4}-\d\d-\d\d$/u);
    // In the profiles they are as all others are, of a day and of one size.
    const profiles = copy.filter(({ table, values }) => table === 'profile' && ofPeople.test(String(values['name'])));
    expect(profiles).toHaveLength(6);
    for (const { values } of profiles) {
      expect(values).toMatchObject({ source: 'imported', status: 'active' });
      const row = taken?.find(({ name }) => name === values['name']);
      const shared = Object.entries(values).filter(([column, value]) => value !== null && row?.[column] === value);
      expect(shared.map(([column]) => column).toSorted()).toEqual(['applicationId', 'name', 'nameKey']);
    }
  });

  test('keeps of a name that was taken back neither the old password nor the address, even for who has the key', () => {
    const opened = copy
      .filter(({ table, values }) => table === 'legacyProfile' && values['status'] === 'taken')
      .map(({ values }) => {
        const context = contextOf(values, 'nameKey');
        return house.parts.seals.open('legacy-profile', context, String(values['sealed']));
      });
    expect(opened).toHaveLength(6);
    for (const text of opened) {
      expect(text).toContain('"seed"');
      expect(text).not.toMatch(/\$2a|@|alix|bruno|scheme/u);
      for (const id of made.accounts) expect(text).not.toContain(id);
    }
  });

  test('holds no sealed value twice', () => {
    const sealed = copy.flatMap(({ values }) => [values['sealed'], values['ownerSealed']]).filter(Boolean);
    expect(new Set(sealed).size).toBe(sealed.length);
  });

  test('opens no value in another row, nor for another purpose', () => {
    const { seals } = house.parts;
    for (const [table, column, purpose, context] of SEALED) {
      const [first, second] = copy
        .filter((row) => row.table === table)
        .map(({ values }) => [contextOf(values, context), String(values[column])] as const);
      expect(first, table).toBeDefined();
      if (first === undefined) continue;
      expect(seals.open(purpose, first[0], first[1])).not.toBe('');
      expect(() => seals.open(purpose, second?.[0] ?? 'elsewhere', first[1]), table).toThrow('does not open');
      expect(() => seals.open('check', first[0], first[1]), table).toThrow('does not open');
    }
  });

  test('names nobody in what is noted of the last sign-ins, even to who has the key', () => {
    const opened = copy
      .filter(({ table }) => table === 'recentSignIns')
      .map(({ values }) =>
        house.parts.seals.open('recent-sign-ins', String(values['applicationId']), String(values['sealed'])),
      )
      .join('\n');
    expect(opened).toContain('"outcome":"succeeded"');
    const values = copy
      .filter(({ table }) => SIDES[table] !== 'neither')
      .flatMap((row) => Object.values(row.values))
      .filter((value): value is string => typeof value === 'string' && value.length > 5);
    const named = [...values, 'alix', 'bruno', 'magpie_oaktree', '127.0.0.1'].filter((value) => opened.includes(value));
    const applications = [...services, wiki].map(({ application }) => application.id);
    expect(named.filter((value) => !applications.includes(value))).toEqual([]);
    expect([...opened.matchAll(/"at":(\d+)/gu)].every(([, at]) => Number(at) % 60_000 === 0)).toBe(true);
  });

  test('holds a row for each session of a service provider, which says of nobody whose it is', () => {
    const rows = copy.filter(({ table }) => table === 'samlSession').map(({ values }) => values);
    const contents = rows.map(({ idHash, sealed }) => {
      const opened = house.parts.seals.open('saml-session', String(idHash), String(sealed));
      return JSON.parse(opened) as { uid: string; nameIds: { value: string }[] };
    });
    // Of each of the two, one browser that came three times and three that came once.
    expect(rows).toHaveLength(8);
    expect(new Set(contents.map(({ uid }) => uid)).size).toBe(8);
    const clear = rows.map((row) => JSON.stringify({ ...row, sealed: '' })).join('\n');
    const others = copy
      .filter(({ table }) => !['samlSession', 'lease', 'meta'].includes(table))
      .flatMap(({ values }) => Object.values(values))
      .filter((value): value is string => typeof value === 'string' && value.length > 5);
    expect(others.filter((value) => clear.includes(value))).toEqual([]);
    for (const { uid, nameIds } of contents) {
      for (const secret of [uid, ...nameIds.map(({ value }) => value)]) expect(clear.includes(secret)).toBe(false);
    }
  });

  test('has no identifier that grows with time', () => {
    const column = (ids: readonly string[], name: string) => {
      const rows = new Map(copy.filter(({ table }) => table === 'profile').map(({ values }) => [values['id'], values]));
      return ids.map((id) => String(rows.get(id)?.[name]));
    };
    for (const [what, ids] of Object.entries({
      account: made.accounts,
      profile: made.profiles,
      subject: column(made.profiles, 'subject'),
      alias: column(made.profiles, 'aliasLocal'),
    })) {
      expect(ids).toHaveLength(30);
      expect(Math.abs(agreement(ids)), what).toBeLessThan(0.9);
    }
    expect(agreement(made.profiles.toSorted())).toBe(1);
  });

  test('would betray an owner tag in the profile row, an id in a journey, an exact time and a size, if they were there', async () => {
    const { storage, seals } = house.parts;
    const { profile, transient, token, holding, connection, samlSession } = storage.tables;
    const accountId = made.accounts[0] ?? '';
    const [one, two] = made.profiles as [string, string];
    const session = copy.find(({ table }) => table === 'session')?.values;
    const told = String(copy.find(({ table }) => table === 'samlSession')?.values['idHash']);
    await storage.write(async (tx) => {
      const ownerSealed = String(session?.['accountTag']);
      await tx.update(profile).set({ ownerSealed }).where(eq(profile.id, one));
      await tx
        .update(profile)
        .set({ ownerSealed: seals.tag('account', accountId) })
        .where(eq(profile.id, two));
      await tx.update(transient).set({ sealed: `{"profileId":"${two}"}` });
      await tx.update(token).set({ expiresHour: 1_763_715_901_000 });
      await tx.update(connection).set({ day: 1_763_715_601_000 });
      await tx
        .update(samlSession)
        .set({ sealed: seals.seal('saml-session', '', two) })
        .where(eq(samlSession.idHash, told));
      await tx
        .update(samlSession)
        .set({ idHash: String(session?.['uidHash']) })
        .where(eq(samlSession.idHash, told));
      await tx
        .update(holding)
        .set({ sealed: seals.seal('holding', '', '{}') })
        .where(eq(holding.tag, String(copy.find(({ table }) => table === 'holding')?.values['tag'])));
    });
    const spoiled = await steal(storage);
    expect(findCrossings(spoiled)).toEqual(
      expect.arrayContaining([
        'profile.ownerSealed stands in session.accountTag',
        'session.accountTag stands in profile.ownerSealed',
        'profile.id stands in transient.sealed',
        'session.uidHash stands in samlSession.idHash',
      ]),
    );
    expect(findPaths(spoiled).some((path) => path.includes('account') || path.includes('session'))).toBe(true);
    expect(findExactTimes(spoiled)).toEqual(['connection.day', 'token.expiresHour']);
    for (const table of ['holding', 'samlSession'] as const) expect(sizesOf(spoiled, table, 'sealed').length).toBe(2);
  });
});

test('an SQLite file keeps its rows in the order of their keys, not of their making', async () => {
  const house = await openHouse();
  const service = await openService(house, 'Meadow');
  try {
    const { id } = await addPerson(house.parts, 'alix');
    const made: string[] = [];
    for (const name of ['heron', 'sparrow', 'magpie', 'jackdaw', 'swift']) {
      made.push((await house.parts.profiles.create(id, service.application, { name, note: '' })).id);
    }
    const file = new Database(path.join(house.environment['ALUCO_DATA'] ?? '', 'aluco.sqlite'), { readonly: true });
    const tables = file.pragma('table_list') as { name: string; type: string; wr: number }[];
    const ours = tables.filter(({ name }) => !name.startsWith('sqlite_'));
    expect(ours.length).toBeGreaterThan(Object.keys(SIDES).length);
    expect(ours.filter(({ wr }) => wr !== 1)).toEqual([]);
    const stored = file.prepare('SELECT * FROM profile').all() as { id: string }[];
    file.close();
    expect(stored.map((row) => row.id)).toEqual(made.toSorted());
  } finally {
    await service.close();
    await house.close();
  }
});
