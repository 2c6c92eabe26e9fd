import type { Verbs } from './verb.ts';

/** Commands about signing keys. */
export const keysVerbs: Verbs = {
  'keys rotate': {
    usage: 'keys rotate',
    meaning: 'makes new signing keys: published at once, signing a quarter of an hour later, on every node',
    options: {},
    async run({ oidc }) {
      await oidc.rotateKeys();
    },
  },
};
