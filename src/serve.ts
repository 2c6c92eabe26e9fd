import { setTimeout as pause } from 'node:timers/promises';
import { readConfig, SettingsError, type Config } from './config.ts';
import { startClock } from './jobs/clock.ts';
import { uptime } from './jobs/time.ts';
import { makeListener } from './listener.ts';
import { describeError, makeLog, type Log } from './log.ts';
import { makeParts, type Parts, type World } from './parts.ts';
import { receiverOf } from './receiver.ts';
import { EX_CONFIG } from './runtime.ts';
import { MasterKeyError } from './storage/keys.ts';
import { NewerDatabaseError, UpgradeError } from './storage/migrate.ts';
import { OpeningError } from './storage/storage.ts';
import { FIRST_RUN_COMMAND, FIRST_RUN_PATH } from './web/first-run.ts';

/** How long the letter that is on its way may take to leave, in milliseconds; then it waits for the next start. */
const LETTER_GRACE = 4000;
/** However stubborn anything is, the program has ended by then, in milliseconds. */
const LAST_MOMENT = 9500;
/** How long the start waits for a database that is not there yet, and how often it tries, in milliseconds. */
const DATABASE_PATIENCE = 30_000;
const DATABASE_PAUSE = 3000;

/** The exit status for what kept the program from starting; 78: nothing changes until somebody mends it. */
function statusFor(error: unknown): number {
  const isSetting =
    error instanceof SettingsError ||
    error instanceof MasterKeyError ||
    error instanceof NewerDatabaseError ||
    error instanceof UpgradeError;
  return isSetting || (error instanceof OpeningError && error.lasting) ? EX_CONFIG : 1;
}

function wordsFor(error: unknown): string {
  if (statusFor(error) === EX_CONFIG || error instanceof OpeningError) return (error as Error).message;
  const { code, port, syscall } = error as NodeJS.ErrnoException & { port?: number };
  if (syscall === 'listen' || syscall === 'getaddrinfo') {
    const why = { EADDRINUSE: 'another program has it', EACCES: 'this user may not use it' }[code ?? ''] ?? code;
    return `Aluco cannot listen on ALUCO_LISTEN and ALUCO_PORT${port === undefined ? '' : ` (${port})`}: ${why}.`;
  }
  return `Aluco cannot start: ${describeError(error).message}`;
}

/** Makes the parts as soon as the database is there: machines that start together are ready in any order. */
async function makePartsInTime(config: Config, world: World): Promise<Parts> {
  const until = performance.now() + DATABASE_PATIENCE;
  for (;;) {
    try {
      return await makeParts(config, world);
    } catch (error) {
      const mayCome = error instanceof OpeningError && !error.lasting;
      if (!mayCome || performance.now() + DATABASE_PAUSE > until) throw error;
      world.log.warn({ event: 'waiting_for_database', why: error.message.slice(0, 300) });
      await pause(DATABASE_PAUSE);
    }
  }
}

/** Says in the log how the first administrator comes in, where there is none. The code stands nowhere else. */
async function announceFirstRun({ accounts, config, house }: Parts, log: Log, port: number): Promise<void> {
  if (!(await accounts.firstRun.isNeeded())) return;
  const isKnown = house.isGiven('ALUCO_URL') || (await house.kept()).ALUCO_URL !== undefined;
  const address = isKnown ? config.ALUCO_URL : `http://localhost:${port}`;
  const { code } = accounts.firstRun;
  log.warn({ event: 'no_administrator', command: FIRST_RUN_COMMAND, page: `${address}${FIRST_RUN_PATH}`, code });
}

/** Runs the program: settings, parts, listen; on SIGTERM or SIGINT ends what is under way and stops. */
export async function serve(): Promise<void> {
  try {
    const config = readConfig(process.env);
    const log = makeLog(config.ALUCO_LOG_LEVEL);
    let stopping = false;
    let parts = await makePartsInTime(config, {
      log,
      now: Date.now,
      uptime,
      isStopping: () => stopping,
      onHouseChanged: () => renew(),
    });
    let clock = startClock(parts.jobs, log, parts.metrics);
    let renewing = Promise.resolve();

    /** Makes the parts anew after a change of settings. What is under way ends with the old ones, on the same database. */
    function renew(): Promise<void> {
      const once = async (): Promise<void> => {
        const fresh = await parts.again();
        void clock.stop();
        parts = fresh;
        if (!stopping) clock = startClock(parts.jobs, log, parts.metrics);
        log.info({ event: 'settings_changed', url: parts.config.ALUCO_URL });
      };
      // One after the other: one that is under way may have read the settings before this change.
      renewing = renewing.then(once, once);
      return renewing;
    }

    const stop = async (signal: string): Promise<void> => {
      stopping = true;
      log.info({ event: 'stopping', signal });
      const end = (cut: number): never => {
        log.info({ event: 'stopped', cut });
        process.exit(0);
      };
      setTimeout(() => end(0), LAST_MOMENT);
      setTimeout(() => {
        parts.mail.hangUp();
        parts.relay.hangUp();
      }, LETTER_GRACE);
      const [cut] = await Promise.all([listener.stop(), clock.stop(), receiver.close()]);
      await parts.relay.idle();
      await parts.recent.flush().catch((error: unknown) => {
        log.error({ event: 'last_sign_ins_lost', ...describeError(error) });
      });
      await parts.refusals.flush().catch((error: unknown) => {
        log.error({ event: 'last_refusals_lost', ...describeError(error) });
      });
      await parts.storage.close();
      end(cut);
    };
    const listener = makeListener(() => parts.app);
    const receiver = receiverOf(() => parts, { log, now: Date.now });
    const port = await listener.listen(config.ALUCO_PORT, config.ALUCO_LISTEN);
    const mail = await receiver.listen();
    process.once('SIGTERM', (signal) => void stop(signal));
    process.once('SIGINT', (signal) => void stop(signal));
    await announceFirstRun(parts, log, port);
    log.info({ event: 'listening', port, ...mail, url: parts.config.ALUCO_URL, engine: parts.storage.engine });
  } catch (error) {
    process.stderr.write(`${wordsFor(error)}\n`);
    process.exit(statusFor(error));
  }
}
