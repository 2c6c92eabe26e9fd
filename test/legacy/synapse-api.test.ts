import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wayOf } from '../../src/legacy/sources/synapse-api.ts';
import { synapse } from '../../src/legacy/sources/synapse.ts';
import type { Linked, LinkOptions } from '../../src/legacy/sources/source.ts';
import { freePort } from '../free-port.ts';
import { isHere, openSide, written } from './application-side.ts';
import type { OtherSide } from './other-side.ts';

const TOKEN = 'syt_b2RpbGU_token';
const OPTIONS: LinkOptions = { protocol: 'oidc', issuer: 'https://id.example', uid: 'subject', answers: {} };

const hasTools = ['curl', 'jq'].every((tool) => spawnSync(tool, ['--version']).status === 0) && isHere.postgres;
if (!hasTools) process.stderr.write('SKIPPED: there is no curl, jq or psql, so the script for Synapse is not run\n');

type Ids = { auth_provider: string; external_id: string }[];

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
};

/** The administrators' interface as Synapse has it, over its own tables: a list of ids replaces the one before. */
async function answer(side: OtherSide, request: IncomingMessage): Promise<[number, unknown]> {
  if (request.headers.authorization !== `Bearer ${TOKEN}`) return [401, { errcode: 'M_UNKNOWN_TOKEN' }];
  const [, word] = /^\/_synapse\/admin\/v2\/users\/([^/]+)$/u.exec(request.url ?? '') ?? [];
  const name = decodeURIComponent(word ?? '');
  const [user] = await side.query('SELECT name, deactivated FROM users WHERE name = $1', [name]);
  if (user === undefined) return [404, { errcode: 'M_NOT_FOUND' }];
  if (request.method === 'PUT') {
    const { external_ids: ids } = JSON.parse(await bodyOf(request)) as { external_ids: Ids };
    await side.query('DELETE FROM user_external_ids WHERE user_id = $1', [name]);
    for (const { auth_provider: way, external_id: id } of ids) {
      await side.query('INSERT INTO user_external_ids (auth_provider, external_id, user_id) VALUES ($1, $2, $3)', [
        way,
        id,
        name,
      ]);
    }
  }
  const ids = await side.query(
    'SELECT auth_provider, external_id FROM user_external_ids WHERE user_id = $1 ORDER BY 1, 2',
    [name],
  );
  return [200, { ...user, displayname: null, external_ids: ids }];
}

let side: OtherSide;
let server: Server;
let url: string;

beforeAll(async () => {
  if (!hasTools) return;
  side = await openSide({ source: synapse, engine: 'postgres' });
  const port = await freePort();
  url = `http://localhost:${port}`;
  server = createServer(async (request, response) => {
    const [status, body] = await answer(side, request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(port, 'localhost');
  await once(server, 'listening');
}, 120_000);
afterAll(async () => {
  server?.close();
  await side?.close();
});

async function run(text: string, token = TOKEN): Promise<{ code: number; complained: string }> {
  const told = promisify(execFile)('sh', ['-c', text], {
    env: { PATH: process.env['PATH'], SYNAPSE: url, TOKEN: token },
  });
  return told.then(
    ({ stderr }) => ({ code: 0, complained: stderr }),
    (error: { code: number; stderr: string }) => ({ code: error.code, complained: error.stderr }),
  );
}

test.each([
  ['aluco', 'oidc-aluco'],
  ['oidc-house', 'oidc-oidc-house'],
  // The only one without a prefix, which providers of long ago have.
  ['oidc', 'oidc'],
])('Synapse calls the provider %s %s in its tables', (id, way) => {
  expect(wayOf({ ...OPTIONS, answers: { idp_id: id } })).toBe(way);
});

const ids = async (): Promise<string[]> =>
  (await side.query('SELECT user_id, auth_provider, external_id FROM user_external_ids ORDER BY 1, 2, 3')).map((row) =>
    Object.values(row).join(' '),
  );

const person = (key: string, subject: string): Linked => ({ name: key, key, subject, alias: 'x@relay.example' });

test.skipIf(!hasTools)(
  'Synapse is told through its administrators’ interface whose its accounts are, and untold',
  async () => {
    const before = await ids();
    const { forward, back } = synapse.link.api ?? {};
    if (forward === undefined || back === undefined) throw new Error('there is no such script');
    const people = [
      person('@alix=2fl:chat.example', 'subject-of-alix'),
      person('@nobody\'s $(touch x) `y` "z":chat.example', "'; exit 0; echo '"),
      person('@dalil:chat.example', 'subject-of-dalil'),
    ];

    // Whoever is not there is named, and does not stop the others.
    const said = await run(written(forward, people, OPTIONS));
    expect(said.code).toBe(1);
    expect(said.complained).toMatch(/^not done: %40nobody/mu);
    expect(said.complained.match(/not done/gu)).toHaveLength(1);
    const after = [
      ...before,
      '@alix=2fl:chat.example oidc-aluco subject-of-alix',
      '@dalil:chat.example oidc-aluco subject-of-dalil',
    ];
    expect(await ids()).toEqual(after.toSorted());

    // Twice does no harm, and nobody who has an id by this way gets another one.
    await run(written(forward, [person('@alix=2fl:chat.example', 'another')], OPTIONS));
    expect(await ids()).toEqual(after.toSorted());

    const refused = await run(written(back, people, OPTIONS), 'wrong');
    expect(refused.code).toBe(1);
    expect(await ids()).toEqual(after.toSorted());

    // The way back takes these away and leaves those of another way.
    await run(written(back, people, OPTIONS));
    expect(await ids()).toEqual(before);
  },
  120_000,
);
