import type { Request, Response } from 'express';
import { newPasswordPage, otherAccountPage } from '../../../views/journey/link.tsx';
import { recoveredPage } from '../../../views/journey/recovery.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { PASSWORD_LENGTH, type Account, type Accounts, type OpenLink } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import { ACCOUNT_FIELDS } from '../account-form.ts';
import { blank, field, param, statusOf, withError } from '../form.ts';
import type { Visits } from '../visit.ts';
import type { LinkPages } from './link.ts';
import { onwardFrom } from './recovery.ts';

type Needs = { accounts: Pick<Accounts, 'recovery'>; visits: Visits };

/**
 * A new password for somebody who asked for the letter. It signs nobody in, with or without a second factor: whoever
 * chose it types it on the page of the sign-in that they came from (A52).
 */
export function makeRecoveryLink({ accounts, visits }: Needs): LinkPages {
  const { recovery } = accounts;

  function render(req: Request, res: Response, { loginName }: Account, form: Form): void {
    const action = `/link/${param(req, 'token')}`;
    const passwordMinimum = PASSWORD_LENGTH.min;
    res.send(newPasswordPage(visits.frame(req), { action, form, loginName, passwordMinimum }));
  }

  /** The account it is for; undefined where somebody else is signed in, and was answered. */
  async function enter(req: Request, res: Response, link: OpenLink): Promise<Account | undefined> {
    const account = await recovery.accountOf(link);
    if (account === undefined) throw new UserError('link_gone');
    const person = await visits.findPerson(req, res);
    if (person === undefined || person.account.id === account.id) return account;
    if (req.method === 'POST') res.status(409);
    res.send(otherAccountPage(person.frame, { loginName: person.account.loginName, csrf: person.csrf }));
    return undefined;
  }

  return {
    async show(req, res, link) {
      const account = await enter(req, res, link);
      if (account !== undefined) render(req, res, account, blank());
    },
    async use(req, res, link) {
      const account = await enter(req, res, link);
      if (account === undefined || link.content.kind !== 'recovery') return;
      try {
        await recovery.use(param(req, 'token'), field(req, 'password'));
        const { journeyId, applicationId } = link.content;
        const onwardUrl = onwardFrom({
          ...(journeyId === undefined ? {} : { journeyId }),
          ...(applicationId === undefined ? {} : { applicationId }),
        });
        res.send(recoveredPage(visits.frame(req), { loginName: account.loginName, onwardUrl }));
      } catch (error) {
        if (!(error instanceof UserError) || error.code === 'link_gone') throw error;
        res.status(statusOf(error.code));
        render(req, res, account, withError(visits.frame(req).t, {}, error, ACCOUNT_FIELDS));
      }
    },
  };
}
