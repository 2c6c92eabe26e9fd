import { expect, test } from 'vitest';
import { seafile } from '../../src/legacy/sources/seafile.ts';
import type { LinkOptions } from '../../src/legacy/sources/source.ts';
import { written } from './application-side.ts';
import { hasMariadb, openMysqlSide } from './mariadb-side.ts';

const OPTIONS: LinkOptions = {
  protocol: 'saml',
  issuer: 'https://id.example',
  uid: 'subject',
  answers: { provider: 'saml' },
};

test.skipIf(!hasMariadb)(
  'an account of Seafile is who was imported, and nobody whose login only looks like theirs',
  async () => {
    const side = await openMysqlSide('fixtures/seafile.mysql.sql', { database: 'seahub_db' });
    const link = seafile.link.mysql;
    if (link === undefined) throw new Error('there is no such file');
    const people = ['élise@home.example', 'ALIX@home.example', 'gaspard@home.example'].map((key) => ({
      key,
      name: key,
      subject: `subject of ${key}`,
      alias: `${key.length}@relay.example`,
    }));
    try {
      const before = await side.dump();
      // Élise left, and somebody came whose login is the same to the collation.
      await side.query(
        "INSERT INTO ccnet_db.EmailUser (id, email, is_staff, is_active) VALUES (8, 'elise@home.example', 0, 1)",
      );
      side.run(written(link.forward, people, OPTIONS));
      const known = await side.query(
        "SELECT username, uid FROM seahub_db.social_auth_usersocialauth WHERE provider = 'saml'",
      );
      expect(known).toEqual([{ username: 'gaspard@home.example', uid: 'subject of gaspard@home.example' }]);
      side.run(written(link.back, people, OPTIONS));
      await side.query('DELETE FROM ccnet_db.EmailUser WHERE id = 8');
      expect(await side.dump()).toBe(before);
    } finally {
      await side.close();
    }
  },
);
