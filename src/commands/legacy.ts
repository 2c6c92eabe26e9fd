import { translator } from '../../views/text.ts';
import type { Application } from '../applications/applications.ts';
import type { Parts } from '../parts.ts';
import { flag, one, required, text, Told, UsageError, word, type Values, type Verbs } from './verb.ts';

async function applicationOf({ applications }: Parts, values: Values): Promise<Application> {
  return applications.get(required(values, 'application'));
}

/** Commands about names that applications had before. */
export const legacyVerbs: Verbs = {
  'legacy batches': {
    usage: 'legacy batches --application ID',
    meaning: 'lists the imports of an application',
    options: { application: text },
    async run(parts, _words, values, { out }) {
      const { id } = await applicationOf(parts, values);
      for (const { id: batch, day, source, status, tally, forgotten, forgetOn } of await parts.legacy.batches.list(
        id,
      )) {
        const forgets =
          forgotten === undefined
            ? forgetOn === undefined
              ? ''
              : `, forgets ${forgetOn}`
            : `, forgotten ${forgotten}`;
        const names = translator('en')('legacy.said.names', { count: tally.names });
        out(`${batch}  ${day}  ${source}  ${status}, ${names}, ${tally.rejected} rejected${forgets}`);
      }
    },
  },
  'legacy close': {
    usage: 'legacy close BATCH',
    meaning:
      'ends an import that did not come to its end, without its file: what came in is all that comes of it, another file can be imported, and people may create profiles where only that was awaited, also under names that never came',
    options: {},
    async run({ legacy }, words, _values, { out }) {
      const batch = word(words, 0, 'the import');
      const { status } = await legacy.batches.close(batch);
      out(`${batch}: ${status}`);
    },
  },
  'legacy undo': {
    usage: 'legacy undo --reverse-run BATCH',
    meaning:
      'takes an import back that nobody took a name from; --reverse-run says that the reverse file was run on the application, or that none was ever needed',
    options: { 'reverse-run': flag },
    async run({ legacy }, words, values, { out }) {
      const batch = word(words, 0, 'the import');
      if (values['reverse-run'] !== true)
        throw new Told(
          'Run the reverse file on the application’s database first, then say --reverse-run. Where no link file was ever run there, there is nothing to take back: say it at once.',
        );
      const { status } = await legacy.batches.undo(batch, { reverseRun: true });
      out(`${batch}: ${status}`);
    },
  },
  'legacy forget': {
    usage: 'legacy forget --sure|--on YYYY-MM-DD|never BATCH',
    meaning:
      'forgets the old passwords and addresses of an import: at once, which cannot be taken back, or on a day that is to come; the names that nobody took back stay reserved',
    options: { on: text, sure: flag },
    async run({ legacy }, words, values, { out }) {
      const batch = word(words, 0, 'the import');
      const day = one(values, 'on');
      if (day === undefined) {
        if (values['sure'] !== true)
          throw new UsageError('say --sure to forget at once, which cannot be taken back, or --on with a day');
        const { forgotten } = await legacy.batches.forget(batch);
        out(`${batch}: forgotten ${forgotten}`);
        return;
      }
      const { forgetOn } = await legacy.batches.forgetOn(batch, day === 'never' ? undefined : day);
      out(`${batch}: ${forgetOn === undefined ? 'forgets nothing by itself' : `forgets ${forgetOn}`}`);
    },
  },
};
