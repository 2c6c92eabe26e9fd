import type { Decided } from '../accounts/accounts.ts';
import { UserError } from '../errors.ts';
import type { Parts } from '../parts.ts';
import { findGroup } from './find-group.ts';
import { all, many, one, text, word, type Verbs } from './verb.ts';

/** More than may wait. */
const EVERYBODY = 1_000_000;

/** @throws {UserError} account_unknown */
async function idOf({ accounts }: Parts, words: readonly string[]): Promise<string> {
  const account = await accounts.findByLogin(word(words, 0, 'the login name'));
  if (account === undefined) throw new UserError('account_unknown');
  return account.id;
}

/** @throws {UserError} request_gone */
function expectDone({ done }: Decided): void {
  if (done === 0) throw new UserError('request_gone');
}

/** Commands about people who wait for an account. */
export const requestVerbs: Verbs = {
  'requests list': {
    usage: 'requests list',
    meaning: 'lists who waits for an account, oldest first, with the reason they gave',
    options: {},
    async run({ accounts }, _words, _values, { out }) {
      for (const { loginName, at, reason, question, answer } of (await accounts.applicants.list(1, EVERYBODY))
        .applicants) {
        out(`${loginName} ${new Date(at).toISOString().slice(0, 10)}`);
        for (const line of reason.split('\n')) out(`  ${line}`);
        if (question !== undefined) out(`  asked: ${question.replaceAll('\n', ' ')}`);
        if (answer !== undefined) out(`  answer: ${answer.replaceAll('\n', ' ')}`);
      }
    },
  },
  'requests approve': {
    usage: 'requests approve LOGIN [--group GROUP]…',
    meaning: 'lets somebody in who waits, into these groups too; they are told by mail',
    options: { group: many },
    async run(parts, words, values) {
      const groups: string[] = [];
      for (const name of all(values, 'group')) groups.push((await findGroup(parts, name)).id);
      expectDone(await parts.accounts.applicants.approve([await idOf(parts, words)], groups));
    },
  },
  'requests refuse': {
    usage: 'requests refuse LOGIN [--reason TEXT]',
    meaning: 'refuses somebody who waits, and deletes what they wrote; they are told by mail, with the reason',
    options: { reason: text },
    async run(parts, words, values) {
      expectDone(await parts.accounts.applicants.refuse([await idOf(parts, words)], one(values, 'reason') ?? ''));
    },
  },
};
