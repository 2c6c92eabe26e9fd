import { postgres } from './dialect.ts';
import { PERSON_COLUMNS, readPerson } from './person.ts';
import { answerOf } from './rows.ts';
import type { Linked, LinkOptions, Reversible, Source } from './source.ts';
import { moveBy, numberOf, uidOf } from './told.ts';

/** Where no address had to be confirmed, `emailVerified` is NULL: nobody made sure of it. */
const EXPORT = `SELECT u.id AS key, u.username AS name, u.password AS hash, u.email AS address,
  COALESCE(u."emailVerified", false) AS confirmed,
  u.blocked AS disabled,
  u."otpSecret" IS NOT NULL AS second_factor
FROM "user" u ORDER BY u.id;`;

const PEOPLE = '"user"';
const LINKED = 'aluco_linked_people';
const { text } = postgres;

const pluginOf = ({ protocol }: LinkOptions): string =>
  text(protocol === 'saml' ? 'peertube-plugin-auth-saml2' : 'peertube-plugin-auth-openid-connect');

/** Whether the plugin tells an identifier, which newer versions go by before the address. */
const hasId = (options: LinkOptions): boolean => answerOf(options, 'match') !== 'address';

/**
 * Accounts with a password only: who signs in by a plugin goes on so. And never the first one, `root`, which is the way
 * in when nothing else works.
 */
const isIt = ({ key, name }: Linked): string =>
  `id = ${numberOf(key)} AND username = ${text(name)} AND username <> 'root' AND "pluginAuth" IS NULL`;

const count = (options: LinkOptions): string =>
  `SELECT COUNT(*) AS linked FROM ${PEOPLE} WHERE "pluginAuth" = ${pluginOf(options)};`;

const first = (): string[] => [
  ...postgres.opening,
  ...postgres.noted(
    LINKED,
    { account: 'id', plugin: '"pluginAuth"', email: 'email', alias: 'email', since: 'now()' },
    { table: PEOPLE, indexes: ['account', 'email'] },
  ),
  ...postgres.begin(PEOPLE),
];

/** Who was linked before, and has the address of that time still, keeps the one from before it. */
const KEEP_OLDEST =
  `UPDATE ${LINKED} l SET email = e.email, since = e.since FROM ${LINKED} e` +
  ' WHERE e.account = l.account AND e.alias = l.email AND e.email <> l.email;';

/** Forgets the old address of everybody who has another one than that which was written, or signs in by a plugin. */
const forget = (options: LinkOptions): string =>
  `DELETE FROM ${LINKED} l WHERE l.plugin = ${pluginOf(options)} AND (l.email = l.alias` +
  ` OR NOT EXISTS (SELECT FROM ${PEOPLE} u WHERE u.id = l.account AND u.email = l.alias AND u."pluginAuth" IS NULL));`;

/** Nobody else has the old address, and nobody who is to have it again had it first. */
const IS_FREE =
  `NOT EXISTS (SELECT FROM ${PEOPLE} o WHERE o.email = l.email AND o.id <> l.account)` +
  ` AND NOT EXISTS (SELECT FROM ${LINKED} e WHERE e.email = l.email AND e.plugin = l.plugin` +
  ' AND e.account <> l.account AND (e.since, e.account) < (l.since, l.account))';

/**
 * Accounts are given to the plugin, with the identifier or else by an equal address. From then on PeerTube takes their
 * password no more. It replaces their address by itself when they sign in by identifier; the way back undoes that too.
 * Where somebody else has the old address by then it gives the password back alone, and says which addresses these are;
 * they stay in a table of ours, so that the next try finds them.
 */
const link: Reversible = {
  forward: {
    kind: 'sql',
    begin: first,
    row(linked, options) {
      const alias = text(linked.alias);
      const plugin = pluginOf(options);
      const told = hasId(options) ? `"pluginAuthExternalId" = ${text(uidOf(linked, options))}` : `email = ${alias}`;
      return [
        `INSERT INTO ${LINKED} (account, plugin, email, alias, since)` +
          ` SELECT id, ${plugin}, email, ${alias}, now() FROM ${PEOPLE} WHERE ${isIt(linked)};`,
        `UPDATE ${PEOPLE} SET "pluginAuth" = ${plugin}, ${told} WHERE ${isIt(linked)};`,
      ];
    },
    end: (options) => [KEEP_OLDEST, count(options), ...postgres.end()],
  },
  back: {
    kind: 'sql',
    begin: (options) => [
      ...first(),
      `UPDATE ${PEOPLE} SET "pluginAuth" = NULL${hasId(options) ? ', "pluginAuthExternalId" = NULL' : ''}` +
        ` WHERE "pluginAuth" = ${pluginOf(options)}` +
        ` AND id IN (SELECT l.account FROM ${LINKED} l WHERE l.plugin = ${pluginOf(options)});`,
      forget(options),
      `UPDATE ${PEOPLE} SET email = l.email FROM ${LINKED} l` +
        ` WHERE l.account = ${PEOPLE}.id AND l.plugin = ${pluginOf(options)} AND ${IS_FREE};`,
      forget(options),
      `SELECT DISTINCT l.email AS held_by_somebody_else FROM ${LINKED} l WHERE l.plugin = ${pluginOf(options)}` +
        ' ORDER BY l.email LIMIT 1000;',
      count(options),
    ],
    end: () => postgres.end(LINKED),
  },
};

/** PeerTube: an account belongs to a plugin, which names it by an identifier or by its address. */
export const peertube: Source = {
  id: 'peertube',
  name: 'PeerTube',
  templates: ['peertube'],
  compares: 'folded',
  exports: { postgres: EXPORT },
  usual: {
    postgres: {
      database: 'peertube_prod',
      as: 'postgres',
      container: { service: 'postgres', user: 'postgres' },
    },
  },
  columns: PERSON_COLUMNS,
  secrets: [],
  read: readPerson,
  link: { postgres: link },
  linkNote: 'ends_passwords',
  asks: [{ key: 'match', preset: { value: 'identifier' }, options: ['identifier', 'address'] }],
  move: { postgres: moveBy(postgres, { table: PEOPLE, address: 'email', join: '', name: 'u.username' }) },
};
