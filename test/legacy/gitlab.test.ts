import { expect, test } from 'vitest';
import { gitlab } from '../../src/legacy/sources/gitlab.ts';
import type { Linked, LinkOptions } from '../../src/legacy/sources/source.ts';
import { openSide, written } from './application-side.ts';
import { hasPsql } from './other-side.ts';

const OPTIONS: LinkOptions = { protocol: 'oidc', issuer: 'https://id.example', uid: 'subject', answers: {} };

const linked = (key: string, name: string, subject: string): Linked => ({
  key,
  name,
  subject,
  alias: `${name}@relay.example`,
});

test.skipIf(!hasPsql)(
  'an account of GitLab has one identity by one way, and no two accounts have ids that differ in case alone',
  async () => {
    const side = await openSide({ source: gitlab, engine: 'postgres' });
    const link = gitlab.link.postgres;
    if (link === undefined) throw new Error('there is no such file');
    const people = [
      linked('1', 'Alix-Code', 'subject of alix'),
      linked('2', 'dalil', 'subject of dalil'),
      linked('3', 'chloe', 'subject of chloe'),
    ];
    try {
      // Alix came by an earlier service of the same kind; Emil's id there is Dalil's here, in other letters.
      side.run(`INSERT INTO identities (extern_uid, provider, user_id, created_at, updated_at) VALUES
        ('of the earlier service', 'openid_connect', 1, now(), now()),
        ('Subject of Dalil', 'openid_connect', 4, now(), now());`);
      const before = await side.dump();
      const said = side.run(written(link.forward, people, OPTIONS));
      expect(said).toMatch(/^ another_id +\| +1$/mu);
      expect(said).toMatch(/^ held +\| +1$/mu);
      expect(said).toMatch(/^ linked +\| +1$/mu);
      expect(said).toMatch(/has_another_id\s+-+\s+Alix-Code$/mu);
      const known = await side.query(
        "SELECT user_id, extern_uid FROM identities WHERE provider = 'openid_connect' ORDER BY user_id",
      );
      expect(known.map((row) => Object.values(row).join(' '))).toEqual([
        '1 of the earlier service',
        '3 subject of chloe',
        '4 Subject of Dalil',
      ]);
      side.run(written(link.back, people, OPTIONS));
      expect(await side.dump()).toBe(before);
    } finally {
      await side.close();
    }
  },
);
