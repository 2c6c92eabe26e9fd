/**
 * `npm run bench`: the figures that performance is judged by, in one run on one machine, as a table and as JSON
 * (`--json FILE`). `--stored N` sets the size of the large house (1,000,000). `--backup` measures backup and restore
 * of such a house instead, on PostgreSQL too with `--postgres ADDRESS` of an empty database.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../free-port.ts';
import { measureBackups } from './backup.ts';
import { discoveryWhileHashing, hashesPerSecond, logIn, loginsPerSecond } from './logins.ts';
import { startMeasured, type Measured } from './process.ts';
import { REDIRECT_URI, seedHouse, storeAccounts, type Seeded } from './seed.ts';
import { ask, costOfSignIn, type Target } from './sso.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    stored: { type: 'string', default: '1000000' },
    backup: { type: 'boolean', default: false },
    postgres: { type: 'string' },
  },
});
const folder = mkdtempSync(path.join(os.tmpdir(), 'aluco-bench-'));
const WARM_UP = 400;
const COUNT = 800;
const PEOPLE = 50;

type Figure = { name: string; value: number; unit: string; aim: string };
const figures: Figure[] = [];

function note(name: string, value: number, unit: string, aim = ''): void {
  figures.push({ name, value, unit, aim });
  process.stdout.write(`${name.padEnd(62)} ${value.toFixed(2).padStart(10)} ${unit.padEnd(10)} ${aim}\n`);
}

function environmentFor(name: string, port: number): Record<string, string> {
  return {
    ALUCO_URL: `http://localhost:${port}`,
    ALUCO_PORT: String(port),
    ALUCO_LISTEN: 'localhost',
    ALUCO_DATA: path.join(folder, name),
    ALUCO_TRUSTED_PROXIES: '127.0.0.0/8 ::1',
    ALUCO_LANGUAGE: 'en',
    ALUCO_LOG_LEVEL: 'error',
  };
}

function startOurs(environment: Record<string, string>): Promise<Measured> {
  return startMeasured(['dist/main.js'], environment, `${environment['ALUCO_URL']}/.well-known/openid-configuration`);
}

async function targetOf(url: string, seeded: Seeded): Promise<Target> {
  const cookie = await logIn(url, seeded.people[0] ?? '', '10.200.1.1');
  const target = {
    authorize: `${url}/oidc/authorize`,
    token: `${url}/oidc/token`,
    userinfo: `${url}/oidc/userinfo`,
    clientId: seeded.clientId,
    secret: seeded.secret,
    redirectUri: REDIRECT_URI,
    cookie,
  };
  return { ...target, cookie: await createProfile(url, target) };
}

/** Walks once through "new profile", so that the session has a grant and later sign-ins are silent. */
async function createProfile(url: string, target: Target): Promise<string> {
  const query = new URLSearchParams({
    client_id: target.clientId,
    response_type: 'code',
    redirect_uri: target.redirectUri,
    scope: 'openid profile email',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  });
  const jar = new Map(target.cookie.split('; ').map((pair) => pair.split('=', 2) as [string, string]));
  const cookie = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const keep = (lines: string[]): void => {
    for (const line of lines) {
      const [name = '', value = ''] = (line.split(';', 1)[0] ?? '').split('=', 2);
      jar.set(name, value);
    }
  };
  const asked = await ask(`${target.authorize}?${query.toString()}`, 'GET', { cookie: cookie() });
  keep(asked.cookies);
  const place = new URL(asked.location ?? '', url).pathname;
  const page = await ask(`${url}${place}`, 'GET', { cookie: cookie() });
  const csrf = /name="csrf" value="([^"]+)"/u.exec(page.body)?.[1] ?? '';
  const made = await ask(
    `${url}${place}/create`,
    'POST',
    {
      cookie: cookie(),
      origin: url,
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded',
    },
    new URLSearchParams({ csrf, name: 'alice', note: '' }).toString(),
  );
  const done = await ask(made.location ?? '', 'GET', { cookie: cookie() });
  keep(done.cookies);
  return [...jar]
    .filter(([name]) => /^aluco(\.sig)?$/u.test(name))
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
}

async function bareCost(): Promise<number> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const server = await startMeasured(
    ['--import', 'tsx', 'test/bench/bare.ts', String(port)],
    {},
    `${url}/.well-known/openid-configuration`,
  );
  const { cookies } = await ask(`${url}/bench-login`, 'GET', {});
  const cookie = cookies.map((line) => line.split(';', 1)[0]).join('; ');
  const target = {
    authorize: `${url}/auth`,
    token: `${url}/token`,
    userinfo: `${url}/me`,
    clientId: 'bench',
    secret: 'a secret of the bench, long enough to be one',
    redirectUri: REDIRECT_URI,
    cookie,
  };
  const cost = await costOfSignIn(server, target, WARM_UP, COUNT);
  await server.stop();
  return cost;
}

async function ourCost(name: string, stored: number): Promise<number> {
  const environment = environmentFor(name, await freePort());
  const seeded = await seedHouse(environment, 1);
  storeAccounts(environment['ALUCO_DATA'] ?? '', seeded.applicationId, stored);
  const server = await startOurs(environment);
  const cost = await costOfSignIn(server, await targetOf(environment['ALUCO_URL'] ?? '', seeded), WARM_UP, COUNT);
  await server.stop();
  return cost;
}

async function run(): Promise<void> {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });

  const environment = environmentFor('house', await freePort());
  const url = environment['ALUCO_URL'] ?? '';
  const seeded = await seedHouse(environment, PEOPLE);
  const server = await startOurs(environment);
  note('time to first answer (bundle)', server.firstAnswer, 'ms', 'under 1000');
  await pause(3000);
  note('idle memory (bundle)', server.memory() / 1_000_000, 'MB', 'at most 100');

  const ceiling = await hashesPerSecond(200);
  note('argon2id verifications, nothing else', ceiling, '/s');
  await loginsPerSecond(url, seeded.people, 50, 8);
  const logins = await loginsPerSecond(url, seeded.people, 300, 16);
  note('password logins', logins, '/s');
  note('password logins against the ceiling', (100 * logins) / ceiling, '%', 'at least 90');
  note('p99 of discovery while 50 logins hash', await discoveryWhileHashing(url, seeded.people), 'ms', 'under 50');
  await server.stop();

  const bare = await bareCost();
  note('SSO re-login, bare library in memory', bare, 'CPU-ms');
  const small = await ourCost('small', 1000);
  note('SSO re-login, 1,000 accounts stored', small, 'CPU-ms');
  note('SSO re-login against the bare library', small / bare, 'times', 'at most 1.4');
  const large = await ourCost('large', Number(values.stored));
  note(`SSO re-login, ${Number(values.stored).toLocaleString('en')} accounts stored`, large, 'CPU-ms');
  note('SSO re-login, large against small', large / small, 'times', 'within 0.8–1.2');
}

async function runBackup(): Promise<void> {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  const environment = environmentFor('house', await freePort());
  const seeded = await seedHouse(environment, 1);
  storeAccounts(environment['ALUCO_DATA'] ?? '', seeded.applicationId, Number(values.stored));
  await measureBackups(environment, folder, Number(values.stored), values.postgres, note);
}

try {
  await (values.backup ? runBackup() : run());
  const json = JSON.stringify({ cores: os.availableParallelism(), node: process.version, figures }, undefined, 2);
  if (values.json === undefined) process.stdout.write(`${json}\n`);
  else writeFileSync(values.json, `${json}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
