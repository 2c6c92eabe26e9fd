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
  `CREATE TABLE IF NOT EXISTS ${LINKED} AS SELECT id AS account, email, email AS alias FROM ${PEOPLE} WHERE 1 = 0;`,
  ...postgres.begin(PEOPLE),
];

/**
 * Accounts are given to the plugin, with the identifier or else by an equal address. From then on PeerTube takes their
 * password no more. It replaces their address by itself when they sign in by identifier; the way back undoes that too.
 */
const link: Reversible = {
  forward: {
    kind: 'sql',
    begin: first,
    row(linked, options) {
      const alias = text(linked.alias);
      const told = hasId(options) ? `"pluginAuthExternalId" = ${text(uidOf(linked, options))}` : `email = ${alias}`;
      return [
        `INSERT INTO ${LINKED} (account, email, alias) SELECT id, email, ${alias} FROM ${PEOPLE} WHERE ${isIt(linked)};`,
        `UPDATE ${PEOPLE} SET "pluginAuth" = ${pluginOf(options)}, ${told} WHERE ${isIt(linked)};`,
      ];
    },
    end: (options) => [count(options), ...postgres.end()],
  },
  back: {
    kind: 'sql',
    begin: (options) => [
      ...first(),
      `UPDATE ${PEOPLE} SET "pluginAuth" = NULL${hasId(options) ? ', "pluginAuthExternalId" = NULL' : ''},` +
        ` email = CASE WHEN ${PEOPLE}.email = l.alias THEN l.email ELSE ${PEOPLE}.email END` +
        ` FROM ${LINKED} l WHERE l.account = ${PEOPLE}.id AND ${PEOPLE}."pluginAuth" = ${pluginOf(options)};`,
      `DROP TABLE ${LINKED};`,
      count(options),
    ],
    row: () => [],
    end: () => postgres.end(),
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
