import { postgres } from './dialect.ts';
import { PERSON_COLUMNS, readPerson } from './person.ts';
import type { Reversible, Source } from './source.ts';
import { numberOf, uidOf } from './told.ts';

/** It knows neither addresses nor suspensions. */
const EXPORT = `SELECT id AS key, username AS name, password AS hash, '' AS address, false AS confirmed,
  false AS disabled, false AS second_factor
FROM users ORDER BY id;`;

const LINKED = 'aluco_linked_oidc';
const { text, opening, noted, begin, end } = postgres;

const COUNT = `SELECT COUNT(*) AS linked FROM users WHERE openid_connect_id <> '';`;

const first = (): string[] => [
  ...opening,
  ...noted(LINKED, { account: 'id', uid: 'openid_connect_id' }, { table: 'users', indexes: ['account'] }),
  ...begin('users'),
];

/** Only for accounts that are nobody's by OpenID Connect yet. */
const link: Reversible = {
  forward: {
    kind: 'sql',
    begin: first,
    row(linked, options) {
      const id = text(uidOf(linked, options));
      const isFree =
        `id = ${numberOf(linked.key)} AND username = ${text(linked.name)} AND openid_connect_id = ''` +
        ` AND NOT EXISTS (SELECT FROM users o WHERE o.openid_connect_id = ${id})`;
      return [
        `INSERT INTO ${LINKED} (account, uid) SELECT id, ${id} FROM users WHERE ${isFree};`,
        `UPDATE users SET openid_connect_id = ${id} WHERE ${isFree};`,
      ];
    },
    end: () => [COUNT, ...end()],
  },
  back: {
    kind: 'sql',
    begin: () => [
      ...first(),
      `UPDATE users SET openid_connect_id = '' WHERE EXISTS` +
        ` (SELECT FROM ${LINKED} l WHERE l.account = users.id AND l.uid = users.openid_connect_id);`,
      `DROP TABLE ${LINKED};`,
      COUNT,
    ],
    end: () => end(),
  },
};

/** Miniflux: people are recognised by the subject. */
export const miniflux: Source = {
  id: 'miniflux',
  name: 'Miniflux',
  templates: [],
  compares: 'folded',
  exports: { postgres: EXPORT },
  usual: { postgres: { database: 'miniflux', as: 'postgres', container: { service: 'db', user: 'miniflux' } } },
  columns: PERSON_COLUMNS,
  secrets: [],
  read: readPerson,
  link: { postgres: link },
  move: {},
};
