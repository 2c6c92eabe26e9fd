import { UserError } from '../errors.ts';
import type { Parts } from '../parts.ts';
import { flag, UsageError, word, type Verbs } from './verb.ts';

/** @throws {UserError} account_unknown */
async function accountIn({ accounts }: Parts, words: readonly string[]): Promise<string> {
  const account = await accounts.findByLogin(word(words, 1, 'the login name'));
  if (account === undefined) throw new UserError('account_unknown');
  return account.id;
}

/** @throws {UserError} application_unknown */
const applicationIn = async ({ applications }: Parts, words: readonly string[]): Promise<string> =>
  (await applications.get(word(words, 0, 'the id of the application'))).id;

/** Commands about who looks after an application. */
export const moderatorVerbs: Verbs = {
  'moderator add': {
    usage: 'moderator add APPLICATION LOGIN | --link',
    meaning:
      'has somebody look after the profiles of an application; they are told by mail. --link: prints a link instead, for whoever opens it and agrees, once, within seven days',
    options: { link: flag },
    async run(parts, words, values, { out }) {
      const applicationId = await applicationIn(parts, words);
      if (values['link'] !== true) {
        return parts.moderation.moderators.appoint(applicationId, await accountIn(parts, words));
      }
      if (words.length > 1) throw new UsageError('either a login name or --link');
      const { token } = await parts.accounts.appointments.offer(applicationId);
      out(`${parts.config.ALUCO_URL}/link/${token}`);
    },
  },
  'moderator remove': {
    usage: 'moderator remove APPLICATION LOGIN',
    meaning: 'has somebody look after an application no more, at once',
    options: {},
    async run(parts, words) {
      const applicationId = await applicationIn(parts, words);
      await parts.moderation.moderators.dismiss(applicationId, await accountIn(parts, words));
    },
  },
  'moderator list': {
    usage: 'moderator list APPLICATION',
    meaning: 'lists who looks after an application',
    options: {},
    async run(parts, words, _values, { out }) {
      const applicationId = await applicationIn(parts, words);
      for (const { loginName, digest, isActive } of await parts.moderation.moderators.of(applicationId))
        out(`${loginName} ${digest}${isActive ? '' : ' not active'}`);
    },
  },
};
