/**
 * `npm run bench`: the figures that performance is judged by, in one run on one machine, as a table and as JSON
 * (`--json FILE`). `--stored N` sets the size of the large house (1,000,000). `--saml` measures SAML alone, `--passkeys`
 * passkeys, `--flood` a flood of sign-ins and the work against robots, `--relay` the mail relay against Postfix, `--dkim`
 * signatures of mail, `--moderation` what moderators look at, `--import` the
 * import of old names, `--game` what adversaries gain who guess whose two profiles
 * are, in `--worlds N` worlds (5,000), `--old-passwords` what old passwords and taking a name back by one cost.
 * `--backup` measures backup and restore of such a house instead, on PostgreSQL too with `--postgres ADDRESS` of an empty database.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../free-port.ts';
import { measureBackups } from './backup.ts';
import { storeDeferred } from './relay/deferred.ts';
import { compareRelays, type Load, type Relayed } from './relay/relay.ts';
import type { Bottom } from './bare-saml.ts';
import { measureDkim } from './dkim.ts';
import { flood } from './flood.ts';
import { bareInserts, forgetAndUndo, importTable, signInsUntil, writeTable } from './import.ts';
import { measureGame } from './game.ts';
import { discoveryWhileHashing, hashesPerSecond, loginsPerSecond } from './logins.ts';
import { QUESTIONS, timesOf } from './moderation.ts';
import { measureOldPasswords } from './old-passwords.ts';
import { bareVerification, passkeySignIns, seedPasskeys } from './passkeys.ts';
import { runForJson, startMeasured, type Measured } from './process.ts';
import { costOfAnswer, stallWhileAnswering, type Manner, type SamlTarget } from './saml.ts';
import { REDIRECT_URI, seedHouse, storeAccounts } from './seed.ts';
import { ask, costOfSignIn } from './sso.ts';
import { measureTakingBack } from './taking-back.ts';
import { signInOnce } from './target.ts';
import { costOfWork } from './work.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    stored: { type: 'string', default: '1000000' },
    saml: { type: 'boolean', default: false },
    passkeys: { type: 'boolean', default: false },
    flood: { type: 'boolean', default: false },
    moderation: { type: 'boolean', default: false },
    relay: { type: 'boolean', default: false },
    dkim: { type: 'boolean', default: false },
    game: { type: 'boolean', default: false },
    'old-passwords': { type: 'boolean', default: false },
    worlds: { type: 'string', default: '5000' },
    import: { type: 'boolean', default: false },
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

function startOurs(environment: Record<string, string>, before: string[] = []): Promise<Measured> {
  return startMeasured(
    [...before, 'dist/main.js'],
    environment,
    `${environment['ALUCO_URL']}/.well-known/openid-configuration`,
  );
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
  const target = await signInOnce(environment['ALUCO_URL'] ?? '', seeded);
  const cost = await costOfSignIn(server, target, WARM_UP, COUNT);
  await server.stop();
  return cost;
}

const MANNERS: readonly (Manner & { name: string })[] = [
  { name: 'Redirect', binding: 'redirect', signed: false, entity: 'plain' },
  { name: 'Redirect, request signed', binding: 'redirect', signed: true, entity: 'plain' },
  { name: 'POST, request signed', binding: 'post', signed: true, entity: 'plain' },
  { name: 'Redirect, encrypted', binding: 'redirect', signed: false, entity: 'encrypted' },
];

async function measureAnswers(
  environment: Record<string, string>,
  target: SamlTarget,
  stored: number,
  { signature, bare }: Bottom,
): Promise<void> {
  const server = await startOurs(environment);
  for (const { name, ...manner } of MANNERS) {
    const title = `SAML answer, ${name}, ${stored.toLocaleString('en')} accounts stored`;
    const { median, least } = await costOfAnswer(server, target, manner, WARM_UP, COUNT / 4);
    note(title, median, 'CPU-ms', 'at most 3');
    note(`${title}: least of the rounds`, least, 'CPU-ms');
    note(`${title}: against one signature`, median / signature, 'times');
    note(`${title}: against the bare library, in memory`, median / bare, 'times');
  }
  await server.stop();
}

async function measureStall(environment: Record<string, string>, target: SamlTarget): Promise<void> {
  const server = await startOurs(environment, ['--import', './test/bench/stall.ts']);
  for (const { name, ...manner } of MANNERS) {
    const title = `longest stall while ${PEOPLE} SAML answers are made, ${name}`;
    const { longest, busiest } = await stallWhileAnswering(server, target, manner, PEOPLE);
    note(title, longest.median, 'ms', 'under 50');
    note(`${title}: least of the rounds`, longest.least, 'ms');
    note(`${title}: processor time of one turn`, busiest.median, 'CPU-ms');
  }
  await server.stop();
}

async function runSaml(): Promise<void> {
  const bottom = (await runForJson(['--import', 'tsx', 'test/bench/bare-saml.ts', '1000'])) as Bottom;
  note('one signature (RSA-2048, SHA-256)', bottom.signature, 'CPU-ms');
  note('SAML answer, bare library, in memory', bottom.bare, 'CPU-ms');
  note('SAML answer, bare library: against one signature', bottom.bare / bottom.signature, 'times');
  const environment = environmentFor('saml', await freePort());
  const url = environment['ALUCO_URL'] ?? '';
  const seeded = await seedHouse(environment, 1);
  const server = await startOurs(environment);
  const { cookie } = await signInOnce(url, seeded);
  await server.stop();
  const target = { url, cookie, key: seeded.samlKey };
  await measureAnswers(environment, target, 0, bottom);
  await measureStall(environment, target);
  storeAccounts(environment['ALUCO_DATA'] ?? '', seeded.applicationId, Number(values.stored));
  await measureAnswers(environment, target, Number(values.stored), bottom);
}

/** One round warms up, which loads the library; the other is measured. */
async function runPasskeys(): Promise<void> {
  const environment = environmentFor('passkeys', await freePort());
  const url = environment['ALUCO_URL'] ?? '';
  const { people } = await seedHouse(environment, PEOPLE);
  const keys = await seedPasskeys(environment, people);
  const bare = await bareVerification(COUNT);
  note('passkey verification, nothing else', bare, 'CPU-ms');
  const server = await startOurs(environment);
  await passkeySignIns(server, url, keys, { count: WARM_UP, atOnce: 16, first: 0 });
  const { perSecond, cpu } = await passkeySignIns(server, url, keys, { count: COUNT, atOnce: 16, first: WARM_UP });
  note('passkey sign-ins', perSecond, '/s');
  note('passkey sign-in: page, question and answer', cpu, 'CPU-ms');
  note('passkey sign-in: against the verification alone', cpu / bare, 'times');
  await server.stop();
}

async function measureFlood(url: string, server: Measured, people: readonly string[]): Promise<void> {
  const { signedIn, refused, strange, p99, pages, before, peak } = await flood(url, server, people, 500);
  note('500 password logins at once: signed in', signedIn, '');
  note('500 password logins at once: 503 with Retry-After', refused, '');
  note('500 password logins at once: anything else', strange, '', 'none');
  note(`500 password logins at once: p99 of ${pages} other pages`, p99, 'ms', 'under 100');
  note('500 password logins at once: memory above that before', (peak - before) / 1_000_000, 'MB');
}

/** What the work against robots costs: a browser, in one thread of this machine, and us. */
async function measureWork(): Promise<void> {
  const { asking, solving, checking } = await costOfWork();
  note('work against robots: asking for it', asking, 'ms');
  note('work against robots: solving it, one thread', solving, 'ms', '1000–2000 on a telephone');
  note('work against robots: checking it', checking, 'ms');
}

async function runFlood(): Promise<void> {
  const environment = environmentFor('house', await freePort());
  const seeded = await seedHouse(environment, PEOPLE);
  const server = await startOurs(environment);
  await measureFlood(environment['ALUCO_URL'] ?? '', server, seeded.people);
  await server.stop();
  await measureWork();
}

const LARGE = { size: 25_000_000, connections: 8, count: 8 };
const LOADS: readonly Load[] = [
  ...[5000, 100_000].flatMap((size) =>
    [1, 8, 32].map((connections) => ({ size, connections, count: size > 50_000 ? 400 : 2000 })),
  ),
  LARGE,
];

const DEFERRED = 100_000;

async function runRelay(): Promise<void> {
  const environment = environmentFor('relay', await freePort());
  await compareRelays(environment, folder, LOADS, ({ size, connections }, postfix, ours) => {
    const title = `relaying ${size / 1000} kB over ${connections} connection${connections > 1 ? 's' : ''}`;
    const both = (name: string, unit: string, of: (one: Relayed) => number): void => {
      note(`${title}: ${name}, Postfix`, of(postfix), unit);
      note(`${title}: ${name}, Aluco`, of(ours), unit);
    };
    both('accepted', '/s', ({ acceptedPerSecond }) => acceptedPerSecond);
    both('relayed', '/s', ({ relayedPerSecond }) => relayedPerSecond);
    both('processor time of a message', 'CPU-ms', ({ cpu }) => cpu);
    both('memory at most', 'MB', ({ peak }) => peak / 1_000_000);
    const ratio = ours.relayedPerSecond / postfix.relayedPerSecond;
    note(`${title}: relayed, against Postfix`, ratio, 'times', connections > 1 ? 'at least 1' : '');
  });
  await runDeferred();
}

/** What moderators, and somebody who wants a profile, wait for where there are many profiles. */
async function runModeration(): Promise<void> {
  const environment = environmentFor('moderation', await freePort());
  const url = environment['ALUCO_URL'] ?? '';
  const seeded = await seedHouse(environment, 1);
  const stored = Number(values.stored);
  storeAccounts(environment['ALUCO_DATA'] ?? '', seeded.applicationId, stored);
  const server = await startOurs(environment);
  const { cookie } = await signInOnce(url, seeded);
  const measure = async (name: string, address: (number: number) => string): Promise<void> => {
    await timesOf(50, cookie, address);
    const { median, p99 } = await timesOf(500, cookie, address);
    note(`${name}, ${stored.toLocaleString('en')} profiles: median`, median, 'ms');
    note(`${name}, ${stored.toLocaleString('en')} profiles: p99`, p99, 'ms', 'under 50');
  };
  for (const [name, query] of Object.entries(QUESTIONS))
    await measure(name, (number) => `${url}/moderation/${seeded.applicationId}/${query(number)}`);
  await measure('quota check', (number) => `${url}/applications/${seeded.applicationId}/new?n=${number}`);
  await server.stop();
}

/** A start with many deliveries that wait: how long until it answers, and what the first half minute costs. */
async function runDeferred(): Promise<void> {
  const environment = {
    ...environmentFor('deferred', await freePort()),
    ALUCO_ALIAS_DOMAIN: 'relay.test',
    ALUCO_MAIL_FROM: 'aluco@nest.test',
    ALUCO_RELAY: `127.0.0.1:${await freePort()}`,
    ALUCO_SMTP: 'smtp://127.0.0.1:9',
  };
  await seedHouse(environment, 1);
  await storeDeferred(environment, DEFERRED);
  const server = await startOurs(environment);
  const title = `start with ${DEFERRED.toLocaleString('en')} deferred messages`;
  note(`${title}: first answer`, server.firstAnswer, 'ms', 'under 5000');
  await pause(30_000);
  note(`${title}: processor time of half a minute`, server.cpu() / 1000, 'CPU-s', 'under 5');
  note(`${title}: memory`, server.memory() / 1_000_000, 'MB', 'at most 200');
  await server.stop();
}

async function run(): Promise<void> {
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
  await measureFlood(url, server, seeded.people);
  await server.stop();

  const bare = await bareCost();
  note('SSO re-login, bare library in memory', bare, 'CPU-ms');
  const small = await ourCost('small', 1000);
  note('SSO re-login, 1,000 accounts stored', small, 'CPU-ms');
  note('SSO re-login against the bare library', small / bare, 'times', 'at most 1.4');
  const large = await ourCost('large', Number(values.stored));
  note(`SSO re-login, ${Number(values.stored).toLocaleString('en')} accounts stored`, large, 'CPU-ms');
  note('SSO re-login, large against small', large / small, 'times', 'within 0.8–1.2');
  await runPasskeys();
  await measureWork();
  await runSaml();
}

/** Old names of `--stored` people are imported by command, beside a server at which people sign in. */
async function runImport(): Promise<void> {
  const rows = Number(values.stored);
  const environment = environmentFor('import', await freePort());
  const url = environment['ALUCO_URL'] ?? '';
  const seeded = await seedHouse(environment, PEOPLE);
  const file = path.join(folder, 'people.csv');
  await writeTable(file, rows);
  const server = await startOurs(environment);
  const percentile = (times: readonly number[], part: number): number =>
    times.toSorted((a, b) => a - b)[Math.floor(times.length * part)] ?? 0;
  let isOver = false;
  const quiet = signInsUntil(url, seeded.people, () => isOver);
  await pause(10_000);
  isOver = true;
  const before = await quiet;
  isOver = false;
  const meanwhile = signInsUntil(url, seeded.people, () => isOver);
  const { check, work } = await importTable(environment, seeded.applicationId, file);
  isOver = true;
  const during = await meanwhile;
  await server.stop();
  const title = `import of ${rows.toLocaleString('en')} rows`;
  note(`${title}: checked`, check.seconds, 's');
  note(`${title}: imported`, work.seconds, 's');
  note(`${title}: both`, check.seconds + work.seconds, 's', 'at most 60 of 1,000,000');
  note(`${title}: processor time of the check`, check.cpu, 'CPU-s');
  note(`${title}: processor time of the import`, work.cpu, 'CPU-s');
  const bare = bareInserts(folder, rows);
  note(`${title}: processor time of inserting such rows, nothing else`, bare, 'CPU-s');
  note(`${title}: import against that`, work.cpu / bare, 'times');
  note(`${title}: memory of the check at most`, check.peak / 1_000_000, 'MB', 'at most 200');
  note(`${title}: memory of the import at most`, work.peak / 1_000_000, 'MB', 'at most 200');
  for (const [name, times] of [
    ['before', before],
    ['meanwhile', during],
  ] as const) {
    note(`${title}: a password ${name}, median of ${times.length}`, percentile(times, 0.5), 'ms');
    note(`${title}: a password ${name}, p99`, percentile(times, 0.99), 'ms', 'under 100');
  }
  // Of two sizes, what each name takes says whether it grows with their number.
  for (const names of [rows / 40, rows / 10].map(Math.ceil)) await measureForgetting(names);
}

async function measureForgetting(names: number): Promise<void> {
  const environment = environmentFor(`forget-${names}`, await freePort());
  const { applicationId } = await seedHouse(environment, 1);
  const file = path.join(folder, `forget-${names}.csv`);
  await writeTable(file, names);
  await importTable(environment, applicationId, file);
  const { forget, undo } = await forgetAndUndo(environment);
  const title = `an import of ${names.toLocaleString('en')} names`;
  note(`${title}: forgotten, each`, (forget.cpu * 1000) / names, 'CPU-ms');
  note(`${title}: undone, each`, (undo.cpu * 1000) / names, 'CPU-ms');
}

async function runBackup(): Promise<void> {
  const environment = environmentFor('house', await freePort());
  const seeded = await seedHouse(environment, 1);
  storeAccounts(environment['ALUCO_DATA'] ?? '', seeded.applicationId, Number(values.stored));
  await measureBackups(environment, folder, Number(values.stored), values.postgres, note);
}

try {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  const runs = {
    relay: runRelay,
    dkim: () => measureDkim(note),
    saml: runSaml,
    passkeys: runPasskeys,
    flood: runFlood,
    moderation: runModeration,
    import: runImport,
    game: () => measureGame(Number(values.worlds), note),
    async 'old-passwords'() {
      await measureOldPasswords(note);
      await measureTakingBack(folder, note);
    },
  } as const;
  const kinds = [
    'relay',
    'dkim',
    'saml',
    'passkeys',
    'flood',
    'moderation',
    'import',
    'game',
    'old-passwords',
  ] as const;
  const chosen = kinds.find((name) => values[name]);
  const only = chosen === undefined ? run : runs[chosen];
  await (values.backup ? runBackup() : only());
  const json = JSON.stringify({ cores: os.availableParallelism(), node: process.version, figures }, undefined, 2);
  if (values.json === undefined) process.stdout.write(`${json}\n`);
  else writeFileSync(values.json, `${json}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
