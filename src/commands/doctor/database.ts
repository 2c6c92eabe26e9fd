import { statSync } from 'node:fs';
import path from 'node:path';
import { inArray } from 'drizzle-orm';
import { makeAccountAbility } from '../../accounts/account.ts';
import { makeApplications, type Application } from '../../applications/applications.ts';
import type { Config } from '../../config.ts';
import { REMEMBERED_TIME } from '../../jobs/time.ts';
import { samlCertificates } from '../../saml/saml.ts';
import { inspectDatabase, type Inspection } from '../../storage/inspect.ts';
import { loadSeals, MasterKeyError } from '../../storage/keys.ts';
import type { Seals } from '../../storage/seal.ts';
import type { Storage } from '../../storage/storage.ts';
import { ok, problem, warning, type Finding } from './finding.ts';

const DAY = 86_400_000;
const SECOND = 1000;
/** Set by whoever restores a backup without sending anything. */
const QUIET = 'quiet';

const gibibytes = (bytes: number): string =>
  bytes < 1024 ** 3 ? `${Math.ceil(bytes / 1024 ** 2)} MiB` : `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

const list = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;

/** Files that belong to somebody else are not even opened: what SQLite lays beside them would be theirs no more. */
function ownerProblem(folder: string): Finding | undefined {
  const file = path.join(folder, 'aluco.sqlite');
  const owner = statSync(file, { throwIfNoEntry: false })?.uid;
  if (owner === undefined || process.getuid === undefined || owner === process.getuid()) return undefined;
  return problem('engine', `${file} belongs to user ${owner}. Run aluco as that user, always.`);
}

/** Opens the database as it lies. */
export async function inspect(config: Config): Promise<{ inspection?: Inspection; findings: Finding[] }> {
  const isFile = config.ALUCO_DATABASE === 'sqlite';
  try {
    const stranger = isFile ? ownerProblem(config.ALUCO_DATA) : undefined;
    if (stranger !== undefined) return { findings: [stranger] };
    const inspection = await inspectDatabase(config.ALUCO_DATABASE, config.ALUCO_DATA);
    if (inspection === undefined) {
      return { findings: [warning('engine', 'There is no database yet. It is made at the first start: npm start.')] };
    }
    return { inspection, findings: checkEngine(inspection) };
  } catch (error) {
    return { findings: [problem('engine', (error as Error).message.slice(0, 400))] };
  }
}

function checkEngine(inspection: Inspection): Finding[] {
  const { version, pending, unknown, size } = inspection;
  const findings = [ok('engine', `${version}, ${gibibytes(size)}.`)];
  if (unknown.length > 0) {
    const words = `The database was changed by a newer Aluco (${list(unknown)}). Start that version, or restore a backup made before the upgrade.`;
    findings.push(problem('migrations', words));
  } else if (pending.length > 0) {
    findings.push(warning('migrations', `${list(pending)} will be applied at the next start. Back up first.`));
  } else findings.push(ok('migrations', 'All are applied.'));
  const said = inspection.integrity();
  if (said === 'ok') findings.push(ok('integrity', 'The file is sound.'));
  else if (said !== undefined) {
    findings.push(problem('integrity', `SQLite finds a fault: ${said.slice(0, 200)}. Stop, and restore a backup.`));
  }
  return findings;
}

/** The seals, where the master key is there and right. */
export async function checkMasterKey(
  config: Config,
  storage: Storage,
): Promise<{ seals?: Seals; findings: Finding[] }> {
  const file = `${config.ALUCO_DATA}.key`;
  const given = config.ALUCO_MASTER_KEY.length;
  try {
    const seals = await loadSeals(storage, config.ALUCO_MASTER_KEY, file);
    const where = given === 0 ? `${file}, readable by its owner alone` : `${given} given by ALUCO_MASTER_KEY`;
    const advice = given > 1 ? ' Values of older keys still need them: leave them in the list.' : '';
    return { seals, findings: [ok('master key', `It opens this database (${where}).${advice}`)] };
  } catch (error) {
    if (!(error instanceof MasterKeyError)) throw error;
    return { findings: [problem('master key', error.message)] };
  }
}

async function checkSigningKeys(config: Config, { read, tables }: Storage, now: number): Promise<Finding> {
  const rows = await read.select({ createdAt: tables.signingKey.createdAt }).from(tables.signingKey);
  if (rows.length === 0) return warning('signing keys', 'There are none yet. They are made at the first start.');
  const age = Math.floor((now - Math.max(...rows.map(({ createdAt }) => createdAt))) / DAY);
  const words = `${rows.length} are published, the newest is ${Math.max(0, age)} days old.`;
  if (age < 0) {
    return warning(
      'signing keys',
      `${words} One is from a day that has not come: check the clock, then aluco keys rotate.`,
    );
  }
  return age > config.ALUCO_KEY_DAYS + 1
    ? warning('signing keys', `${words} They should be replaced after ${config.ALUCO_KEY_DAYS}: is the server running?`)
    : ok('signing keys', words);
}

function checkClock(remembered: string | undefined, databaseTime: number | undefined, now: number): Finding {
  const behind = Math.round((Number(remembered ?? 0) - now) / SECOND);
  if (behind > 60) {
    const words = `The time went back: the database remembers one that is ${behind} seconds ahead. Set the clock right (timedatectl), then restart.`;
    return problem('clock', words);
  }
  const apart = databaseTime === undefined ? 0 : Math.round(Math.abs(databaseTime - now) / SECOND);
  return apart > 5
    ? problem('clock', `The database’s clock is ${apart} seconds off ours. Set both right (timedatectl).`)
    : ok('clock', databaseTime === undefined ? 'It has not gone back.' : 'It agrees with the database’s.');
}

function checkEntry(applications: readonly Application[]): Finding[] {
  const closed = applications.filter(({ entry }) => entry.kind === 'nobody').map(({ name }) => name);
  const open = applications.filter(({ entry }) => entry.kind === 'everyone').map(({ name }) => name);
  return [
    ...(closed.length > 0
      ? [
          warning(
            'applications',
            `Nobody may enter ${list(closed)}. Say who may on its page, or with aluco application change.`,
          ),
        ]
      : []),
    ...(open.length > 0
      ? [ok('applications', `Everyone with an account may enter ${list(open)}. Is that meant?`)]
      : []),
  ];
}

/** What the rows of the database say, as far as they can be read without the key. */
export async function checkContents(config: Config, { storage, time }: Inspection, now: number): Promise<Finding[]> {
  const { meta } = storage.tables;
  const rows = await storage.read
    .select()
    .from(meta)
    .where(inArray(meta.key, [REMEMBERED_TIME, QUIET]));
  const facts = new Map(rows.map(({ key, value }) => [key, value]));
  const findings = [
    await checkSigningKeys(config, storage, now),
    checkClock(facts.get(REMEMBERED_TIME), time, now),
    ...checkEntry(await makeApplications({ storage }).list()),
  ];
  if (facts.has(QUIET)) {
    findings.push(
      warning('quiet', 'This instance was restored quietly and sends nothing. End that when it takes over.'),
    );
  }
  return findings;
}

/** How long the certificate that SAML messages are signed with still lasts, if there is one. */
export async function checkCertificate(storage: Storage, seals: Seals, now: number): Promise<Finding[]> {
  const known = await samlCertificates({ storage, seals, now: () => now });
  if (known === undefined) return [];
  const { lastDay, warnings, isNextReady } = known;
  if (warnings.length === 0) return [ok('certificate', `It is valid until ${lastDay}.`)];
  const then = isNextReady
    ? 'Give the next one to every service provider, then activate it: aluco saml certificates, aluco saml activate ID.'
    : 'Make the next one: aluco saml prepare. Then give it to every service provider.';
  return warnings.map(({ days }) =>
    days <= 0
      ? problem('certificate', `It ended on ${lastDay}. ${then}`)
      : warning('certificate', `It ends in ${days} days, on ${lastDay}. ${then}`),
  );
}

/** Whether somebody can run the instance. */
export async function checkAdministrator(storage: Storage, seals: Seals): Promise<Finding> {
  return (await makeAccountAbility({ storage, seals, now: Date.now }).hasAdministrator())
    ? ok('administrator', 'There is one.')
    : problem('administrator', 'There is none. Make one: aluco account add NAME --administrator.');
}
