import { postgres } from './dialect.ts';
import { PERSON_COLUMNS, readPerson } from './person.ts';
import type { Source } from './source.ts';
import { linkBy } from './told.ts';

/**
 * People, no bots. Who came by another way in has a password that nobody knows. An account that was put aside because
 * nobody used it wakes up at the next sign-in: that is no suspension.
 */
const EXPORT = `SELECT u.id AS key, u.username AS name,
  CASE WHEN u.password_automatically_set THEN NULL ELSE u.encrypted_password END AS hash,
  u.email AS address, u.confirmed_at IS NOT NULL AS confirmed,
  u.state NOT IN ('active', 'deactivated') AS disabled,
  u.otp_required_for_login OR EXISTS (SELECT FROM webauthn_registrations w WHERE w.user_id = u.id) AS second_factor
FROM users u WHERE COALESCE(u.user_type, 0) = 0 ORDER BY u.id;`;

/**
 * GitLab: people are recognised by an identity. Their address stays: GitLab knows by it whose commits are whose, so they
 * change it there themselves, where they can keep the old one beside it.
 */
export const gitlab: Source = {
  id: 'gitlab',
  name: 'GitLab',
  templates: ['gitlab', 'gitlab-saml'],
  compares: 'folded',
  exports: { postgres: EXPORT },
  usual: { postgres: { database: 'gitlabhq_production', as: 'gitlab-psql' } },
  columns: PERSON_COLUMNS,
  secrets: [],
  read: readPerson,
  link: {
    postgres: linkBy(
      postgres,
      { table: 'users', address: 'email', join: '', name: 'u.username' },
      {
        table: 'identities',
        uid: 'extern_uid',
        user: 'user_id',
        // It finds people by it in any case, and takes no identity any more of an account that has two by one way.
        compared: (id) => `lower(${id})`,
        isOnePerWay: true,
        provider: {
          column: 'provider',
          value: ({ protocol }) => (protocol === 'saml' ? 'saml' : 'openid_connect'),
        },
      },
    ),
  },
  move: {},
};
