import type { Config } from '../config.ts';
import { isMailbox, NotSent } from '../mail/mail.ts';
import { makeSteering, type Steering } from '../mail/steering.ts';
import { openStorage } from '../storage/open.ts';
import { adviceFor } from './doctor/mail.ts';
import { isOn, Refusal, UsageError, word, type Verbs } from './verb.ts';

/** Opens the database alone: what steers mail must work where the server does not. */
async function steer(
  config: Pick<Config, 'ALUCO_DATABASE' | 'ALUCO_DATA'>,
  use: (steering: Steering) => Promise<void>,
): Promise<void> {
  const storage = await openStorage(config.ALUCO_DATABASE, config.ALUCO_DATA);
  try {
    await use(makeSteering({ storage, now: Date.now }));
  } finally {
    await storage.close();
  }
}

/** Commands about the letters that go out, and about mail that is forwarded. */
export const mailVerbs: Verbs = {
  'mail test': {
    usage: 'mail test ADDRESS',
    meaning: 'sends one letter there at once, even while the instance is quiet, and says what the other server said',
    options: {},
    async run({ config, mail }, words, _values, { out, complain }) {
      const to = word(words, 0, 'the address');
      if (!isMailbox(to)) throw new UsageError('that is not an e-mail address');
      if (config.ALUCO_SMTP === '') {
        complain('ALUCO_SMTP is empty: this instance sends no mail.');
        throw new Refusal('no smart host');
      }
      const who = config.ALUCO_SMTP === 'mx:' ? 'The mail server of that address' : 'The smart host';
      try {
        out(`${who} took it: ${await mail.sendTest(to, config.ALUCO_LANGUAGE)}`);
      } catch (error) {
        if (!(error instanceof NotSent)) throw error;
        complain(`${who} did not take it (${error.code}): ${error.said}`);
        complain(adviceFor(error, config));
        throw new Refusal('not sent');
      }
    },
  },
  'mail queue': {
    usage: 'mail queue',
    meaning: 'says how much forwarded mail waits and where it goes: domains that at least five accounts share',
    options: {},
    async run({ relay }, _words, _values, { out }) {
      const { waiting, held, failed } = await relay.counts();
      const oldest = await relay.oldest();
      const since = oldest === undefined ? '' : `, the oldest since ${new Date(oldest).toISOString()}`;
      out(`waiting ${waiting}${since}`);
      out(`held for their owners ${held}`);
      out(`not delivered, kept for their owners ${failed}`);
      out(`paused ${(await relay.steering.isPaused()) ? 'yes' : 'no'}`);
      const { shared, others } = await relay.destinations();
      for (const { name, accounts, waiting: there, trouble } of shared) {
        const state = trouble === undefined ? '' : `, takes none (${trouble.code})`;
        out(`to ${name}: ${there} for ${accounts} accounts${state}`);
      }
      if (others > 0) out(`to all others: ${others}`);
    },
  },
  'mail pause': {
    usage: 'mail pause [on|off]',
    meaning: 'holds forwarded mail back on every node, or lets it leave, within seconds; alone: says which',
    options: {},
    runBare: (config, [wanted], _values, { out }) =>
      steer(config, async (steering) => {
        if (wanted !== undefined) await steering.pause(isOn(wanted));
        out((await steering.isPaused()) ? 'on' : 'off');
      }),
  },
  'mail retry': {
    usage: 'mail retry',
    meaning: 'has the running server try all forwarded mail that waits at once, whatever its destination did',
    options: {},
    runBare: (config) => steer(config, (steering) => steering.retry()),
  },
};
