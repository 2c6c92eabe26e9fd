import { PERSON_COLUMNS, readPerson } from './person.ts';
import type { Source } from './source.ts';

const FACTOR = `SELECT 1 FROM oc_twofactor_providers f
    WHERE f.uid = u.uid AND f.enabled = 1 AND f.provider_id <> 'backup_codes'`;
const ADDRESS = `e.userid = u.uid AND e.appid = 'settings' AND e.configkey = 'email'`;
const DISABLED = `d.userid = u.uid AND d.appid = 'core' AND d.configkey = 'enabled'`;

/**
 * Nobody made sure of the addresses, which people and administrators write as they like. People of LDAP and of other
 * ways in are not among these.
 */
const EXPORT = `SELECT u.uid AS key, u.uid AS name, u.password AS hash, e.configvalue AS address, 0 AS confirmed,
  CASE WHEN d.configvalue = 'false' THEN 1 ELSE 0 END AS disabled,
  CASE WHEN EXISTS (${FACTOR}) THEN 1 ELSE 0 END AS second_factor
FROM oc_users u LEFT JOIN oc_preferences e ON ${ADDRESS} LEFT JOIN oc_preferences d ON ${DISABLED}
ORDER BY u.uid;`;

const EXPORT_MYSQL = `SELECT JSON_OBJECT(
  'key', u.uid, 'name', u.uid, 'hash', u.password, 'address', e.configvalue, 'confirmed', 0,
  'disabled', COALESCE(d.configvalue = 'false', 0),
  'second_factor', EXISTS (${FACTOR}))
FROM oc_users u LEFT JOIN oc_preferences e ON ${ADDRESS} LEFT JOIN oc_preferences d ON ${DISABLED}
ORDER BY u.uid;`;

/**
 * Nextcloud: a profile opens the account of its name, as the templates set it up. There is nothing to write; and the
 * address follows by itself, since its apps take over the one that they are sent.
 */
export const nextcloud: Source = {
  id: 'nextcloud',
  name: 'Nextcloud',
  templates: ['nextcloud', 'nextcloud-saml'],
  compares: 'folded',
  exports: { mysql: EXPORT_MYSQL, postgres: EXPORT, sqlite: EXPORT },
  usual: {
    mysql: { database: 'nextcloud' },
    postgres: { database: 'nextcloud', as: 'postgres' },
    sqlite: { database: 'owncloud.db' },
  },
  columns: PERSON_COLUMNS,
  // `passwordsalt` of its config.php.
  secrets: ['salt'],
  read(cells) {
    const row = readPerson(cells);
    return { ...row, hash: row.hash && { ...row.hash, algorithm: 'nextcloud' } };
  },
  uid: 'name',
  link: {},
  linkNote: 'same_name',
  move: {},
};
