import { HOUSE_SETTINGS, SETTINGS, type HouseName } from '../config.ts';
import { keptSettings, makeHouse } from '../house/house.ts';
import { openStorage } from '../storage/open.ts';
import { pictureOf } from './picture.ts';
import { flag, UsageError, word, type Verbs } from './verb.ts';

function nameOf(text: string): HouseName {
  const wanted = `ALUCO_${text.replace(/^ALUCO_/iu, '').toUpperCase()}`;
  const name = HOUSE_SETTINGS.find((known) => known === wanted);
  if (name === undefined) throw new UsageError(`the setting is one of ${HOUSE_SETTINGS.join(', ')}`);
  return name;
}

/** Commands about the settings that also have a page. They work where the kept ones keep the server from starting. */
export const houseVerbs: Verbs = {
  'house show': {
    usage: 'house show',
    meaning: 'lists the settings that also have a page: their values, and where each comes from',
    options: {},
    async runBare(config, _words, _values, { environment, out }) {
      const storage = await openStorage(config.ALUCO_DATABASE, config.ALUCO_DATA);
      try {
        const kept = await keptSettings(storage);
        for (const name of HOUSE_SETTINGS) {
          const [value, source] = config.given.has(name)
            ? [environment[name] ?? '', 'environment']
            : [kept[name] ?? SETTINGS[name].fallback, kept[name] === undefined ? 'default' : 'house'];
          out(`${name} (${source}) ${value.length > 200 ? `${value.slice(0, 40)}…` : value}`);
        }
      } finally {
        await storage.close();
      }
    },
  },
  'house set': {
    usage: 'house set SETTING VALUE [--file]',
    meaning:
      'sets one of them, from the next seconds on; an empty value: back to the default; --file: VALUE is a picture',
    options: { file: flag },
    async runBare(config, words, values) {
      const name = nameOf(word(words, 0, 'the setting'));
      const value = word(words, 1, 'the value');
      const storage = await openStorage(config.ALUCO_DATABASE, config.ALUCO_DATA);
      try {
        const house = makeHouse({ storage, config, kept: {} });
        await house.change({ [name]: values['file'] === true ? pictureOf(value) : value });
      } finally {
        await storage.close();
      }
    },
  },
};
