import { postgres } from './dialect.ts';
import { PERSON_COLUMNS, readPerson } from './person.ts';
import type { Source } from './source.ts';
import { moveBy } from './told.ts';

/**
 * A user has several profiles; the one that Mobilizon shows first gives the name, the oldest where none is. Who has none
 * yet has nothing to take back.
 */
const EXPORT = `SELECT u.id AS key, a.preferred_username AS name, u.password_hash AS hash, u.email AS address,
  u.confirmed_at IS NOT NULL AS confirmed, u.disabled OR a.suspended AS disabled, false AS second_factor
FROM users u JOIN LATERAL (SELECT * FROM actors WHERE user_id = u.id AND domain IS NULL AND type = 'Person'
  ORDER BY (id = u.default_actor_id) DESC NULLS LAST, id LIMIT 1) a ON true
ORDER BY u.id;`;

/** Mobilizon: people are recognised by their address alone; so the file that replaces it is what links. */
export const mobilizon: Source = {
  id: 'mobilizon',
  name: 'Mobilizon',
  templates: [],
  compares: 'folded',
  exports: { postgres: EXPORT },
  usual: { postgres: { database: 'mobilizon_prod', as: 'postgres', container: { service: 'db', user: 'mobilizon' } } },
  columns: PERSON_COLUMNS,
  secrets: [],
  read: readPerson,
  link: {},
  linkNote: 'by_address',
  move: {
    postgres: moveBy(postgres, {
      table: 'users',
      address: 'email',
      join: 'JOIN actors a ON a.user_id = u.id AND a.domain IS NULL',
      name: 'a.preferred_username',
    }),
  },
};
