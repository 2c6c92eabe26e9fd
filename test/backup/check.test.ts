import { eq } from 'drizzle-orm';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findTwins } from '../../src/storage/findings.ts';
import { openStorage } from '../../src/storage/open.ts';
import { makeSeals, type Purpose, type Seals } from '../../src/storage/seal.ts';
import type { Db, Storage } from '../../src/storage/storage.ts';
import type { Tables } from '../../src/storage/tables.ts';
import { addApp } from '../authenticator.ts';
import { PEOPLE } from '../people.ts';
import { aluco, newPlace, removePlace, rowsOf, settle, withParts, type Place } from './places.ts';

describe.each(['sqlite', 'postgres'] as const)('aluco check on %s', (engine) => {
  let place: Place;
  let ids: Record<'alix' | 'bruno' | 'heron' | 'sparrow' | 'swift' | 'meadow' | 'harbour', string>;
  beforeAll(async () => {
    place = await newPlace(engine);
    await withParts(place, async (parts) => {
      const [meadow, harbour] = await settle(parts);
      const profile = async (name: string): Promise<string> => {
        const { profile: table } = parts.storage.tables;
        const [row] = await parts.storage.read.select().from(table).where(eq(table.name, name));
        return row?.id ?? '';
      };
      ids = {
        alix: (await parts.accounts.findByLogin('alix'))?.id ?? '',
        bruno: (await parts.accounts.findByLogin('bruno'))?.id ?? '',
        heron: await profile('heron'),
        sparrow: await profile('sparrow'),
        swift: await profile('swift'),
        meadow: meadow?.id ?? '',
        harbour: harbour?.id ?? '',
      };
    });
  });
  afterAll(() => removePlace(place));

  const check = () => aluco(place, 'check');

  /** The database itself: what is broken may keep the parts from being made. */
  async function withTables<T>(work: (ground: { storage: Storage; seals: Seals }) => Promise<T>): Promise<T> {
    const { ALUCO_DATABASE = '', ALUCO_DATA = '', ALUCO_MASTER_KEY = '' } = place.environment;
    const storage = await openStorage(ALUCO_DATABASE, ALUCO_DATA);
    try {
      return await work({ storage, seals: makeSeals([Buffer.from(ALUCO_MASTER_KEY, 'base64url')]) });
    } finally {
      await storage.close();
    }
  }

  /** Breaks something, checks, and mends it by putting back every row of the tables. */
  async function checkBroken(
    breakIt: (tx: Db, ground: { storage: Storage; seals: Seals }) => Promise<unknown>,
    ...tables: (keyof Tables)[]
  ) {
    const mend = await withTables(async (ground) => {
      const { read, tables: all } = ground.storage;
      const kept: [keyof Tables, unknown[]][] = [];
      for (const name of tables) kept.push([name, await read.select().from(all[name])]);
      await ground.storage.write(async (tx) => void (await breakIt(tx, ground)));
      return () =>
        withTables(({ storage }) =>
          storage.write(async (tx) => {
            for (const [name, rows] of kept) {
              await tx.delete(storage.tables[name]);
              for (const row of rows) await tx.insert(storage.tables[name]).values(row as never);
            }
          }),
        );
    });
    const result = await check();
    await mend();
    expect((await check()).said).toEqual(['Everything holds together.']);
    return result;
  }

  test('finds nothing where nothing is wrong, and writes nothing', async () => {
    const before = await rowsOf(place);
    const names = engine === 'sqlite' ? await readdir(place.environment['ALUCO_DATA'] ?? '') : [];
    expect(await check()).toEqual({ status: 0, said: ['Everything holds together.'], complained: [] });
    expect(await rowsOf(place)).toEqual(before);
    if (engine === 'sqlite') expect(await readdir(place.environment['ALUCO_DATA'] ?? '')).toEqual(names);
  });

  test('finds a profile that nobody holds, and one that is held by two', async () => {
    const result = await checkBroken(async (tx, { storage, seals }) => {
      const { holding } = storage.tables;
      const tag = seals.tag('holding', ids.alix, ids.meadow);
      const bruno = seals.tag('holding', ids.bruno, ids.harbour);
      const held = (accountId: string, applicationId: string, profiles: string[]) =>
        JSON.stringify({ accountId, applicationId, profiles: profiles.map((id) => ({ id })), deletedDays: [] });
      await tx
        .update(holding)
        .set({ sealed: seals.sealPadded('holding', tag, held(ids.alix, ids.meadow, [ids.heron]), 1024) })
        .where(eq(holding.tag, tag));
      await tx
        .update(holding)
        .set({ sealed: seals.sealPadded('holding', bruno, held(ids.bruno, ids.harbour, [ids.swift, ids.heron]), 1024) })
        .where(eq(holding.tag, bruno));
    }, 'holding');
    expect(result.status).toBe(1);
    expect(result.said.toSorted()).toEqual([
      `1 profiles that are held by somebody else, or at another application: ${ids.heron}`,
      `1 profiles that their owner does not hold: ${ids.sparrow}`,
    ]);
  });

  test('finds owners that are gone, without naming them beside their profiles', async () => {
    const { status, said } = await checkBroken(
      (tx, { storage }) => tx.delete(storage.tables.account).where(eq(storage.tables.account.id, ids.bruno)),
      'account',
    );
    expect(status).toBe(1);
    expect(said.map((line) => line.replace(/: .*/u, '')).toSorted()).toEqual([
      '1 holdings without an account',
      '1 passwords and factors without an account',
      '1 profiles whose owner is not there',
    ]);
    expect(said).toContain(`1 profiles whose owner is not there: ${ids.swift}`);
  });

  test('finds what does not open, wherever it stands', async () => {
    const spoil = (sealed: string): string => `${sealed.slice(0, -4)}AAAA`;
    const { status, said } = await checkBroken(
      async (tx, { storage }) => {
        const { account, credential, holding, profile, timeline, signingKey } = storage.tables;
        for (const row of await tx.select().from(account)) {
          if (row.id === ids.alix) {
            await tx
              .update(account)
              .set({ sealed: spoil(row.sealed) })
              .where(eq(account.id, row.id));
          }
        }
        const [secret] = await tx.select().from(credential).where(eq(credential.accountId, ids.bruno));
        await tx
          .update(credential)
          .set({ sealed: spoil(secret?.sealed ?? '') })
          .where(eq(credential.id, secret?.id ?? ''));
        const [held] = await tx.select().from(holding);
        await tx
          .update(holding)
          .set({ sealed: spoil(held?.sealed ?? '') })
          .where(eq(holding.tag, held?.tag ?? ''));
        const [key] = await tx.select().from(signingKey);
        await tx
          .update(signingKey)
          .set({ sealed: spoil(key?.sealed ?? '') })
          .where(eq(signingKey.kid, key?.kid ?? ''));
        await tx.update(timeline).set({ sealed: 'nothing' });
        const [one] = await tx.select().from(profile).where(eq(profile.id, ids.swift));
        await tx
          .update(profile)
          .set({ sealed: spoil(one?.sealed ?? ''), ownerSealed: spoil(one?.ownerSealed ?? '') })
          .where(eq(profile.id, ids.swift));
      },
      'account',
      'credential',
      'holding',
      'profile',
      'timeline',
      'signingKey',
    );
    expect(status).toBe(1);
    for (const words of [
      `1 accounts that do not open: ${ids.alix}`,
      `1 accounts whose history does not open: ${ids.alix}`,
      `1 profiles that do not open: ${ids.swift}`,
      `1 profiles whose owner does not open: ${ids.swift}`,
    ]) {
      expect(said).toContain(words);
    }
    for (const words of [
      'passwords and factors that do not open',
      'holdings that do not open',
      'signing keys that do not open',
    ]) {
      expect(said.filter((line) => line.includes(words))).toHaveLength(1);
    }
  });

  test('finds what is written down about accounts and profiles and does not open, each by the id of its row', async () => {
    const at = { applicationId: ids.meadow, profileId: ids.heron };
    const day = '2026-11-21';
    const { said } = await checkBroken(
      async (tx, { storage: { tables }, seals }) => {
        // In each table a row that is as it should be, and one whose words were sealed for another row.
        for (const [number, id] of ['1', '2'].entries()) {
          const sealed = (purpose: Purpose): string => seals.seal(purpose, '1', '{}');
          const about = { id, ...at };
          const state = { status: 'open', day };
          await tx.insert(tables.accountLog).values({ id, accountTag: 'x', day: 0, sealed: sealed('account-log') });
          await tx.insert(tables.profileLog).values({ ...about, day, sealed: sealed('profile-log') });
          await tx.insert(tables.appeal).values({ ...about, ...state, sealed: sealed('appeal') });
          await tx.insert(tables.quotaException).values({ ...about, sealed: sealed('quota-exception') });
          await tx.insert(tables.caseFile).values({ ...about, ...state, sealed: sealed('case') });
          const link = { id, applicationId: ids.meadow, tokenHash: id, expiresHour: 0 };
          await tx.insert(tables.profileInvitation).values({ ...link, sealed: sealed('profile-invitation') });
          await tx.insert(tables.errand).values({ id, dueHour: 0, sealed: sealed('errand') });
          const wish = { id, status: 'asked', expiresHour: 0, sealed: sealed('unsealing') };
          await tx.insert(tables.unsealing).values(wish);
          await tx.insert(tables.register).values({ number: number + 1, hash: 'x', sealed: sealed('register') });
        }
      },
      'accountLog',
      'profileLog',
      'appeal',
      'quotaException',
      'caseFile',
      'profileInvitation',
      'errand',
      'unsealing',
      'register',
    );
    expect(said.toSorted()).toEqual([
      '1 appeals that do not open: 2',
      '1 cases that do not open: 2',
      '1 entries in the log of accounts that do not open: 2',
      '1 entries in the log of profiles that do not open: 2',
      '1 entries in the register that do not open: 2',
      '1 exceptions to a number of profiles that do not open: 2',
      '1 links for a profile that do not open: 2',
      '1 things to be done later that do not open: 2',
      '1 unsealings that do not open: 2',
    ]);
  });

  test('finds a factor that does not open, and an account that would be let in without the one it has', async () => {
    const bruno = await withParts(place, async (parts) => {
      await addApp(parts, { id: ids.bruno, loginName: 'bruno' }, Date.now());
      return (await parts.accounts.secondFactors.of(ids.bruno)).totp[0]?.id;
    });
    const { status, said } = await checkBroken(async (tx, { storage }) => {
      const { credential } = storage.tables;
      await tx
        .update(credential)
        .set({ kind: 'passkey' })
        .where(eq(credential.id, bruno ?? ''));
    }, 'credential');
    expect([status, said]).toEqual([1, [`1 passwords and factors that do not open: ${bruno}`]]);
    const gone = await checkBroken(
      (tx, { storage }) => tx.delete(storage.tables.credential).where(eq(storage.tables.credential.kind, 'totp')),
      'credential',
    );
    expect(gone.said).toEqual([
      `1 accounts that are asked for a second factor they do not have, or not for the one they have: ${ids.bruno}`,
    ]);
  });

  test('finds names that could be given to somebody else, and a name that is compared in another form', async () => {
    const { said } = await checkBroken(
      async (tx, { storage }) => {
        const { nameTaken, loginTaken, profile } = storage.tables;
        await tx.delete(nameTaken).where(eq(nameTaken.shape, 'heron'));
        await tx.delete(loginTaken);
        await tx.update(profile).set({ nameKey: 'SPARROW' }).where(eq(profile.id, ids.sparrow));
        await tx.insert(nameTaken).values({ applicationId: 'nowhere', shape: 'x' });
      },
      'nameTaken',
      'loginTaken',
      'profile',
    );
    expect(said.toSorted()).toEqual([
      '1 applications that are not there and have names taken: nowhere',
      `1 profiles whose name could be given to somebody else: ${ids.heron}`,
      `1 profiles whose name is compared in another form: ${ids.sparrow}`,
      expect.stringMatching(/^4 accounts whose login name could be given to somebody else: (\S+ ?){4}$/u),
    ]);
  });

  test('finds members, clients, passwords and settings that belong to nothing', async () => {
    const { said } = await checkBroken(
      async (tx, { storage, seals }) => {
        const { application, client, credential, groupDelegate, groupMember, moderator, timeline } = storage.tables;
        await tx.insert(groupMember).values({ groupId: 'gone', accountId: ids.alix });
        await tx.insert(groupMember).values({ groupId: 'gone', accountId: 'nobody' });
        await tx.insert(groupDelegate).values({ groupId: 'gone', accountId: ids.alix });
        await tx.insert(moderator).values({ applicationId: ids.meadow, accountId: 'nobody', digest: 'daily' });
        await tx.insert(client).values({ id: 'lost', applicationId: 'nowhere', settings: '{' });
        await tx.insert(credential).values({ id: 'stray', accountId: 'nobody', kind: 'password', sealed: 'x' });
        await tx.insert(timeline).values({ accountTag: seals.tag('account', 'timeline', 'nobody'), sealed: 'x' });
        const [row] = await tx.select().from(application).where(eq(application.id, ids.meadow));
        const settings = {
          ...(JSON.parse(row?.settings ?? '') as object),
          entry: { kind: 'groups', groups: ['gone'] },
        };
        await tx
          .update(application)
          .set({ settings: JSON.stringify(settings) })
          .where(eq(application.id, ids.meadow));
      },
      'groupDelegate',
      'groupMember',
      'moderator',
      'client',
      'credential',
      'timeline',
      'application',
    );
    expect(said.toSorted()).toEqual([
      `1 accounts that are not there and are in a group: nobody`,
      `1 applications that let in a group which is not there: ${ids.meadow}`,
      '1 clients whose settings cannot be read: lost',
      '1 clients without an application: lost',
      '1 histories without an account',
      '1 passwords and factors without an account: stray',
      `2 accounts or groups that are not there, of people who moderate or look after a group: ${ids.alix} nobody`,
      '2 groups that are not there and have members: gone gone',
    ]);
  });

  test('tells of names that look alike, which is no fault', async () => {
    await withParts(place, async ({ profiles, applications }) => {
      await profiles.create(ids.bruno, await applications.get(ids.harbour), { name: 'robin', note: '' });
    });
    const { status, said } = await checkBroken(async (tx, { storage }) => {
      const { profile } = storage.tables;
      await tx.update(profile).set({ name: 'sw1ft', nameKey: 'sw1ft' }).where(eq(profile.name, 'robin'));
    }, 'profile');
    expect(status).toBe(0);
    expect(said[0]).toMatch(/^note: 2 profiles of one application whose names look alike: /u);
  });

  test('never puts an account and a profile into one line', async () => {
    const { said } = await checkBroken(
      async (tx, { storage }) => {
        await tx.delete(storage.tables.holding);
        await tx.delete(storage.tables.account);
      },
      'holding',
      'account',
    );
    const rows = await rowsOf(place);
    const named = (table: string, line: string): boolean =>
      (rows[table] ?? []).some(([id]) => line.includes(String(id)));
    expect(said.length).toBeGreaterThan(2);
    for (const line of said) expect(named('account', line) && named('profile', line), line).toBe(false);
    expect(said.join('\n')).not.toContain(PEOPLE.alix.mailbox);
  });

  test('refuses a key that is not the database’s, before it reads anything', async () => {
    const other = {
      environment: { ...place.environment, ALUCO_MASTER_KEY: Buffer.alloc(32, 3).toString('base64url') },
    };
    const { status, complained } = await aluco(other, 'check');
    expect(status).toBe(78);
    expect(complained[0]).toContain('does not belong to this database');
  });
});

test('a damaged SQLite file is told', async () => {
  const place = await newPlace('sqlite');
  await withParts(place, settle);
  const file = path.join(place.environment['ALUCO_DATA'] ?? '', 'aluco.sqlite');
  const database = new Database(file);
  // The index by which subjects stand once no longer knows of one.
  database.unsafeMode(true);
  database.pragma('writable_schema = ON');
  const root = database.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'profile_subject'").pluck().get();
  const size = Number(database.pragma('page_size', { simple: true }));
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
  const bytes = await readFile(file);
  bytes.writeUInt16BE(2, (Number(root) - 1) * size + 3);
  await writeFile(file, bytes);
  const { status, said } = await aluco(place, 'check');
  expect(status).toBe(1);
  expect(said[0]).toContain('the engine finds its file damaged');
  await removePlace(place);
});

test('twins are found among any number of texts, in shares that fit', async () => {
  const texts = Array.from({ length: 5000 }, (_, number) => `text ${number % 4990}`);
  const all = async function* (): AsyncGenerator<string[]> {
    for (let from = 0; from < texts.length; from += 100) yield texts.slice(from, from + 100);
  };
  for (const atOnce of [10_000, 700]) {
    const twins: string[] = [];
    await findTwins(
      texts.length,
      all,
      (text) => text,
      (text) => twins.push(text),
      atOnce,
    );
    expect(twins.toSorted()).toEqual(
      Array.from({ length: 10 }, (_, number) => [`text ${number}`, `text ${number}`]).flat(),
    );
  }
});
