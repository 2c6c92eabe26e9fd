import { translator } from '../../views/text.ts';
import { NOTICE_PAUSE, NOTICE_SIZE } from '../legacy/legacy.ts';
import type { Parts } from '../parts.ts';
import { isQuiet } from '../storage/quiet.ts';
import { flag, one, required, text, UsageError, word, type Terminal, type Values, type Verbs } from './verb.ts';

function numberOf(values: Values, name: string, { min, max }: { min: number; max: number }): number | undefined {
  const value = one(values, name);
  if (value === undefined) return undefined;
  const number = /^\d{1,6}$/u.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max)) throw new UsageError(`--${name} is a number from ${min} to ${max}`);
  return number;
}

async function begin({ legacy: { notices } }: Parts, applicationId: string, values: Values): Promise<void> {
  const before = await notices.state(applicationId);
  const language = one(values, 'language') ?? before.language;
  if (language !== 'fr' && language !== 'en') throw new UsageError('--language is fr or en');
  await notices.begin(applicationId, {
    size: numberOf(values, 'size', NOTICE_SIZE) ?? before.size,
    pause: numberOf(values, 'pause', NOTICE_PAUSE) ?? before.pause,
    language,
  });
}

async function tell({ legacy, storage }: Parts, applicationId: string, { out, complain }: Terminal): Promise<void> {
  const { state, round, size, pause, sent, seen, free, unsubscribed, refused } =
    await legacy.notices.state(applicationId);
  const t = translator('en');
  out(`${state}: round ${round}, ${t('legacy.said.pace', { size, pause })}`);
  out(`${t('legacy.said.written', { sent, seen, free })}; ${unsubscribed} unsubscribed, ${refused} refuse`);
  if (state === 'running' && (await isQuiet(storage)))
    complain('This instance is quiet: nothing leaves until: aluco house quiet off');
}

/** Commands that tell people of their old accounts, and hand them out. */
export const legacyPeopleVerbs: Verbs = {
  'legacy notices': {
    usage: 'legacy notices begin|stop|show --application ID [--size N] [--pause MINUTES] [--language fr|en]',
    meaning:
      'has the server write to the old addresses of names that nobody has taken back yet, so many letters at a time; --language: the one that comes first',
    options: { application: text, size: text, pause: text, language: text },
    async run(parts, words, values, terminal) {
      const application = await parts.applications.get(required(values, 'application'));
      const what = word(words, 0, 'begin, stop or show');
      if (what === 'begin') await begin(parts, application.id, values);
      else if (what === 'stop') await parts.legacy.notices.stop(application.id);
      else if (what !== 'show') throw new UsageError('it is begin, stop or show');
      await tell(parts, application.id, terminal);
    },
  },
  'legacy hand': {
    usage: 'legacy hand NAME --application ID --sure',
    meaning:
      'makes a link, good for 72 hours and once, that gives an old name to whoever opens it: for somebody who has neither the old password nor the old address any more, once you have made sure that the account is theirs',
    options: { application: text, sure: flag },
    async run({ applications, config, legacy }, words, values, { out, complain }) {
      const application = await applications.get(required(values, 'application'));
      const name = word(words, 0, 'the old name');
      if (values['sure'] !== true)
        throw new UsageError('say --sure once you have made sure that the account is theirs');
      const token = await legacy.reclaim.makeLink(application.id, name);
      await legacy.handed.leaveWord(application.id);
      complain('Hand it over yourself; never send it to an address that you have just learned.');
      out(`${config.ALUCO_URL}/old-account/${token}`);
    },
  },
};
