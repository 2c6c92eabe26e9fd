import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lemmy } from '../../src/legacy/sources/lemmy.ts';
import { seafile } from '../../src/legacy/sources/seafile.ts';
import type { Engine, Linked, LinkOptions, Source } from '../../src/legacy/sources/source.ts';
import { synapse } from '../../src/legacy/sources/synapse.ts';
import { writefreely } from '../../src/legacy/sources/writefreely.ts';
import { isHere, openSide, written } from './application-side.ts';
import { hasMariadb, openMariadb, type Mariadb } from './mariadb-side.ts';
import type { OtherSide } from './other-side.ts';

/** A way to sign in there, and what stands in the column that says which. */
type Way = { readonly options: Partial<LinkOptions>; readonly stands: string };

type Side = {
  readonly source: Source;
  readonly engine: Engine;
  readonly database?: string;
  /** Somebody who has an account there. */
  readonly key: string;
  readonly name: string;
  /** Where it is written down who signs in, and the columns of the way and of the id. */
  readonly table: string;
  readonly way: string;
  readonly uid: string;
  /** Two ways, of which an administrator takes the wrong one first. */
  readonly wrong: Way;
  readonly right: Way;
  /** What its administrator sets up first. */
  readonly prepare?: string;
};

const answered = (key: string, answer: string, stands = answer): Way => ({
  options: { answers: { [key]: answer } },
  stands,
});

const synapseSide = (engine: 'postgres' | 'sqlite'): Side => ({
  source: synapse,
  engine,
  key: '@alix=2fl:chat.example',
  name: 'alix=2fl',
  table: 'user_external_ids',
  way: 'auth_provider',
  uid: 'external_id',
  wrong: answered('idp_id', 'aluco', 'oidc-aluco'),
  right: answered('idp_id', 'house', 'oidc-house'),
});

const writefreelySide = (engine: 'mysql' | 'sqlite'): Side => ({
  source: writefreely,
  engine,
  key: '1',
  name: 'alix-ecrit',
  table: 'oauth_users',
  way: 'client_id',
  uid: 'remote_user_id',
  wrong: answered('client_id', 'one'),
  right: answered('client_id', 'other'),
});

const SIDES: Side[] = [
  synapseSide('postgres'),
  synapseSide('sqlite'),
  writefreelySide('mysql'),
  writefreelySide('sqlite'),
  {
    source: seafile,
    engine: 'mysql',
    database: 'seahub_db',
    key: 'alix@home.example',
    name: 'alix',
    table: 'social_auth_usersocialauth',
    way: 'provider',
    uid: 'uid',
    wrong: answered('provider', 'saml'),
    right: answered('provider', 'house'),
  },
  {
    source: lemmy,
    engine: 'postgres',
    key: '1',
    name: 'alix_liens',
    table: 'oauth_account',
    way: 'oauth_provider_id',
    uid: 'oauth_user_id',
    wrong: { options: { issuer: 'https://old.example' }, stands: '8' },
    right: { options: { issuer: 'https://id.example' }, stands: '9' },
    prepare: `INSERT INTO oauth_provider (id, display_name, issuer, authorization_endpoint, token_endpoint, userinfo_endpoint,
           id_claim, client_id, client_secret, scopes)
         VALUES (8, 'Old', 'https://old.example', 'x', 'x', 'x', 'sub', 'x', 'x', 'openid'),
           (9, 'Aluco', 'https://id.example/', 'x', 'x', 'x', 'sub', 'y', 'x', 'openid');`,
  },
];

const OPTIONS: LinkOptions = { protocol: 'oidc', issuer: 'https://id.example', uid: 'subject', answers: {} };

let mariadb: Mariadb | undefined;
beforeAll(async () => {
  if (hasMariadb) mariadb = await openMariadb();
});
afterAll(() => mariadb?.close());

describe.each(SIDES.map((place) => ({ title: `${place.source.name} on ${place.engine}`, place })))(
  'who signs in is written for $title',
  ({ place }) => {
    const { source, engine, key, name, table, way, uid, wrong, right, prepare } = place;
    const alix: Linked = { key, name, subject: 'subject of alix', alias: 'alias@relay.example' };
    const link = source.link[engine];
    if (link === undefined) throw new Error('there is no such file');
    let side: OtherSide;
    const forward = ({ options }: Way): string => side.run(written(link.forward, [alix], { ...OPTIONS, ...options }));
    const back = ({ options }: Way): string => side.run(written(link.back, [], { ...OPTIONS, ...options }));
    const ids = async (): Promise<string[]> => {
      const rows = await side.query(`SELECT ${way} AS way, ${uid} AS uid FROM ${table} ORDER BY 1`);
      const known = rows.map((row) => [String(row['way']), String(row['uid'])] as const);
      return known.filter(([by]) => [wrong.stands, right.stands].includes(by)).map(([by, id]) => `${id} by ${by}`);
    };

    beforeEach(async () => {
      if (!isHere[engine]) return;
      side = await openSide(place, mariadb);
      if (prepare !== undefined) side.run(prepare);
    }, 120_000);
    afterEach(() => side?.close());

    test.skipIf(!isHere[engine])('by one way and then by another, each with a way back of its own', async () => {
      const before = await side.dump();
      const alixBy = ({ stands }: Way): string => `subject of alix by ${stands}`;
      const orders: readonly (readonly [Way, Way])[] = [
        [wrong, right],
        [right, wrong],
      ];
      for (const [first, second] of orders) {
        forward(wrong);
        forward(right);
        expect((await ids()).toSorted()).toEqual([wrong, right].map(alixBy).toSorted());
        back(first);
        expect(await ids()).toEqual([alixBy(second)]);
        back(second);
        expect(await side.dump()).toBe(before);
      }
    });

    test.skipIf(!isHere[engine])('once, also where an administrator wrote another id since, which stays', async () => {
      forward(right);
      side.run(`UPDATE ${table} SET ${uid} = 'chosen' WHERE ${uid} = 'subject of alix';`);
      const changed = [`chosen by ${right.stands}`];
      forward(right);
      expect(await ids()).toEqual(changed);
      back(right);
      expect(await ids()).toEqual(changed);
    });
  },
);
