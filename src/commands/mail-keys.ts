import { isMissing, makeDns, type Dns } from '../mail/dns.ts';
import { zoneLine, type ListedKey } from '../mail/dkim/dkim.ts';
import type { Parts } from '../parts.ts';
import { flag, Refusal, UsageError, word, type Verbs } from './verb.ts';

const KINDS = { 'rsa-sha256': 'RSA', 'ed25519-sha256': 'Ed25519' } as const;
/** Mail may be on its way for five days, and be read later; a record that went too soon makes it look forged. */
const RECORD_DAYS = 14;

const listed = ({ mailKeys, config }: Parts): Promise<ListedKey[]> => mailKeys.records(config.ALUCO_ALIAS_DOMAIN);

/** Why a key must not sign yet; nothing where its record is published as it should be. */
async function unpublished({ name, record }: ListedKey, dns: Dns): Promise<string | undefined> {
  try {
    return (await dns.txt(name)).includes(record) ? undefined : `What DNS has at ${name} is another key.`;
  } catch (error) {
    return isMissing(error) ? `DNS has nothing at ${name}.` : `DNS does not answer about ${name}.`;
  }
}

/** Commands about the keys that forwarded mail is signed with (DKIM, ARC). */
export const mailKeyVerbs: Verbs = {
  'mail keys': {
    usage: 'mail keys',
    meaning: 'lists the keys that forwarded mail is signed with, and the DNS records they need; makes the first ones',
    options: {},
    async run(parts, words, _values, { out }) {
      if (words.length > 0) throw new UsageError('after keys comes add, use or remove, or nothing');
      await parts.mailKeys.ensure();
      for (const key of await listed(parts)) {
        const made = new Date(key.createdAt).toISOString().slice(0, 10);
        out(`${key.selector}  ${KINDS[key.algorithm]}, made ${made}, ${key.signs ? 'signs' : 'does not sign'}`);
        out(`  ${zoneLine(key.name, key.record)}`);
      }
    },
  },
  'mail keys add': {
    usage: 'mail keys add',
    meaning: 'makes another pair of keys, which sign nothing until they are told to, and says which records they need',
    options: {},
    async run(parts, _words, _values, { out }) {
      const made = await parts.mailKeys.add();
      for (const { name, record, selector } of await listed(parts)) {
        if (made.includes(selector)) out(zoneLine(name, record));
      }
      out(`Publish these. Then: ${made.map((selector) => `aluco mail keys use ${selector}`).join(', ')}`);
    },
  },
  'mail keys use': {
    usage: 'mail keys use SELECTOR [--unchecked]',
    meaning: 'has this key sign, in place of the one of its kind; refused until its record is published',
    options: { unchecked: flag },
    async run(parts, words, values, { out, complain }) {
      const selector = word(words, 0, 'the selector');
      const keys = await listed(parts);
      const key = keys.find((one) => one.selector === selector);
      if (key !== undefined && values['unchecked'] !== true) {
        const problem = await unpublished(key, makeDns(parts.config.ALUCO_DNS));
        if (problem !== undefined) {
          complain(`${problem} Publish this, and wait until it is seen everywhere:`);
          complain(zoneLine(key.name, key.record));
          throw new Refusal('not published');
        }
      }
      await parts.mailKeys.use(selector);
      const before = keys.find(({ algorithm, signs }) => algorithm === key?.algorithm && signs);
      if (before === undefined || before.selector === selector) return;
      out(`Leave the record of ${before.selector} in DNS for ${RECORD_DAYS} days: mail that it signed is on its way.`);
    },
  },
  'mail keys remove': {
    usage: 'mail keys remove SELECTOR',
    meaning: 'forgets a key that does not sign',
    options: {},
    run: ({ mailKeys }, words) => mailKeys.remove(word(words, 0, 'the selector')),
  },
};
