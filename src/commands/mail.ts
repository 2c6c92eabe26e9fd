import { isMailbox, NotSent } from '../mail/mail.ts';
import { adviceFor } from './doctor/mail.ts';
import { Refusal, UsageError, word, type Verbs } from './verb.ts';

/** Commands about the letters that go out. */
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
};
