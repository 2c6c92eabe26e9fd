import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readConfig, SettingsError } from './config.ts';
import { startClock } from './jobs/clock.ts';
import { describeError, makeLog, type Log } from './log.ts';
import { makeParts, type Parts } from './parts.ts';
import { EX_CONFIG } from './runtime.ts';
import { MasterKeyError } from './storage/keys.ts';
import { NewerDatabaseError } from './storage/migrate.ts';
import { FIRST_RUN_COMMAND, FIRST_RUN_PATH } from './web/first-run.ts';

/** How long requests under way may take to end, in milliseconds. */
const GRACE = 8000;

function isForAdministrator(error: unknown): error is Error {
  return error instanceof SettingsError || error instanceof MasterKeyError || error instanceof NewerDatabaseError;
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
    let parts = await makeParts(config, { log, now: Date.now, onHouseChanged: () => renew() });
    let clock = startClock(parts.jobs, log);
    let renewing: Promise<void> | undefined;

    /** Makes the parts anew after a change of settings. What is under way ends with the old ones, on the same database. */
    function renew(): Promise<void> {
      renewing ??= (async () => {
        try {
          const fresh = await parts.again();
          void clock.stop();
          parts = fresh;
          clock = startClock(parts.jobs, log);
          log.info({ event: 'settings_changed', url: parts.config.ALUCO_URL });
        } finally {
          renewing = undefined;
        }
      })();
      return renewing;
    }

    const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (req, res) => parts.app(req, res));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(config.ALUCO_PORT, config.ALUCO_LISTEN, resolve);
    });
    const { port } = server.address() as AddressInfo;
    await announceFirstRun(parts, log, port);
    log.info({ event: 'listening', port, url: parts.config.ALUCO_URL, engine: parts.storage.engine });

    const stop = async (signal: string): Promise<void> => {
      log.info({ event: 'stopping', signal });
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), GRACE).unref();
      await Promise.all([closed, clock.stop()]);
      await parts.storage.close();
      process.exit(0);
    };
    process.once('SIGTERM', (signal) => void stop(signal));
    process.once('SIGINT', (signal) => void stop(signal));
  } catch (error) {
    if (isForAdministrator(error)) process.stderr.write(`${error.message}\n`);
    else process.stderr.write(`Aluco cannot start: ${describeError(error).message}\n`);
    process.exit(isForAdministrator(error) ? EX_CONFIG : 1);
  }
}
