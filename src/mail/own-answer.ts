import type { Accounts } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import { SettingsProblem, type ErrorParams, type FieldProblem } from '../errors.ts';
import type { OwnProfile, Profiles } from '../profiles/profiles.ts';
import { holdsAddress } from './own-addresses.ts';

/** What somebody answers. `confirmed`: they want it sent although it tells an address of theirs. */
export type Answer = { readonly subject: string; readonly text: string; readonly confirmed: boolean };

type Needs = {
  accounts: Pick<Accounts, 'find' | 'mailboxes'>;
  applications: Pick<Applications, 'list'>;
  aliasDomain: string;
  profiles: Pick<Profiles, 'all'>;
};

/** Limits of an answer, in characters. */
const SUBJECT_MAX = 200;
const TEXT_MAX = 20_000;

/** What people write may hold line breaks and tabs, and no other control characters. */
const NO_TEXT = /(?![\t\n\r])\p{Cc}/u;

/** Looks at answers before they leave, for what their writers would not want in them. */
export function makeAnswerCheck({ accounts, applications, aliasDomain, profiles }: Needs) {
  /** Every address of the account's that the reader of an answer does not know: mailboxes, and other profiles'. */
  async function ownAddresses(accountId: string, profile: OwnProfile): Promise<string[]> {
    const account = await accounts.find(accountId);
    const second = await accounts.mailboxes.second(accountId);
    const everywhere = (await applications.list()).map(({ id }) => id);
    const others = (await profiles.all(accountId, everywhere)).filter(({ id }) => id !== profile.id);
    return [
      account?.mailbox ?? [],
      second ?? [],
      others.map(({ aliasLocal }) => `${aliasLocal}@${aliasDomain}`),
    ].flat();
  }

  /**
   * @throws {SettingsProblem} fields subject (mail_subject_invalid, mail_subject_long{max}), text (mail_answer_empty,
   * mail_answer_long{max}, mail_answer_invalid), confirmed (mail_tells_address)
   */
  return async function checkAnswer(accountId: string, profile: OwnProfile, answer: Answer): Promise<void> {
    const { subject, text, confirmed } = answer;
    const problems: FieldProblem[] = [];
    const wrong = (field: string, code: string, params: ErrorParams = {}) => problems.push({ field, code, params });
    // Whatever begins a further field of the header or hides in a line (C0, C1, separators of lines) is no subject.
    if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(subject)) wrong('subject', 'mail_subject_invalid');
    else if ([...subject].length > SUBJECT_MAX) wrong('subject', 'mail_subject_long', { max: SUBJECT_MAX });
    if (text.trim() === '') wrong('text', 'mail_answer_empty');
    else if (text.length > TEXT_MAX) wrong('text', 'mail_answer_long', { max: TEXT_MAX });
    else if (NO_TEXT.test(text)) wrong('text', 'mail_answer_invalid');
    if (problems.length === 0 && !confirmed) {
      const own = await ownAddresses(accountId, profile);
      if (holdsAddress(`${subject}\n${text}`, own)) wrong('confirmed', 'mail_tells_address');
    }
    if (problems.length > 0) throw new SettingsProblem(problems);
  };
}
