import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readConfig, SettingsError } from './config.ts';
import { startClock } from './jobs/clock.ts';
import { describeError, makeLog } from './log.ts';
import { makeParts } from './parts.ts';
import { EX_CONFIG } from './runtime.ts';
import { MasterKeyError } from './storage/keys.ts';
import { NewerDatabaseError } from './storage/migrate.ts';

/** How long requests under way may take to end, in milliseconds. */
const GRACE = 8000;

function isForAdministrator(error: unknown): error is Error {
  return error instanceof SettingsError || error instanceof MasterKeyError || error instanceof NewerDatabaseError;
}

/** Runs the program: settings, parts, listen; on SIGTERM or SIGINT ends what is under way and stops. */
export async function serve(): Promise<void> {
  try {
    const config = readConfig(process.env);
    const log = makeLog(config.ALUCO_LOG_LEVEL);
    let parts = await makeParts(config, { log, now: Date.now, onHouseChanged: () => renew() });
    let clock = startClock(parts.jobs, log);
    let renewing = Promise.resolve();

    /** Makes the parts anew after a change of settings. What is under way ends with the old ones, on the same database. */
    function renew(): Promise<void> {
      const once = async (): Promise<void> => {
        const fresh = await parts.again();
        void clock.stop();
        parts = fresh;
        clock = startClock(parts.jobs, log);
        log.info({ event: 'settings_changed', url: parts.config.ALUCO_URL });
      };
      // One after the other: one that is under way may have read the settings before this change.
      renewing = renewing.then(once, once);
      return renewing;
    }

    const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (req, res) => parts.app(req, res));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(config.ALUCO_PORT, config.ALUCO_LISTEN, resolve);
    });
    const { port } = server.address() as AddressInfo;
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
