import { PERSON_COLUMNS, readPerson } from './person.ts';
import { postgres } from './dialect.ts';
import type { Source } from './source.ts';
import { linkBy, moveBy, type People } from './told.ts';

/**
 * Everybody of this place: accounts of other servers have a domain, those that Mastodon needs for itself a negative
 * number. Accounts that were deleted have no user any more, and their names stay taken there: so they do here. A pending
 * sign-up and the account of somebody who died let nobody in; one that moved elsewhere does.
 */
const EXPORT = `SELECT u.id AS key, a.username AS name, u.encrypted_password AS hash, u.email AS address,
  u.confirmed_at IS NOT NULL AS confirmed,
  u.id IS NULL OR u.disabled OR NOT u.approved OR a.suspended_at IS NOT NULL OR a.memorial AS disabled,
  COALESCE(u.otp_required_for_login, false)
    OR EXISTS (SELECT FROM webauthn_credentials w WHERE w.user_id = u.id) AS second_factor
FROM accounts a LEFT JOIN users u ON u.account_id = a.id
WHERE a.domain IS NULL AND a.id > 0
ORDER BY a.id;`;

const people: People = {
  table: 'users',
  address: 'email',
  join: 'JOIN accounts a ON a.id = u.account_id',
  name: 'a.username',
  where: 'a.domain IS NULL',
};

/** Mastodon: people are recognised by an identity, whose `uid` is their name as the templates set it up. */
export const mastodon: Source = {
  id: 'mastodon',
  name: 'Mastodon',
  templates: ['mastodon', 'mastodon-saml'],
  compares: 'folded',
  exports: { postgres: EXPORT },
  usual: {
    postgres: {
      database: 'mastodon_production',
      as: 'mastodon',
      container: { service: 'db', user: 'postgres' },
    },
  },
  columns: PERSON_COLUMNS,
  secrets: [],
  read: readPerson,
  uid: 'name',
  link: {
    postgres: linkBy(postgres, people, {
      table: 'identities',
      uid: 'uid',
      user: 'user_id',
      provider: {
        column: 'provider',
        value: ({ protocol }) => (protocol === 'saml' ? 'saml' : 'openid_connect'),
      },
    }),
  },
  move: { postgres: moveBy(postgres, people) },
};
