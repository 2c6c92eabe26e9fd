import { openStorage } from '../storage/open.ts';
import { isQuiet, setQuiet } from '../storage/quiet.ts';
import { UsageError, type Verbs } from './verb.ts';

/** Commands about whether the instance sends anything by itself. */
export const quietVerbs: Verbs = {
  'house quiet': {
    usage: 'house quiet [on|off]',
    meaning: 'has the instance send nothing by itself, or send again, from the next second on; alone: says which',
    options: {},
    async runBare(config, [wanted], _values, { out }) {
      if (wanted !== undefined && wanted !== 'on' && wanted !== 'off') throw new UsageError('it is either on or off');
      const storage = await openStorage(config.ALUCO_DATABASE, config.ALUCO_DATA);
      try {
        if (wanted !== undefined) await setQuiet(storage, wanted === 'on');
        out((await isQuiet(storage)) ? 'on' : 'off');
      } finally {
        await storage.close();
      }
    },
  },
};
