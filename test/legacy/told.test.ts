import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../src/config.ts';
import { mastodon } from '../../src/legacy/sources/mastodon.ts';
import { pixelfed } from '../../src/legacy/sources/pixelfed.ts';
import type { Engine, Linked, LinkOptions, Script, Source } from '../../src/legacy/sources/source.ts';
import { fc } from '../properties.ts';
import { hasMariadb, openMysqlSide } from './mariadb-side.ts';
import { hasPsql, openPostgresSide, type OtherSide } from './other-side.ts';

type Side = {
  readonly title: string;
  readonly source: Source;
  readonly engine: Engine;
  readonly isHere: boolean;
  readonly open: () => Promise<OtherSide>;
  /** Who signs in with which id there, by the number of the account. */
  readonly identities: string;
  /** Puts a person there. */
  readonly add: (side: OtherSide, id: number, name: string) => Promise<unknown>;
  readonly addIdentity: (side: OtherSide, id: number, uid: string) => Promise<unknown>;
};

const addToPixelfed =
  (mark: (place: number) => string) =>
  (side: OtherSide, id: number, name: string): Promise<unknown> =>
    side.query(`INSERT INTO users (id, username, email, password) VALUES (${mark(1)}, ${mark(2)}, ${mark(3)}, 'x')`, [
      id,
      name,
      `person${id}@home.example`,
    ]);

const SIDES: Side[] = [
  {
    title: 'Mastodon on PostgreSQL',
    source: mastodon,
    engine: 'postgres',
    isHere: hasPsql,
    open: () => openPostgresSide('mastodon-schema.sql'),
    identities: "SELECT user_id, uid FROM identities WHERE provider = 'openid_connect' ORDER BY user_id",
    async add(side, id, name) {
      await side.query('INSERT INTO accounts (id, username, created_at, updated_at) VALUES ($1, $2, now(), now())', [
        1000 + id,
        name,
      ]);
      await side.query(
        'INSERT INTO users (id, account_id, email, created_at, updated_at) VALUES ($1, $2, $3, now(), now())',
        [id, 1000 + id, `person${id}@home.example`],
      );
    },
    addIdentity: (side, id, uid) =>
      side.query(
        "INSERT INTO identities (provider, uid, user_id, created_at, updated_at) VALUES ('openid_connect', $1, $2, now(), now())",
        [uid, id],
      ),
  },
  {
    title: 'Pixelfed on PostgreSQL',
    source: pixelfed,
    engine: 'postgres',
    isHere: hasPsql,
    open: () => openPostgresSide('pixelfed-schema.postgres.sql'),
    identities: 'SELECT user_id, oidc_id AS uid FROM user_oidc_mappings ORDER BY user_id',
    add: addToPixelfed((place) => `$${place}`),
    addIdentity: (side, id, uid) =>
      side.query('INSERT INTO user_oidc_mappings (oidc_id, user_id) VALUES ($1, $2)', [uid, id]),
  },
  {
    title: 'Pixelfed on MySQL',
    source: pixelfed,
    engine: 'mysql',
    isHere: hasMariadb,
    open: () => openMysqlSide('pixelfed-schema.mysql.sql'),
    identities: 'SELECT user_id, oidc_id AS uid FROM user_oidc_mappings ORDER BY user_id',
    add: addToPixelfed(() => '?'),
    addIdentity: (side, id, uid) =>
      side.query('INSERT INTO user_oidc_mappings (oidc_id, user_id) VALUES (?, ?)', [uid, id]),
  },
];

const OPTIONS: LinkOptions = { protocol: 'oidc', issuer: 'https://id.example', uid: 'subject', answers: {} };

const linked = (id: number, name: string): Linked => ({
  name,
  key: String(id),
  subject: `subject of ${name}`,
  alias: `alias${id}@relay.example`,
});

const written = ({ begin, row, end }: Script, people: readonly Linked[], options = OPTIONS): string =>
  [
    ...begin(options),
    ...(row === undefined ? [] : people.flatMap((person) => row(person, options))),
    ...end(options),
  ].join('\n');

describe.each(SIDES)(
  '$title is told whose its accounts are',
  ({ source, engine, isHere, open, identities, add, addIdentity }) => {
    let side: OtherSide;
    const link = source.link[engine];
    const move = source.move[engine];
    if (link === undefined || move === undefined) throw new Error('there is no such file');
    const known = async (): Promise<string[]> =>
      (await side.query(identities)).map(({ user_id: id, uid }) => `${String(id)} ${String(uid)}`);
    const addresses = async (): Promise<string[]> =>
      (await side.query('SELECT email FROM users ORDER BY id')).map(({ email }) => String(email));

    beforeAll(async () => {
      if (isHere) side = await open();
    }, 120_000);
    afterAll(() => side?.close());

    test.skipIf(!isHere)(
      'and it alone: not another name, not another number, not who signs in otherwise already',
      async () => {
        await add(side, 1, 'alix');
        await add(side, 2, 'bruno');
        await add(side, 3, 'maud');
        await add(side, 4, 'noe');
        await add(side, 5, 'Odile');
        await addIdentity(side, 4, 'subject of noe');
        await addIdentity(side, 2, 'subject of maud');
        const before = await side.dump();
        const people = [
          linked(1, 'alix'),
          linked(1, 'bruno'),
          linked(3, 'maud'),
          linked(4, 'noe'),
          linked(5, 'odile'),
          linked(99, 'odile'),
          { ...linked(0, 'alix'), key: '1 OR 1=1' },
          { ...linked(0, 'nobody'), key: '' },
        ];
        const said = side.run(written(link.forward, people));
        expect(said).toMatch(/held\W+1\b/u);
        expect(said).toMatch(/linked\W+1\b/u);
        expect(said).toMatch(/before\W+1\b/u);
        expect(said).toMatch(/no_account\W+5\b/u);
        expect(said).toMatch(/^\W*maud\W*$/mu);
        const known1 = ['1 subject of alix', '2 subject of maud', '4 subject of noe'];
        expect(await known()).toEqual(known1);

        // Twice does no harm, and one that comes later is added.
        await add(side, 6, 'lou');
        expect(side.run(written(link.forward, [...people, linked(6, 'lou')]))).toMatch(/linked\W+1\b/u);
        expect(await known()).toEqual([...known1, '6 subject of lou']);

        // What the application wrote itself in between stays.
        await addIdentity(side, 5, 'a new one');
        expect(side.run(written(link.back, people))).toMatch(/\b2\b/u);
        expect(await known()).toEqual(['2 subject of maud', '4 subject of noe', '5 a new one']);
        await side.query("DELETE FROM users WHERE email = 'person6@home.example'");
        if (source.id === 'mastodon') await side.query("DELETE FROM accounts WHERE username = 'lou'");
        await side.query(
          `DELETE FROM ${source.id === 'mastodon' ? 'identities' : 'user_oidc_mappings'} WHERE user_id = 5`,
        );
        expect(await side.dump()).toBe(before);

        // And the way back twice finds nothing to do.
        side.run(written(link.back, people));
        expect(await side.dump()).toBe(before);
      },
    );

    test.skipIf(!isHere)('and their addresses, each once, with those of before to put back', async () => {
      const before = await side.dump();
      const people = [
        linked(1, 'alix'),
        linked(2, 'not bruno'),
        { ...linked(3, 'maud'), alias: 'person4@home.example' },
      ];
      const said = side.run(written(move.forward, people));
      expect(said).toMatch(/moved\W+1\b/u);
      expect(said).toMatch(/held\W+1\b/u);
      const home = (id: number): string => `person${id}@home.example`;
      expect(await addresses()).toEqual(['alias1@relay.example', home(2), home(3), home(4), home(5)]);

      // Whoever changed it there since keeps what they chose.
      side.run(written(move.forward, [...people, linked(5, 'Odile')]));
      await side.query("UPDATE users SET email = 'odile@elsewhere.example' WHERE id = 5");
      side.run(written(move.forward, [linked(5, 'Odile')]));
      expect((await addresses())[4]).toBe('odile@elsewhere.example');

      // Somebody took the old address meanwhile: nobody's address is doubled, and the next try finds it free.
      await side.query("UPDATE users SET email = 'person1@home.example' WHERE id = 2");
      expect(side.run(written(move.back, []))).toMatch(/held\W+1\b/u);
      expect(await addresses()).toEqual(['alias1@relay.example', home(1), home(3), home(4), 'odile@elsewhere.example']);
      await side.query("UPDATE users SET email = 'person2@home.example' WHERE id = 2");
      expect(side.run(written(move.back, []))).toMatch(/restored\W+1\b/u);
      await side.query("UPDATE users SET email = 'person5@home.example' WHERE id = 5");
      expect(await side.dump()).toBe(before);
    });

    test.skipIf(!isHere)(
      'and whose old address is wiped, as the page tells, keeps what they choose afterwards',
      async () => {
        const page = await readFile(path.join(ROOT, 'docs/moving-in/mastodon.md'), 'utf8');
        const [, wipe = ''] = /`(UPDATE aluco_moved [^`]+|DROP TABLE aluco_moved)`/u.exec(page) ?? [];
        side.run(written(move.forward, [linked(5, 'Odile')]));
        side.run(`${wipe};`);
        await side.query("UPDATE users SET email = 'odile@elsewhere.example' WHERE id = 5");
        expect(side.run(written(move.forward, [linked(5, 'Odile')]))).toMatch(/before\W+1\b/u);
        expect(await side.dump()).not.toContain('person5@home.example');
        side.run(written(move.back, []));
        expect((await addresses())[4]).toBe('odile@elsewhere.example');
        await side.query("UPDATE users SET email = 'person5@home.example' WHERE id = 5");
      },
    );

    test.skipIf(!isHere)('and gives an address that two of them had back to the one who had it first', async () => {
      const before = await side.dump();
      const home = (id: number): string => `person${id}@home.example`;
      side.run(written(move.forward, [linked(3, 'maud')]));
      await side.query(`UPDATE users SET email = '${home(3)}' WHERE id = 1`);
      side.run(written(move.forward, [linked(1, 'alix'), linked(5, 'Odile')]));
      expect(await addresses()).toEqual([
        'alias1@relay.example',
        home(2),
        'alias3@relay.example',
        home(4),
        'alias5@relay.example',
      ]);

      const said = side.run(written(move.back, []));
      expect(said).toMatch(/held\W+1\b/u);
      expect(said).toMatch(/restored\W+2\b/u);
      expect(said).toMatch(/^\W*person3@home\.example\W*$/mu);
      expect(await addresses()).toEqual(['alias1@relay.example', home(2), home(3), home(4), home(5)]);

      // The other one receives it once it is free.
      await side.query("UPDATE users SET email = 'maud@elsewhere.example' WHERE id = 3");
      expect(side.run(written(move.back, []))).toMatch(/restored\W+1\b/u);
      expect((await addresses())[0]).toBe(home(3));
      await side.query(`UPDATE users SET email = '${home(1)}' WHERE id = 1`);
      await side.query(`UPDATE users SET email = '${home(3)}' WHERE id = 3`);
      expect(await side.dump()).toBe(before);
    });

    test.skipIf(!isHere)(
      'and whom a stale row holds up is linked by the same file once it is gone, and nobody else twice',
      async () => {
        const table = source.id === 'mastodon' ? 'identities' : 'user_oidc_mappings';
        // Bruno signs in with the id that is maud's.
        const people = [linked(1, 'alix'), linked(3, 'maud')];
        expect(side.run(written(link.forward, people))).toMatch(/held\W+1\b/u);
        expect(await known()).toContain('2 subject of maud');
        await side.query(`DELETE FROM ${table} WHERE user_id = 2`);
        const said = side.run(written(link.forward, people));
        expect(said).toMatch(/before\W+1\b/u);
        expect(said).toMatch(/linked\W+1\b/u);
        expect(said).not.toMatch(/held\W+\d/u);
        expect(side.run(written(link.back, people))).toMatch(/removed\W+2\b/u);
        // The way back does not bring back what was deleted by hand.
        expect(await known()).toEqual(['4 subject of noe']);
      },
    );

    test.skipIf(!isHere)(
      'and names each row of before that would let whoever takes its name into the account of another',
      async () => {
        const table = source.id === 'mastodon' ? 'identities' : 'user_oidc_mappings';
        const byName = { ...OPTIONS, uid: 'name' } as const;
        // Bruno signed in by another service as robin, whom nobody here was called, and Odile by her own name.
        await addIdentity(side, 2, 'robin');
        await addIdentity(side, 5, 'Odile');
        await side.query(`DELETE FROM ${table} WHERE user_id = 4`);
        const said = side.run(written(link.forward, [linked(1, 'alix'), linked(5, 'Odile')], byName));
        expect(said).toMatch(/opens_another_account/u);
        expect(said).toMatch(/\brobin\b\W+\bbruno\b/u);
        expect(said).not.toMatch(/\b(?:alix|Odile)\b/u);
        // Where people are recognised by the subject, no such row is anybody's here.
        expect(side.run(written(link.forward, [linked(1, 'alix')]))).not.toContain('robin');
        side.run(written(link.back, []));
        await side.query(`DELETE FROM ${table}`);
        await addIdentity(side, 4, 'subject of noe');
      },
    );

    test.skipIf(!isHere || engine !== 'postgres')(
      'and whoever copies its database can read the tables of ours, whoever ran the files',
      async () => {
        const role = `owner_${source.id}`;
        side.run(`CREATE ROLE ${role};`);
        const tables = source.id === 'mastodon' ? ['users', 'accounts', 'identities'] : ['users', 'user_oidc_mappings'];
        side.run(tables.map((table) => `ALTER TABLE ${table} OWNER TO ${role};`).join('\n'));
        try {
          side.run(written(link.forward, [linked(1, 'alix')]));
          side.run(written(move.forward, [linked(1, 'alix')]));
          const reading = ['aluco_linked', 'aluco_moved'].map((table) => `LOCK TABLE ${table} IN ACCESS SHARE MODE;`);
          side.run(['\\set ON_ERROR_STOP on', `SET ROLE ${role};`, 'BEGIN;', ...reading, 'COMMIT;'].join('\n'));
        } finally {
          side.run(written(move.back, []));
          side.run(written(link.back, []));
          side.run(`REASSIGN OWNED BY ${role} TO CURRENT_USER; DROP ROLE ${role};`);
        }
      },
    );

    test.skipIf(!isHere)('whatever their names are made of', async () => {
      const piece = fc.constantFrom(
        "'",
        '"',
        '\\',
        '$$',
        '\\\\!',
        ';',
        '--',
        '/*',
        ':name',
        '\\.',
        '`',
        '%',
        'é',
        '🦉',
        'a',
        ' b',
      );
      const name = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''));
      const names = fc.array(name, { minLength: 20, maxLength: 60 });
      const modes =
        engine === 'mysql'
          ? ["SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'", 'SET GLOBAL sql_mode = DEFAULT']
          : [
              "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings = off', current_database()); END $$",
              "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET standard_conforming_strings', current_database()); END $$",
            ];
      for (const mode of modes) {
        side.run(mode);
        const sample = fc.sample(names, 1).flat();
        const people = sample.map((text, index) => linked(100 + index, `${text}${index}`));
        for (const person of people) await add(side, Number(person.key), person.name);
        const before = await side.dump();
        side.run(written(link.forward, people));
        const found = new Set(await known());
        for (const { key, subject } of people) expect(found).toContain(`${key} ${subject}`);
        side.run(written(link.back, people));
        expect(await side.dump()).toBe(before);
        await side.query('DELETE FROM users WHERE id >= 100');
        if (source.id === 'mastodon') await side.query('DELETE FROM accounts WHERE id >= 1100');
      }
    });

    test.skipIf(!isHere)('in one piece: where a line of the file is spoiled, nothing is changed', async () => {
      const before = await side.dump();
      const lines = written(link.forward, [linked(1, 'alix')]).split('\n');
      const last = lines.findLastIndex((line) => line.startsWith('SELECT'));
      const spoiled = lines.with(last, 'SELECT 1 FROM nothing_of_this_name;').join('\n');
      expect(() => side.run(spoiled)).toThrow(/nothing_of_this_name/u);
      expect(await known()).not.toContain('1 subject of alix');
      side.run(written(link.back, []));
      expect(await side.dump()).toBe(before);
    });
  },
);
