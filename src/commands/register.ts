import { headText, parseHead, type Fault } from '../register/register.ts';
import { Refusal, UsageError, type Verbs } from './verb.ts';

const MEANINGS: Readonly<Record<Fault['what'], string>> = {
  missing: 'is missing',
  sealed: 'does not open',
  changed: 'is not what was written, or does not follow the one before',
  cut: 'was there, and is no more',
  rewritten: 'is another than the one that its hash was written down of',
};

/** Commands about the register of unsealings and of requests of authorities. */
export const registerVerbs: Verbs = {
  'register verify': {
    usage: 'register verify [HEAD]…',
    meaning:
      'goes through the register and finds what was changed; with ends written down before (NUMBER:HASH, as letters hold them) also whether all of it was written anew',
    options: {},
    async run({ register }, words, _values, { out }) {
      const known = words.map((text) => {
        const head = parseHead(text);
        if (head === undefined) throw new UsageError('an end of the register is written NUMBER:HASH');
        return head;
      });
      const { entries, head, faults } = await register.verify(known);
      for (const { number, what } of faults) out(`entry ${number} ${MEANINGS[what]}`);
      out(`${entries} entries, the last is ${headText(head)}`);
      if (faults.length > 0) throw new Refusal();
      out('The register holds together.');
    },
  },
  'register export': {
    usage: 'register export',
    meaning: 'writes the whole register as CSV, with all that its hashes are made of',
    options: {},
    async run({ register }, _words, _values, { out }) {
      for await (const line of register.csv()) out(line.replace(/\r\n$/u, ''));
    },
  },
};
