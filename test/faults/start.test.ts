import { randomBytes } from 'node:crypto';
import { chmod, chown, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig, SETTINGS, type SettingsError } from '../../src/config.ts';
import { newPostgresDatabase } from '../engines.ts';
import { freePort } from '../free-port.ts';
import { makePlace, startProgram, type Environment, type Program } from './program.ts';
import { makeRelay } from './relay.ts';

let place: Awaited<ReturnType<typeof makePlace>>;
/** A program whose database never comes. It is started first: it waits half a minute before it gives up. */
let inVain: { place: Awaited<ReturnType<typeof makePlace>>; program: Program };
beforeAll(async () => {
  place = await makePlace();
  const other = await makePlace();
  const address = `postgres://aluco:hunter2@127.0.0.1:${await freePort()}/aluco`;
  inVain = { place: other, program: startProgram({ ...other.environment, ALUCO_DATABASE: address }) };
});
afterAll(async () => {
  await inVain.program.stop();
  await inVain.place.remove();
  await place.remove();
});

/** Starts the program where it cannot start, and returns how it ended and what it said. */
async function refused(more: Environment, uid?: number): Promise<{ status: number | null; said: string }> {
  const program = startProgram({ ...place.environment, ...more }, uid === undefined ? {} : { uid });
  const status = await program.ended();
  return { status, said: program.said() };
}

/** A wrong value of each setting; all of them hold a word that must not be repeated. */
const WRONG: Record<keyof typeof SETTINGS, string> = {
  ALUCO_URL: 'http://hunter2.example',
  ALUCO_LISTEN: `hunter2${'x'.repeat(300)}`,
  ALUCO_PORT: 'hunter2',
  ALUCO_NAME: 'hunter2'.repeat(10),
  ALUCO_CONTACT: 'hunter2'.repeat(50),
  ALUCO_DATA: '',
  ALUCO_DATABASE: 'mysql://root:hunter2@db',
  ALUCO_MASTER_KEY: 'hunter2',
  ALUCO_ALIAS_DOMAIN: 'hunter2 example',
  ALUCO_TRUSTED_PROXIES: '10.0.0.0/8 hunter2',
  ALUCO_PRIVATE_NETWORKS: 'hunter2',
  ALUCO_LANGUAGE: 'hunter2',
  ALUCO_LANGUAGES: 'hunter2',
  ALUCO_LOGO: 'data:image/png;base64,hunter2!',
  ALUCO_COLOUR: 'hunter2',
  ALUCO_RULES_URL: 'javascript:hunter2',
  ALUCO_PRIVACY_URL: 'hunter2',
  ALUCO_SIGN_UP: 'hunter2',
  ALUCO_TERMS_VERSION: 'hunter2'.repeat(10),
  ALUCO_SECOND_FACTOR: 'hunter2',
  ALUCO_SESSION_IDLE_DAYS: 'hunter2',
  ALUCO_SESSION_DAYS: 'hunter2',
  ALUCO_RECOVERY_WAIT_HOURS: 'hunter2',
  ALUCO_LEAVE_DAYS: 'hunter2',
  ALUCO_REQUESTS_PENDING: '0',
  ALUCO_REFUSALS_A_MONTH: 'many',
  ALUCO_PROFILE_LOG_DAYS: '1',
  ALUCO_ACCOUNT_LOG_DAYS: 'for ever',
  ALUCO_UNSEALING_NOTICE_DAYS: '-1',
  ALUCO_SMTP: 'imap://root:hunter2@mail.example',
  ALUCO_MAIL_FROM: 'hunter2',
  ALUCO_RELAY: 'hunter2',
  ALUCO_SUBMISSION: 'hunter2',
  ALUCO_RELAY_NAME: 'hunter2 example',
  ALUCO_RELAY_CERTIFICATE: 'hunter2'.repeat(100),
  ALUCO_RELAY_CERTIFICATE_KEY: 'hunter2'.repeat(100),
  ALUCO_RELAY_PEERS: 'hunter2',
  ALUCO_DNS: 'hunter2',
  ALUCO_BREACHED_PASSWORDS: 'hunter2'.repeat(100),
  ALUCO_CONNECTION_MONTHS: 'hunter2',
  ALUCO_METRICS_TOKEN: 'hunter2',
  ALUCO_KEY_DAYS: 'hunter2',
  ALUCO_LOG_LEVEL: 'hunter2',
};

test.each(Object.entries(WRONG))('a wrong %s is named, and never repeated', (name, value) => {
  try {
    readConfig({ [name]: value });
    expect.unreachable();
  } catch (error) {
    expect((error as SettingsError).problems).toEqual([expect.stringMatching(new RegExp(`^${name} \\w`, 'u'))]);
    expect((error as Error).message).not.toContain('hunter2');
  }
});

test('all wrong settings together are named at the start, with status 78, and none is repeated', async () => {
  const { status, said } = await refused({ ...WRONG, ALUCO_NMAE: 'x' });
  expect(status).toBe(78);
  const named = said
    .trim()
    .split('\n')
    .map((line) => line.split(' ', 1)[0]);
  expect(named).toEqual([...Object.keys(SETTINGS), 'ALUCO_NMAE']);
  expect(said).not.toContain('hunter2');
});

test('an address or port that cannot be listened on is said in words', async () => {
  const running = startProgram(place.environment);
  await running.logged('listening');
  const taken = await refused({});
  expect(taken.status).toBe(1);
  expect(taken.said).toMatch(/^Aluco cannot listen on .* another program has it\.$/mu);
  await running.stop();
  expect((await refused({ ALUCO_LISTEN: 'nowhere.invalid' })).said).toMatch(/^Aluco cannot listen/u);
});

describe('a master key', () => {
  const key = (): string => `${place.environment['ALUCO_DATA']}.key`;

  test('that is lost, wrong, damaged or open to others is refused with status 78, and nothing is changed', async () => {
    const first = startProgram(place.environment);
    await first.logged('listening');
    await first.stop();
    await copyFile(key(), `${key()}.kept`);
    const database = path.join(place.environment['ALUCO_DATA'] ?? '', 'aluco.sqlite');
    const before = await readFile(database);

    await rm(key());
    const lost = await refused({});
    expect([lost.status, lost.said]).toEqual([78, expect.stringMatching(/master key of this database is missing/u)]);
    await expect(readFile(key())).rejects.toThrow('ENOENT');

    await writeFile(key(), `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
    const wrong = await refused({});
    expect([wrong.status, wrong.said]).toEqual([78, expect.stringMatching(/does not belong to this database/u)]);
    const given = await refused({ ALUCO_MASTER_KEY: randomBytes(32).toString('base64url') });
    expect([given.status, given.said]).toEqual([78, expect.stringMatching(/does not belong to this database/u)]);

    await writeFile(key(), 'half a k\n', { mode: 0o600 });
    expect(await refused({})).toMatchObject({ status: 78, said: expect.stringMatching(/does not hold 32 bytes/u) });

    await copyFile(`${key()}.kept`, key());
    await chmod(key(), 0o644);
    expect(await refused({})).toMatchObject({ status: 78, said: expect.stringMatching(/chmod 600/u) });
    expect((await readFile(database)).equals(before)).toBe(true);

    // Put back, and a new one in front of it: both are right.
    await chmod(key(), 0o600);
    const former = (await readFile(key(), 'utf8')).trim();
    for (const more of [{}, { ALUCO_MASTER_KEY: `${randomBytes(32).toString('base64url')},${former}` }]) {
      const program = startProgram({ ...place.environment, ...more });
      await program.logged('listening');
      expect(await program.stop()).toBe(0);
    }
  });
});

describe('PostgreSQL', () => {
  test('that is not there yet is waited for, and the start goes on when it comes', async () => {
    const relay = await makeRelay(await newPostgresDatabase(), true);
    const program = startProgram({ ...place.environment, ALUCO_DATABASE: relay.address });
    await program.logged('waiting_for_database');
    await relay.mend();
    expect((await program.logged('listening'))['engine']).toBe('postgres');
    // As often as its patience has room for, however long the others took.
    expect(program.count('waiting_for_database')).toBeLessThanOrEqual(10);
    expect(await program.stop()).toBe(0);
    await relay.cut();
  });

  test('that does not come is given up in words after a while, with status 1 and without its password', async () => {
    const { program } = inVain;
    expect(await program.ended()).toBe(1);
    expect(program.said()).toMatch(
      /^PostgreSQL cannot be reached at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)\. Is it running/u,
    );
    expect(program.count('waiting_for_database')).toBeGreaterThan(3);
    expect(program.count('waiting_for_database')).toBeLessThan(15);
    expect(program.said() + JSON.stringify(program.lines)).not.toContain('hunter2');
  });

  test('that knows no such database, or lets nobody in with that password, is said at once, with status 78', async () => {
    const address = new URL(await newPostgresDatabase());
    address.pathname = '/nothing_of_this_name';
    const unknown = await refused({ ALUCO_DATABASE: address.href });
    expect([unknown.status, unknown.said]).toEqual([78, expect.stringMatching(/has no database of the name/u)]);
    const wrong = new URL(await newPostgresDatabase());
    wrong.password = 'hunter2';
    wrong.username = 'nobody_here';
    const barred = await refused({ ALUCO_DATABASE: wrong.href });
    expect([barred.status, barred.said]).toEqual([78, expect.stringMatching(/refuses the name or the password/u)]);
    expect(barred.said).not.toContain('hunter2');
  });
});

describe.skipIf(process.getuid?.() !== 0)(
  'a folder that Aluco may not write (skipped where the tests are not root)',
  () => {
    /** An ordinary user, whom file modes bind. */
    const NOBODY = 65_534;

    test('is named at the start, with status 78', async () => {
      const other = await makePlace();
      await chmod(other.folder, 0o755);
      const data = other.environment['ALUCO_DATA'] ?? '';
      const start = async (): Promise<{ status: number | null; said: string }> => {
        const program = startProgram(other.environment, { uid: NOBODY });
        return { status: await program.ended(), said: program.said() };
      };
      // The folder cannot be made.
      expect(await start()).toMatchObject({ status: 78, said: expect.stringMatching(/cannot be written.*EACCES/u) });
      // It can be read alone.
      await mkdir(data, { mode: 0o755 });
      expect(await start()).toMatchObject({ status: 78, said: expect.stringMatching(/cannot be written/u) });
      // It is theirs, with a database that is another's.
      await chown(other.folder, NOBODY, NOBODY);
      await chown(data, NOBODY, NOBODY);
      const program = startProgram(other.environment, { uid: NOBODY });
      await program.logged('listening');
      await program.stop();
      const file = path.join(data, 'aluco.sqlite');
      await chown(file, 0, 0);
      await chmod(file, 0o444);
      expect(await start()).toMatchObject({ status: 78, said: expect.stringMatching(/cannot be written/u) });
      // Damaged.
      await chown(file, NOBODY, NOBODY);
      await chmod(file, 0o600);
      await writeFile(file, 'this is no database, whatever its name says');
      expect(await start()).toMatchObject({ status: 78, said: expect.stringMatching(/is damaged, or no database/u) });
      await other.remove();
    });
  },
);
