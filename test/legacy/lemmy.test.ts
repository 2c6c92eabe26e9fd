import { expect, test } from 'vitest';
import { lemmy } from '../../src/legacy/sources/lemmy.ts';
import type { LinkOptions } from '../../src/legacy/sources/source.ts';
import { openSide, written } from './application-side.ts';
import { hasPsql } from './other-side.ts';

const OPTIONS: LinkOptions = { protocol: 'oidc', issuer: 'https://id.example', uid: 'subject', answers: {} };

test.skipIf(!hasPsql)(
  'an address of Lemmy that somebody else has by now, in other letters, is told and holds up nobody else',
  async () => {
    const side = await openSide({ source: lemmy, engine: 'postgres' });
    const move = lemmy.move.postgres;
    if (move === undefined) throw new Error('there is no such file');
    try {
      const rows = await side.query(
        `SELECT l.id, p.name, l.email FROM local_user l JOIN person p ON p.id = l.person_id
         WHERE p.local AND l.email IS NOT NULL ORDER BY l.id LIMIT 3`,
      );
      const people = rows.map(({ id, name }) => ({
        key: String(id),
        name: String(name),
        subject: `subject of ${String(name)}`,
        alias: `alias${String(id)}@relay.example`,
      }));
      const [first, second, third] = people;
      if (first === undefined || second === undefined || third === undefined) throw new Error('too few people');
      const before = await side.dump();
      side.run(written(move.forward, [first, second], OPTIONS));
      const give = (key: string, address: string) =>
        side.query('UPDATE local_user SET email = $2 WHERE id = $1', [Number(key), address]);
      await give(third.key, String(rows[0]?.['email']).toUpperCase());

      expect(side.run(written(move.back, [], OPTIONS))).toMatch(/held\W+1\b/u);
      const known = await side.query('SELECT email FROM local_user WHERE id = $1', [Number(second.key)]);
      expect(known).toEqual([{ email: rows[1]?.['email'] }]);
      await give(third.key, String(rows[2]?.['email']));
      side.run(written(move.back, [], OPTIONS));
      expect(await side.dump()).toBe(before);
    } finally {
      await side.close();
    }
  },
);

test.skipIf(!hasPsql)(
  'whoever Lemmy has not accepted is blocked as long as it asks for that, and no longer',
  async () => {
    const side = await openSide({ source: lemmy, engine: 'postgres' });
    const blocked = async () =>
      (await side.query(lemmy.exports.postgres ?? ''))
        .filter((row) => row['disabled'] === true)
        .map(({ name }) => name);
    try {
      expect(await blocked()).toEqual(['dalil', 'emil', 'fanny']);
      await side.query("UPDATE local_site SET registration_mode = 'Closed'");
      expect(await blocked()).toEqual(['dalil', 'emil', 'fanny']);
      await side.query("UPDATE local_site SET registration_mode = 'Open'");
      expect(await blocked()).toEqual(['dalil', 'emil']);
    } finally {
      await side.close();
    }
  },
);

test.skipIf(!hasPsql)(
  'accounts of Lemmy are linked by the provider that is in use, and not by one that was put aside',
  async () => {
    const side = await openSide({ source: lemmy, engine: 'postgres' });
    const link = lemmy.link.postgres;
    if (link === undefined) throw new Error('there is no such file');
    try {
      // Lemmy deletes no provider by which somebody signed in once.
      side.run(`INSERT INTO oauth_provider (id, display_name, issuer, authorization_endpoint, token_endpoint,
        userinfo_endpoint, id_claim, client_id, client_secret, scopes, enabled)
      VALUES (8, 'A first try', 'https://id.example', 'x', 'x', 'x', 'sub', 'x', 'x', 'openid', false),
        (9, 'Aluco', 'https://id.example/', 'x', 'x', 'x', 'sub', 'y', 'x', 'openid', true);`);
      const before = await side.dump();
      const alix = { key: '1', name: 'alix_liens', subject: 'subject of alix', alias: 'alix@relay.example' };
      side.run(written(link.forward, [alix], OPTIONS));
      const known = await side.query('SELECT local_user_id, oauth_provider_id FROM oauth_account');
      expect(known).toEqual([{ local_user_id: 1, oauth_provider_id: 9 }]);
      side.run(written(link.back, [], OPTIONS));
      expect(await side.dump()).toBe(before);
    } finally {
      await side.close();
    }
  },
);
