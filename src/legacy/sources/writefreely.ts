import { mysql } from './dialect.ts';
import { PERSON_COLUMNS, readPerson } from './person.ts';
import { answerOf, linkRows } from './rows.ts';
import type { Reversible, Source } from './source.ts';
import { sqlite, type Plain } from './sqlite.ts';
import { numberOf } from './told.ts';

/** Addresses are encrypted there, with a key of its own: nobody can be written to. */
const EXPORT = `SELECT id AS key, username AS name, password AS hash, '' AS address, 0 AS confirmed,
  status <> 0 AS disabled, 0 AS second_factor
FROM users ORDER BY id;`;

const EXPORT_MYSQL = `SELECT JSON_OBJECT('key', id, 'name', username, 'hash', password, 'address', '', 'confirmed', 0,
  'disabled', status <> 0, 'second_factor', 0)
FROM users ORDER BY id;`;

const link = (dialect: Plain): Reversible =>
  linkRows(
    dialect,
    {
      table: 'oauth_users',
      uid: 'remote_user_id',
      isUnindexed: true,
      account: 'user_id',
      way: (options) => ({
        provider: dialect.text('generic'),
        client_id: dialect.text(answerOf(options, 'client_id')),
      }),
      others: { access_token: dialect.text('') },
    },
    ({ key, name }) => ({
      from: `FROM users u WHERE u.id = ${numberOf(key)} AND ${dialect.same('u.username', dialect.text(name))}`,
      account: 'u.id',
    }),
  );

/** WriteFreely: people are recognised by the subject and the client. */
export const writefreely: Source = {
  id: 'writefreely',
  name: 'WriteFreely',
  templates: [],
  compares: 'exact',
  exports: { mysql: EXPORT_MYSQL, sqlite: EXPORT },
  usual: { mysql: { database: 'writefreely' }, sqlite: { database: 'writefreely.db' } },
  columns: PERSON_COLUMNS,
  secrets: [],
  read: readPerson,
  link: { mysql: link(mysql), sqlite: link(sqlite) },
  asks: [{ key: 'client_id', preset: 'client-id' }],
  move: {},
};
