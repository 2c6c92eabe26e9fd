import { expect, test } from 'vitest';
import { lemmy } from '../../src/legacy/sources/lemmy.ts';
import { miniflux } from '../../src/legacy/sources/miniflux.ts';
import { peertube } from '../../src/legacy/sources/peertube.ts';
import type { LinkOptions } from '../../src/legacy/sources/source.ts';
import { synapse } from '../../src/legacy/sources/synapse.ts';
import { openSide, written } from './application-side.ts';
import { hasPsql } from './other-side.ts';

const OPTIONS: LinkOptions = { protocol: 'oidc', issuer: 'https://id.example', uid: 'subject', answers: {} };

test.skipIf(!hasPsql).each([
  { source: synapse, table: 'user_external_ids' },
  { source: miniflux, table: 'users' },
  { source: peertube, table: '"user"' },
  { source: lemmy, table: 'oauth_account' },
])('the tables of ours in the database of $source.name belong to whom its own do', async ({ source, table }) => {
  const side = await openSide({ source, engine: 'postgres' });
  const role = `owner_of_${source.id}`;
  const link = source.link.postgres;
  if (link === undefined) throw new Error('there is no such file');
  try {
    side.run(`CREATE ROLE ${role}; ALTER TABLE ${table} OWNER TO ${role};`);
    side.run(written(link.forward, [], OPTIONS));
    const owners = await side.query("SELECT tableowner FROM pg_tables WHERE tablename LIKE 'aluco%'");
    expect(owners).toEqual([{ tableowner: role }]);
  } finally {
    side.run(`REASSIGN OWNED BY ${role} TO CURRENT_USER; DROP ROLE ${role};`);
    await side.close();
  }
});
