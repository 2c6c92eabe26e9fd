import { PERSON_COLUMNS, readPerson } from './person.ts';
import { mysql, postgres } from './dialect.ts';
import type { Source } from './source.ts';
import { linkBy, moveBy, type Identities, type People } from './told.ts';

/** A status says that an account is suspended, disabled by its owner, or on its way out; without one it is in use. */
const DISABLED = 'status IS NOT NULL OR deleted_at IS NOT NULL OR delete_after IS NOT NULL';

const EXPORT = `SELECT id AS key, username AS name, password AS hash, email AS address,
  email_verified_at IS NOT NULL AS confirmed,
  ${DISABLED} AS disabled,
  "2fa_enabled" AS second_factor
FROM users WHERE username IS NOT NULL ORDER BY id;`;

const EXPORT_MYSQL = `SELECT JSON_OBJECT(
  'key', id, 'name', username, 'hash', password, 'address', email,
  'confirmed', email_verified_at IS NOT NULL,
  'disabled', (${DISABLED}),
  'second_factor', \`2fa_enabled\`)
FROM users WHERE username IS NOT NULL ORDER BY id;`;

const people: People = { table: 'users', address: 'email', join: '', name: 'u.username' };
const identities: Identities = { table: 'user_oidc_mappings', uid: 'oidc_id', user: 'user_id' };

/** Pixelfed: people are recognised by the subject, in a table of its own. */
export const pixelfed: Source = {
  id: 'pixelfed',
  name: 'Pixelfed',
  templates: ['pixelfed'],
  // On PostgreSQL it lets in two names that differ in case alone.
  compares: 'exact',
  exports: { postgres: EXPORT, mysql: EXPORT_MYSQL },
  usual: {
    postgres: { database: 'pixelfed', as: 'postgres', container: { service: 'db', user: 'pixelfed' } },
    mysql: { database: 'pixelfed', container: { service: 'db', user: 'pixelfed' } },
  },
  columns: PERSON_COLUMNS,
  secrets: [],
  read: readPerson,
  uid: 'subject',
  link: { postgres: linkBy(postgres, people, identities), mysql: linkBy(mysql, people, identities) },
  move: { postgres: moveBy(postgres, people), mysql: moveBy(mysql, people) },
};
