import { textIn } from './cells.ts';
import { mysql, postgres } from './dialect.ts';
import { PERSON_COLUMNS, readPerson } from './person.ts';
import { linkRows } from './rows.ts';
import type { Reversible, Source } from './source.ts';
import { sqlite, type Plain } from './sqlite.ts';
import { numberOf } from './told.ts';

/** People, no service accounts. Who came by another way in has no password, or one that nobody knows. */
const exported = (no: string): string => `SELECT u.id AS key, u.login AS name, u.password AS hash, u.salt AS salt,
  u.email AS address, COALESCE(u.email_verified, ${no}) AS confirmed, u.is_disabled AS disabled, ${no} AS second_factor
FROM "user" u WHERE COALESCE(u.is_service_account, ${no}) = ${no} ORDER BY u.id;`;

const EXPORT_MYSQL = `SELECT JSON_OBJECT('key', u.id, 'name', u.login, 'hash', u.password, 'salt', u.salt,
  'address', u.email, 'confirmed', COALESCE(u.email_verified, 0), 'disabled', u.is_disabled, 'second_factor', 0)
FROM \`user\` u WHERE COALESCE(u.is_service_account, 0) = 0 ORDER BY u.id;`;

const link = (dialect: Plain, people: string): Reversible =>
  linkRows(
    dialect,
    {
      table: 'user_auth',
      uid: 'auth_id',
      account: 'user_id',
      way: () => ({ auth_module: dialect.text('oauth_generic_oauth') }),
      others: { created: dialect.now },
    },
    ({ key, name }) => ({
      from: `FROM ${people} u WHERE u.id = ${numberOf(key)} AND ${dialect.same('u.login', dialect.text(name))}`,
      account: 'u.id',
    }),
  );

/** Grafana: people are recognised by the subject. The address follows by itself: it takes over the one that it is sent. */
export const grafana: Source = {
  id: 'grafana',
  name: 'Grafana',
  templates: ['grafana'],
  compares: 'folded',
  exports: { sqlite: exported('0'), mysql: EXPORT_MYSQL, postgres: exported('false') },
  usual: {
    sqlite: { database: '/var/lib/grafana/grafana.db' },
    mysql: { database: 'grafana' },
    postgres: { database: 'grafana', as: 'postgres' },
  },
  columns: [...PERSON_COLUMNS, 'salt'],
  secrets: [],
  read(cells) {
    const row = readPerson(cells);
    return { ...row, hash: row.hash && { ...row.hash, salt: textIn(cells, 'salt'), algorithm: 'grafana' } };
  },
  link: { sqlite: link(sqlite, '"user"'), mysql: link(mysql, '`user`'), postgres: link(postgres, '"user"') },
  move: {},
};
