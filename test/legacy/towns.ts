import type { Engine, Source } from '../../src/legacy/sources/source.ts';
import { gitlab } from '../../src/legacy/sources/gitlab.ts';
import { grafana } from '../../src/legacy/sources/grafana.ts';
import { lemmy } from '../../src/legacy/sources/lemmy.ts';
import { miniflux } from '../../src/legacy/sources/miniflux.ts';
import { mobilizon } from '../../src/legacy/sources/mobilizon.ts';
import { nextcloud } from '../../src/legacy/sources/nextcloud.ts';
import { peertube } from '../../src/legacy/sources/peertube.ts';
import { seafile } from '../../src/legacy/sources/seafile.ts';
import { synapse } from '../../src/legacy/sources/synapse.ts';
import { writefreely } from '../../src/legacy/sources/writefreely.ts';
import type { OtherSide } from './other-side.ts';

/** What the old passwords of all the fixtures are. */
export const OLD_PASSWORD = 'été chez Alix';

/** What an application was told of the person who signs in. */
export type Told = {
  readonly sub: string;
  readonly name: string;
  readonly email: string | undefined;
  /** Of the application's client here. */
  readonly clientId: string;
};

/** One line of what is read: name, key, address, and what is said of them. */
type Said = 'password' | 'confirmed' | 'blocked' | 'second factor';
type Person = readonly [name: string, key: string, address: string | undefined, ...said: Said[]];

/** An application with people of before, as its own program keeps and reads them. */
export type Town = {
  readonly source: Source;
  readonly engine: Engine;
  /** Where the database is another than the first one. */
  readonly database?: string;
  readonly protocol: 'oidc' | 'saml';
  /** Who is read out of the fixture; the first one is alix. */
  readonly people: readonly Person[];
  readonly secrets?: { readonly pepper?: string; readonly salt?: string };
  /** What its section of the page says besides, as words of the command `legacy link`. */
  readonly more?: string;
  readonly answers?: (told: Pick<Told, 'clientId'>) => Record<string, string>;
  /** What its administrator sets up first. */
  readonly prepare?: (side: OtherSide, issuer: string) => Promise<unknown>;
  /** The key of the account that its program opens for whoever signs in. */
  readonly opens: (side: OtherSide, told: Told) => Promise<unknown>;
  /** What it knows as alix's address. */
  readonly address?: string;
};

const only = (rows: Record<string, unknown>[]): unknown => (rows.length === 1 ? Object.values(rows[0] ?? {})[0] : rows);

const mark = (engine: Engine, place: number): string => (engine === 'postgres' ? `$${place}` : '?');

const peertubeTown = (match: 'identifier' | 'address'): Town => ({
  source: peertube,
  engine: 'postgres',
  protocol: 'oidc',
  people: [
    ['alix.films', '2', 'alix@home.example', 'password', 'confirmed'],
    ['root', '1', 'root@tube.example', 'password'],
    ['dalil', '3', 'dalil@home.example', 'password', 'confirmed', 'blocked'],
    ['chloe', '4', 'chloe@home.example', 'password', 'second factor'],
    ['emil', '5', 'emil@home.example'],
  ],
  answers: () => ({ match }),
  more: match === 'address' ? '--answer match=address' : '',
  opens: async (side, { sub, email }) =>
    only(
      await side.query(
        match === 'identifier'
          ? `SELECT id FROM "user" WHERE "pluginAuth" = 'peertube-plugin-auth-openid-connect' AND "pluginAuthExternalId" = $1`
          : `SELECT id FROM "user" WHERE "pluginAuth" = 'peertube-plugin-auth-openid-connect' AND lower(email) = lower($1)`,
        [match === 'identifier' ? sub : (email ?? '')],
      ),
    ),
  ...(match === 'identifier' ? { address: 'SELECT email FROM "user" WHERE id = 2' } : {}),
});

const synapseTown = (engine: 'postgres' | 'sqlite', protocol: 'oidc' | 'saml'): Town => ({
  source: synapse,
  engine,
  protocol,
  people: [
    ['alix=2fl', '@alix=2fl:chat.example', 'alix@home.example', 'password', 'confirmed'],
    ['Chloe', '@Chloe:chat.example', undefined, 'password'],
    ['dalil', '@dalil:chat.example', 'dalil@home.example', 'password', 'confirmed', 'blocked'],
    ['emil', '@emil:chat.example', undefined, 'blocked'],
    ['fanny', '@fanny:chat.example', undefined, 'blocked'],
    ['gaspard', '@gaspard:chat.example', undefined, 'blocked'],
  ],
  secrets: { pepper: 'poivre de la maison' },
  // By SAML it is the attribute `uid` that counts (`mxid_source_attribute`).
  opens: async (side, { sub, name }) =>
    only(
      await side.query(
        `SELECT user_id FROM user_external_ids WHERE auth_provider = ${mark(engine, 1)} AND external_id = ${mark(engine, 2)}`,
        protocol === 'saml' ? ['saml', name] : ['oidc-aluco', sub],
      ),
    ),
});

/** Its app for SAML goes by the attribute that `general-uid_mapping` names, which is `uid`, the name. */
const nextcloudTown = (engine: Engine, protocol: 'oidc' | 'saml' = 'oidc'): Town => ({
  source: nextcloud,
  engine,
  protocol,
  people: [
    ["Alix d'Or", "Alix d'Or", 'alix@home.example', 'password'],
    ['chloe', 'chloe', undefined, 'password', 'second factor'],
    ['dalil', 'dalil', 'dalil@home.example', 'password', 'blocked'],
    ['emil', 'emil', undefined],
  ],
  opens: async (side, { name }) =>
    only(await side.query(`SELECT uid FROM oc_users WHERE uid = ${mark(engine, 1)}`, [name])),
});

const grafanaTown = (engine: Engine): Town => ({
  source: grafana,
  engine,
  protocol: 'oidc',
  people: [
    ['alix', '1', 'alix@home.example', 'password', 'confirmed'],
    ['dalil@home.example', '2', 'dalil@home.example', 'password', 'blocked'],
    ['emil', '3', 'emil@home.example'],
  ],
  opens: async (side, { sub }) =>
    only(
      await side.query(
        `SELECT user_id FROM user_auth WHERE auth_module = 'oauth_generic_oauth' AND auth_id = ${mark(engine, 1)}`,
        [sub],
      ),
    ),
});

const writefreelyTown = (engine: 'mysql' | 'sqlite'): Town => ({
  source: writefreely,
  engine,
  protocol: 'oidc',
  people: [
    ['alix-ecrit', '1', undefined, 'password'],
    ['dalil', '2', undefined, 'password', 'blocked'],
    ['emil', '3', undefined],
  ],
  answers: ({ clientId }) => ({ client_id: clientId }),
  opens: async (side, { sub, clientId }) =>
    only(
      await side.query(
        `SELECT user_id FROM oauth_users WHERE remote_user_id = ? AND provider = 'generic' AND client_id = ?`,
        [sub, clientId],
      ),
    ),
});

const gitlabTown = (protocol: 'oidc' | 'saml'): Town => ({
  source: gitlab,
  engine: 'postgres',
  protocol,
  people: [
    ['Alix-Code', '1', 'alix@home.example', 'password', 'confirmed'],
    ['dalil', '2', 'dalil@home.example', 'password', 'confirmed', 'blocked'],
    ['chloe', '3', 'chloe@home.example', 'password', 'second factor'],
    ['emil', '4', 'emil@home.example', 'confirmed'],
    ['fanny', '6', 'fanny@home.example', 'confirmed', 'blocked', 'second factor'],
  ],
  opens: async (side, { sub }) =>
    only(
      await side.query('SELECT user_id FROM identities WHERE provider = $1 AND lower(extern_uid) = lower($2)', [
        protocol === 'saml' ? 'saml' : 'openid_connect',
        sub,
      ]),
    ),
});

export const TOWNS: readonly Town[] = [
  peertubeTown('identifier'),
  peertubeTown('address'),
  synapseTown('postgres', 'oidc'),
  synapseTown('postgres', 'saml'),
  synapseTown('sqlite', 'oidc'),
  nextcloudTown('mysql'),
  nextcloudTown('postgres'),
  nextcloudTown('sqlite'),
  nextcloudTown('sqlite', 'saml'),
  gitlabTown('oidc'),
  gitlabTown('saml'),
  grafanaTown('sqlite'),
  grafanaTown('mysql'),
  grafanaTown('postgres'),
  writefreelyTown('mysql'),
  writefreelyTown('sqlite'),
  {
    source: lemmy,
    engine: 'postgres',
    protocol: 'oidc',
    people: [
      ['alix_liens', '1', 'alix@home.example', 'password', 'confirmed'],
      ['dalil', '2', 'dalil@home.example', 'password', 'confirmed', 'blocked'],
      ['chloe', '3', 'chloe@home.example', 'password', 'second factor'],
      ['emil', '4', undefined, 'blocked'],
      ['fanny', '5', 'fanny@home.example', 'confirmed', 'blocked'],
      ['gaspard', '6', 'gaspard@home.example', 'confirmed'],
    ],
    prepare: (side, issuer) =>
      side.query(
        `INSERT INTO oauth_provider (id, display_name, issuer, authorization_endpoint, token_endpoint, userinfo_endpoint,
           id_claim, client_id, client_secret, scopes)
         VALUES (9, 'Aluco', $1, 'x', 'x', 'x', 'sub', 'x', 'x', 'openid')`,
        [`${issuer}/`],
      ),
    opens: async (side, { sub }) =>
      only(
        await side.query('SELECT local_user_id FROM oauth_account WHERE oauth_provider_id = 9 AND oauth_user_id = $1', [
          sub,
        ]),
      ),
    address: 'SELECT email FROM local_user WHERE id = 1',
  },
  {
    source: miniflux,
    engine: 'postgres',
    protocol: 'oidc',
    people: [
      ["alix lit 'tout'", '1', undefined, 'password'],
      ['emil', '2', undefined],
      ['chloe', '3', undefined],
    ],
    opens: async (side, { sub }) => only(await side.query('SELECT id FROM users WHERE openid_connect_id = $1', [sub])),
  },
  {
    source: mobilizon,
    engine: 'postgres',
    protocol: 'oidc',
    people: [
      ['alix_sort', '1', 'alix@home.example', 'password', 'confirmed'],
      ['fanny', '5', 'fanny@home.example'],
      ['gaspard', '6', 'gaspard@home.example', 'confirmed', 'blocked'],
      ['dalil', '2', 'dalil@home.example', 'password', 'confirmed', 'blocked'],
      ['emil', '3', 'emil@home.example', 'confirmed'],
    ],
    opens: async (side, { email }) => only(await side.query('SELECT id FROM users WHERE email = $1', [email ?? ''])),
    address: 'SELECT email FROM users WHERE id = 1',
  },
  {
    source: seafile,
    engine: 'mysql',
    database: 'seahub_db',
    protocol: 'saml',
    people: [
      ['alix', 'alix@home.example', 'alix@home.example', 'password'],
      ['dalil-2', 'dalil@home.example', 'dalil@home.example', 'password', 'blocked'],
      ['dalil-3', 'dalil@work.example', 'dalil@work.example', 'password'],
      ['0a1b2c', '0a1b2c@auth.local', 'emil@home.example', 'password'],
      ['chloe.d', 'chloe@home.example', 'chloe@work.example', 'password', 'second factor'],
      ['fanny', 'fanny@home.example', 'fanny@home.example', 'password', 'second factor'],
      ['gaspard', 'gaspard@home.example', 'gaspard@home.example', 'password'],
    ],
    opens: async (side, { sub }) =>
      only(
        await side.query(
          "SELECT e.email FROM seahub_db.social_auth_usersocialauth s JOIN ccnet_db.EmailUser e ON e.email = s.username WHERE s.provider = 'saml' AND s.uid = ?",
          [sub],
        ),
      ),
  },
];
