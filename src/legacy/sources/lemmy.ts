import { postgres } from './dialect.ts';
import { PERSON_COLUMNS, readPerson } from './person.ts';
import { linkRows } from './rows.ts';
import type { Source } from './source.ts';
import { moveBy, numberOf } from './told.ts';

const { text } = postgres;

/**
 * Bans by the own server that still hold, accounts that their owners deleted, and those whose application was not
 * accepted, where the server asks for one: it lets those in as little as the others.
 */
const EXPORT = `SELECT l.id AS key, p.name AS name, l.password_encrypted AS hash, l.email AS address,
  l.email_verified AND l.email IS NOT NULL AS confirmed,
  p.deleted OR EXISTS (SELECT FROM instance_actions b WHERE b.person_id = p.id AND b.instance_id = p.instance_id
    AND b.received_ban_at IS NOT NULL AND (b.ban_expires_at IS NULL OR b.ban_expires_at > now()))
    OR NOT (l.accepted_application OR l.admin) AND EXISTS (SELECT FROM local_site s
      WHERE lower(s.registration_mode::text) <> 'open') AS disabled,
  l.totp_2fa_enabled AS second_factor
FROM local_user l JOIN person p ON p.id = l.person_id WHERE p.local ORDER BY l.id;`;

/**
 * The provider as the administrator entered it there; none is an error, and then nothing is written. One that was put
 * aside may stand there still: Lemmy lets nobody in by it.
 */
const providerOf = (issuer: string): string =>
  `(SELECT id FROM oauth_provider WHERE rtrim(issuer, '/') = ${text(issuer.replace(/\/+$/u, ''))}` +
  ' ORDER BY enabled DESC, id LIMIT 1)';

/** Lemmy since 1.0: people are recognised by the subject and the provider. */
export const lemmy: Source = {
  id: 'lemmy',
  name: 'Lemmy',
  templates: [],
  compares: 'folded',
  exports: { postgres: EXPORT },
  usual: { postgres: { database: 'lemmy', as: 'postgres', container: { service: 'postgres', user: 'lemmy' } } },
  columns: PERSON_COLUMNS,
  secrets: [],
  read: readPerson,
  link: {
    postgres: linkRows(
      postgres,
      {
        table: 'oauth_account',
        uid: 'oauth_user_id',
        account: 'local_user_id',
        way: ({ issuer }) => ({ oauth_provider_id: providerOf(issuer) }),
      },
      ({ key, name }) => ({
        from:
          `FROM local_user l JOIN person p ON p.id = l.person_id` +
          ` WHERE l.id = ${numberOf(key)} AND p.name = ${text(name)} AND p.local`,
        account: 'l.id',
      }),
    ),
  },
  move: {
    postgres: moveBy(postgres, {
      table: 'local_user',
      address: 'email',
      // Its index lets in no two that differ in case alone.
      compared: (address) => `lower(${address})`,
      join: 'JOIN person a ON a.id = u.person_id',
      name: 'a.name',
      where: 'a.local',
    }),
  },
};
