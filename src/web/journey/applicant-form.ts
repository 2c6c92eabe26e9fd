import type { Request } from 'express';
import type { Accounts, Applicant } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import type { Form } from '../../../views/parts/form.ts';
import type { Translate } from '../../../views/text.ts';
import { blank, field, withError } from '../form.ts';

const ANSWER_FIELDS = { words_too_few: 'answer', words_too_many: 'answer', request_gone: 'answer' };
/** Longer than any answer that is taken. */
const ANSWER_MAX = 8000;

/** The form as it stands before anything is typed. */
export const answerForm = ({ answer = '' }: Applicant): Form => blank({ answer });

/**
 * Does what the form of somebody who waits asks for.
 * @returns `withdrawn` or `answered`, or the form with what is wrong.
 */
export async function actOnApplicant(
  req: Request,
  t: Translate,
  applicants: Accounts['applicants'],
  { accountId }: Applicant,
): Promise<'withdrawn' | 'answered' | Form> {
  if (field(req, 'do') === 'withdraw') {
    await applicants.withdraw(accountId);
    return 'withdrawn';
  }
  const answer = field(req, 'answer');
  try {
    await applicants.answer(accountId, answer);
    return 'answered';
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return withError(t, { answer: answer.slice(0, ANSWER_MAX) }, error, ANSWER_FIELDS);
  }
}
