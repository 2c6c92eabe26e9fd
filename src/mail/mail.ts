import type { Letter, Post } from '../accounts/accounts.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { isQuiet } from '../storage/quiet.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { drawLetter, type Drawn } from '../../views/mail/letter.tsx';
import { makeQueue, type Taken } from './queue.ts';
import { makeTransport, NotSent, type Line } from './transport.ts';

export { isMailbox } from './queue.ts';
export { readSmartHost } from './courier/courier.ts';
export { NotSent } from './transport.ts';

export type Mail = ReturnType<typeof makeMail>;

type Needs = {
  storage: Storage;
  seals: Seals;
  log: Log;
  now: () => number;
  metrics: Pick<Metrics, 'letter'>;
  config: Parameters<typeof makeTransport>[0]['config'] & Pick<Config, 'ALUCO_CONTACT'>;
  /** Whether the program was told to end: then no further letter is begun. */
  isStopping: () => boolean;
  /** Whether the time of day can be relied on: only then is a letter given up for its age. */
  isSteady: () => boolean;
  /** How long sending one letter may take, in milliseconds. */
  patience?: number;
  /** Told of a letter that its address refused for good. */
  onRefused?: (letter: Taken['letter']) => Promise<void>;
};

/**
 * Asks the smart host whether it would take letters, and sends none.
 * @throws {NotSent}
 */
export async function askSmartHost(config: Omit<Needs['config'], 'ALUCO_CONTACT'>): Promise<void> {
  const line = await makeTransport({ config }).open();
  try {
    await line.check();
  } finally {
    line.close();
  }
}

const SECOND = 1000;
/** After the smart host took nothing, how long this node leaves it alone, in milliseconds; the last again and again. */
const REST = [5, 15, 30, 60, 120].map((seconds) => seconds * SECOND);

/**
 * The letters that go out, through one smart host. They wait in the database; `deliver` sends what is due. A letter is
 * removed after the host has taken it, never before.
 */
export function makeMail(needs: Needs) {
  const { storage, log, now, metrics, config, isStopping, isSteady } = needs;
  const queue = makeQueue(needs);
  const house = { name: config.ALUCO_NAME, url: config.ALUCO_URL, contact: config.ALUCO_CONTACT };
  const transport = config.ALUCO_SMTP === '' ? undefined : makeTransport({ config, patience: needs.patience });
  const lines = new Set<Line>();
  let restUntil = 0;
  let failures = 0;

  /** What a letter that was not taken is to become. Returns whether the host may be asked for the next. */
  async function settle(taken: Taken, problem: NotSent): Promise<boolean> {
    const { fault, lasting, code } = problem;
    const { kind } = taken.letter;
    if (lasting || (isSteady() && queue.isTooOld(taken))) {
      await queue.remove(taken);
      metrics.letter(lasting ? 'refused' : 'given_up');
      log.warn({ event: lasting ? 'letter_refused' : 'letter_given_up', kind, code });
      if (lasting && fault === 'letter') await needs.onRefused?.(taken.letter);
      return fault === 'letter';
    }
    metrics.letter('failed');
    if (fault === 'letter') {
      await queue.putOff(taken);
      log.warn({ event: 'letter_put_off', kind, code });
      return true;
    }
    await queue.putOffWithHost(taken);
    restUntil = now() + (REST[failures] ?? REST.at(-1) ?? 0);
    failures += 1;
    if (Number.isInteger(Math.log2(failures))) log.warn({ event: 'smart_host_away', code, times: failures });
    return false;
  }

  /** Sends one; returns whether the host may be asked for the next. */
  async function sendOne(line: Line, taken: Taken): Promise<boolean> {
    const { to, language, kind, values } = taken.letter;
    try {
      await line.send({ to, language, ...drawLetter(language, house, kind, values) });
    } catch (error) {
      if (!(error instanceof NotSent)) throw error;
      return settle(taken, error);
    }
    if (failures > 0) log.info({ event: 'smart_host_back' });
    failures = 0;
    metrics.letter('sent');
    await queue.remove(taken);
    return true;
  }

  return {
    /** Hands a letter over in the transaction `tx`; without a smart host it is dropped. */
    post: (async (tx, letter: Letter) => {
      if (transport !== undefined) await queue.add(tx, letter);
    }) satisfies Post,

    /**
     * Sends what is due, one letter after the other on one connection, unless this instance is quiet. Ends early when
     * the smart host takes none, which is then left alone for a while, and when the program is to stop.
     */
    async deliver(): Promise<void> {
      if (transport === undefined || now() < restUntil) return;
      const ids = await queue.due();
      if (ids.length === 0 || (await isQuiet(storage))) return;
      const line = await transport.open();
      lines.add(line);
      try {
        for await (const taken of queue.take(ids)) {
          if (!(await sendOne(line, taken)) || isStopping()) return;
        }
      } finally {
        lines.delete(line);
        line.close();
      }
    },

    /** Gives up the letter that is being sent: it stays in the queue, and `deliver` ends. */
    hangUp(): void {
      for (const line of lines) line.close();
    },

    /** How many letters have not left yet. */
    waiting: queue.waiting,

    /**
     * Sends a letter of no consequence at once, past the queue.
     * @returns what the smart host answered
     * @throws {NotSent}
     */
    async sendTest(to: string, language: 'fr' | 'en'): Promise<string> {
      if (transport === undefined) throw new NotSent({ fault: 'host', lasting: true, code: 'ENOHOST', said: '' });
      const line = await transport.open();
      try {
        const drawn: Drawn = drawLetter(language, house, 'test', {});
        return await line.send({ to, language, ...drawn });
      } finally {
        line.close();
      }
    },

    /** Removes what can never leave; for the clock, about once an hour. */
    async sweep(): Promise<void> {
      if (!(await isQuiet(storage))) await queue.sweep();
    },
  };
}
