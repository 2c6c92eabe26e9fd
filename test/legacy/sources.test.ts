import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import { makeHasher } from '../../src/accounts/hashing.ts';
import type { Application } from '../../src/applications/applications.ts';
import { openTable } from '../../src/legacy/reading/table.ts';
import { RowProblem, type LegacyRow } from '../../src/legacy/row.ts';
import { sourceOf } from '../../src/legacy/sources/sources.ts';
import type { Source } from '../../src/legacy/sources/source.ts';
import { openService, signIn, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { openWiki, signInAt, type Wiki } from '../service-provider.ts';
import { makeVisitor } from '../visitor.ts';
import { isHere, openSide } from './application-side.ts';
import { openDocumented, type Documented } from './documented.ts';
import { hasMariadb, openMariadb, type Mariadb } from './mariadb-side.ts';
import type { OtherSide } from './other-side.ts';
import { OLD_PASSWORD, TOWNS, type Told, type Town } from './towns.ts';

const NETWORK = '192.0.2.1';

/** The first town of each application: few enough that wrong passwords, which are counted, stay within what is allowed. */
const isFirst = (town: Town): boolean => TOWNS.find(({ source }) => source === town.source) === town;

async function readBy({ columns, read }: Source, file: string): Promise<LegacyRow[]> {
  const rows: LegacyRow[] = [];
  const table = await openTable(createReadStream(file), columns);
  for await (const entries of table.entries) {
    for (const { cells } of entries) {
      if (cells instanceof RowProblem) throw cells;
      rows.push(read(cells));
    }
  }
  return rows;
}

const saidOf = ({ name, key, address, hash, confirmed, blocked, secondFactor }: LegacyRow) => [
  name,
  key,
  address,
  ...(hash === undefined ? [] : ['password']),
  ...(confirmed ? ['confirmed'] : []),
  ...(blocked ? ['blocked'] : []),
  ...(secondFactor ? ['second factor'] : []),
];

const titleOf = ({ source, engine, protocol, answers }: Town): string => {
  const match = source.id === 'peertube' ? `, by ${answers?.({ clientId: '' })['match'] ?? ''}` : '';
  return `${source.name} on ${engine} by ${protocol}${match}`;
};

let house: House;
let alix: Account;
let mariadb: Mariadb | undefined;

beforeAll(async () => {
  house = await openHouse({
    hasher: makeHasher({ cost: { memoryCost: 64, timeCost: 2 } }),
    // No relay is written to here: only whether there is one is asked.
    settings: { ALUCO_SMTP: 'smtp://127.0.0.1:9', ALUCO_MAIL_FROM: 'aluco@id.example', ALUCO_RELAY: '127.0.0.1:0' },
  });
  alix = await addPerson(house.parts, 'alix');
  if (hasMariadb) mariadb = await openMariadb();
});
afterAll(async () => {
  await mariadb?.close();
  await house?.close();
});

/** The application as it is known here, and how alix signs in there with her old name. */
type Entry = {
  readonly application: Application;
  readonly clientId: string;
  readonly come: (name: string) => Promise<Told>;
  readonly close: () => Promise<void>;
};

const enterBy = {
  async oidc(name: string): Promise<Entry> {
    const service: Service = await openService(house, name);
    const clientId = service.client.id;
    return {
      application: service.application,
      clientId,
      async come(profile) {
        const { userinfo } = await signIn(makeVisitor(service.isHome), service, { person: 'alix', profile });
        const { email } = userinfo;
        return { sub: userinfo.sub, name: String(userinfo.preferred_username), email, clientId };
      },
      close: () => service.close(),
    };
  },
  async saml(name: string): Promise<Entry> {
    const wiki: Wiki = await openWiki(house, name);
    return {
      application: wiki.application,
      clientId: wiki.provider.id,
      async come(profile) {
        const { xml } = await signInAt(makeVisitor(wiki.isHome), wiki, { person: 'alix', profile });
        const valueOf = (pattern: RegExp): string => pattern.exec(xml)?.[1] ?? '';
        return {
          sub: valueOf(/<saml:NameID[^>]*>([^<]*)</u),
          name: valueOf(/Name="uid"[^>]*><saml:AttributeValue[^>]*>([^<]*)</u),
          email: valueOf(/Name="email"[^>]*><saml:AttributeValue[^>]*>([^<]*)</u),
          clientId: wiki.provider.id,
        };
      },
      close: async () => undefined,
    };
  },
};

/** What the list of people is called, as the program calls it. */
const listOf = ({ source, engine }: Town): string => `${source.id}.${engine === 'mysql' ? 'jsonl' : 'csv'}`;

/** The page with a shell in which everything is set that it says to set. */
async function openPage(town: Town, side: OtherSide, application: Application): Promise<Documented> {
  const { source, engine, protocol, database = 'other', secrets = {}, more = '' } = town;
  const page = await openDocumented('moving-in/others.md', house.environment, {
    commands: { mysql: `mariadb --no-defaults --socket=${mariadb?.socket ?? ''}` },
  });
  const files = Object.entries(secrets).map(([name, secret]) => [`--${name}-file ${name}`, name, secret] as const);
  for (const [, name, secret] of files) await writeFile(path.join(page.folder, name), `${secret}\n`);
  page.set('APPLICATION', application.id);
  page.set('SOURCE', source.id);
  page.set('ENGINE', engine);
  page.set('LIST', listOf(town));
  page.set('DATABASE', engine === 'mysql' ? database : side.address);
  page.set('SECRETS', files.map(([words]) => words).join(' '));
  page.set('MORE', protocol === 'saml' ? `--protocol saml ${more}` : more);
  return page;
}

describe.each(TOWNS.map((town) => ({ title: titleOf(town), town })))('the people of $title', ({ town }) => {
  const { source, engine, protocol, people, prepare, opens, address } = town;
  const [old = ['', '', undefined]] = people;
  let side: OtherSide;
  let entry: Entry;
  let page: Documented;

  beforeEach(async () => {
    if (!isHere[engine]) return;
    side = await openSide(town, mariadb);
    entry = await enterBy[protocol](titleOf(town));
    page = await openPage(town, side, entry.application);
    await prepare?.(side, house.parts.config.ALUCO_URL);
  }, 120_000);
  afterEach(async () => {
    await page?.close();
    await entry?.close();
    await side?.close();
  });

  /** Runs a file in the application's database, as the page says. */
  function run(file: string): Promise<string> {
    page.set('FILE', file);
    return page.run(`run ${engine}`);
  }

  test.skipIf(!isHere[engine])(
    'are read out of its tables, imported, told to it, and one of them signs in with her old name, as docs/moving-in/others.md tells',
    async () => {
      const before = await side.dump();
      const { legacy } = house.parts;
      await page.run('export');
      await page.run(`read ${engine}`);
      expect(await side.dump()).toBe(before);
      const rows = await readBy(source, path.join(page.folder, listOf(town)));
      expect(rows.map(saidOf).toSorted()).toEqual(people.map((person) => [...person]).toSorted());

      expect(sourceOf(source.id)).toBe(source);
      const said = await page.run('import');
      expect(said).toMatch(new RegExp(`^${people.length} names can be imported, of `, 'mu'));
      const [batch] = await legacy.batches.list(entry.application.id);
      expect(batch).toMatchObject({ status: 'done', tally: { names: people.length, rejected: 0 } });

      const isLinked = source.link[engine] !== undefined;
      if (isLinked) {
        await page.run('link');
        await run('link.sql');
        const once = await side.dump();
        expect(once).not.toBe(before);
        await run('link.sql');
        expect(await side.dump()).toBe(once);
      } else {
        await expect(page.run('link')).rejects.toThrow(source.name);
        expect(source.linkNote).toBeDefined();
      }

      const [name] = old;
      const given = { name, password: OLD_PASSWORD, network: NETWORK };
      if (isFirst(town)) {
        const wrong = legacy.reclaim.withPassword(alix.id, entry.application, { ...given, password: 'not this one' });
        await expect(wrong).rejects.toMatchObject({ code: 'old_name_wrong' });
      }
      const profile = await legacy.reclaim.withPassword(alix.id, entry.application, given);
      expect(profile).toMatchObject({ name, status: 'active', source: 'imported' });

      if (address !== undefined) {
        await legacy.reclaim.agreeToMove(alix.id, profile.id, true);
        await page.run('move');
        await run('move.sql');
        await run('move.sql');
      }

      const told = await entry.come(name);
      expect(told.name).toBe(name);
      expect(String(await opens(side, told))).toBe(old[1]);
      if (address !== undefined) {
        const [[known] = []] = (await side.query(address)).map((row) => Object.values(row));
        expect(told.email).toMatch(/@relay\.example$/u);
        expect(known).toBe(told.email);
      }

      // The newest things are taken back first.
      if (address !== undefined) await run('unmove.sql');
      if (isLinked) await run('unlink.sql');
      expect(await side.dump()).toBe(before);
    },
    120_000,
  );
});
