import { postgres } from './dialect.ts';
import { PERSON_COLUMNS, readPerson } from './person.ts';
import { linkRows, type Identities } from './rows.ts';
import type { Reversible, Source } from './source.ts';
import { sqlite, type Plain } from './sqlite.ts';
import { externalIdOf, linkBySynapse, wayOf } from './synapse-api.ts';

/**
 * Everybody who was registered here: no guests, and nobody who belongs to a bridge. An address stands there only when it
 * was made sure of; the oldest counts. Columns that older versions have not got are asked for by way of JSON. A shadow
 * ban is none here: who has one must not notice. Who still waits for an approval is let in by nobody there.
 */
const EXPORT = `SELECT u.name AS key, substr(split_part(u.name, ':', 1), 2) AS name, u.password_hash AS hash,
  t.address AS address, t.address IS NOT NULL AS confirmed,
  u.deactivated = 1 OR COALESCE((to_jsonb(u) ->> 'locked')::boolean, false)
    OR COALESCE((to_jsonb(u) ->> 'suspended')::boolean, false)
    OR NOT COALESCE((to_jsonb(u) ->> 'approved')::boolean, true) AS disabled,
  false AS second_factor
FROM users u LEFT JOIN LATERAL (SELECT address FROM user_threepids
  WHERE user_id = u.name AND medium = 'email' ORDER BY added_at, address LIMIT 1) t ON true
WHERE u.is_guest = 0 AND u.appservice_id IS NULL ORDER BY u.name;`;

const EXPORT_SQLITE = `SELECT u.name AS key, substr(u.name, 2, instr(u.name, ':') - 2) AS name, u.password_hash AS hash,
  (SELECT address FROM user_threepids WHERE user_id = u.name AND medium = 'email' ORDER BY added_at, address LIMIT 1)
    AS address,
  EXISTS (SELECT 1 FROM user_threepids WHERE user_id = u.name AND medium = 'email') AS confirmed,
  u.deactivated = 1 OR u.locked OR u.suspended OR NOT COALESCE(u.approved, 1) AS disabled,
  0 AS second_factor
FROM users u WHERE u.is_guest = 0 AND u.appservice_id IS NULL ORDER BY u.name;`;

function link(dialect: Plain): Reversible {
  const identities: Identities = {
    table: 'user_external_ids',
    uid: 'external_id',
    account: 'user_id',
    id: externalIdOf,
    way: (options) => ({ auth_provider: dialect.text(wayOf(options)) }),
  };
  return linkRows(dialect, identities, ({ key }) => ({
    from: `FROM users u WHERE u.name = ${dialect.text(key)}`,
    account: 'u.name',
  }));
}

/**
 * Synapse: people are recognised by an external id, the subject by OpenID Connect and the attribute `uid`, the name, by
 * SAML. Their address is no more than somewhere to send mail to, and stays.
 */
export const synapse: Source = {
  id: 'synapse',
  name: 'Matrix Synapse',
  templates: ['synapse', 'synapse-saml'],
  // Names of long ago may have capitals.
  compares: 'exact',
  exports: { postgres: EXPORT, sqlite: EXPORT_SQLITE },
  usual: { postgres: { database: 'synapse', as: 'postgres' }, sqlite: { database: 'homeserver.db' } },
  columns: PERSON_COLUMNS,
  secrets: ['pepper'],
  read(cells) {
    const row = readPerson(cells);
    return { ...row, hash: row.hash && { ...row.hash, algorithm: 'synapse' } };
  },
  link: { api: linkBySynapse, postgres: link(postgres), sqlite: link(sqlite) },
  asks: [{ key: 'idp_id', preset: { value: 'aluco' } }],
  move: {},
};
