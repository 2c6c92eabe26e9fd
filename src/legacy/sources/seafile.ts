import { mysql } from './dialect.ts';
import { PERSON_COLUMNS, readPerson } from './person.ts';
import { answerOf, linkRows } from './rows.ts';
import type { Source } from './source.ts';

const { same, text } = mysql;

const LOCAL = (table: string): string => `SUBSTRING_INDEX(${table}.email, '@', 1)`;

/** Its older tables cannot hold, nor be compared with, characters of more than three bytes: no login has any. */
const loginIn = (key: string): string => (/[\u{10000}-\u{10FFFF}]/u.test(key) ? 'NULL' : text(key));

/**
 * The login is an address, or looks like one: what stands before the @ becomes the name, since a name is shown to others
 * and an address is not. Where two would have the same, their numbers follow it. Who has no other address written down
 * has the login's; those that end in \`@auth.local\` belong to nobody. Nobody made sure of any of them.
 */
const EXPORT = `SELECT JSON_OBJECT('key', e.email,
  'name', COALESCE(NULLIF(p.login_id, ''), IF(s.people = 1, ${LOCAL('e')}, CONCAT(${LOCAL('e')}, '-', e.id))),
  'hash', e.passwd,
  'address', COALESCE(NULLIF(p.contact_email, ''), IF(e.email LIKE '%@auth.local', '', e.email)), 'confirmed', 0,
  'disabled', e.is_active = 0,
  'second_factor', EXISTS (SELECT 1 FROM seahub_db.two_factor_totpdevice f WHERE f.user = e.email AND f.confirmed = 1)
    OR EXISTS (SELECT 1 FROM seahub_db.two_factor_phonedevice f WHERE f.user = e.email AND f.confirmed = 1))
FROM ccnet_db.EmailUser e LEFT JOIN seahub_db.profile_profile p ON p.user = e.email
JOIN (SELECT ${LOCAL('o')} AS local, COUNT(*) AS people FROM ccnet_db.EmailUser o GROUP BY ${LOCAL('o')}) s
  ON s.local = ${LOCAL('e')}
ORDER BY e.id;`;

/**
 * Seafile: people are recognised by what is written for their login and the provider: the NameID by SAML, \`uid\` by
 * OAuth. The contact address follows by itself, since it takes over the one that it is sent.
 */
export const seafile: Source = {
  id: 'seafile',
  name: 'Seafile',
  templates: ['seafile-saml'],
  compares: 'folded',
  exports: { mysql: EXPORT },
  usual: { mysql: { database: 'seahub_db', container: { service: 'db', user: 'root' } } },
  columns: PERSON_COLUMNS,
  secrets: [],
  read(cells) {
    const row = readPerson(cells);
    return { ...row, hash: row.hash && { ...row.hash, algorithm: 'seafile' } };
  },
  link: {
    mysql: linkRows(
      mysql,
      {
        table: 'social_auth_usersocialauth',
        uid: 'uid',
        account: 'username',
        way: (options) => ({ provider: text(answerOf(options, 'provider') || 'saml') }),
        others: { extra_data: text('') },
      },
      // By its index first, which finds those that only look alike as well.
      ({ key }) => ({
        from: `FROM ccnet_db.EmailUser u WHERE u.email = ${loginIn(key)} AND ${same('u.email', text(key))}`,
        account: 'u.email',
      }),
    ),
  },
  asks: [{ key: 'provider', preset: { value: 'saml' } }],
  move: {},
};
