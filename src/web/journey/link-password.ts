import type { Request, Response } from 'express';
import {
  newPasswordPage,
  otherAccountPage,
  passwordDonePage,
  passwordWaitsPage,
} from '../../../views/journey/link.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { PASSWORD_LENGTH, type Account, type Accounts, type OpenLink } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import { ACCOUNT_FIELDS } from '../account-form.ts';
import { blank, field, param, statusOf, withError } from '../form.ts';
import type { Visits } from '../visit.ts';
import type { LinkPages } from './link.ts';

type Needs = { accounts: Pick<Accounts, 'passwordLinks'>; now: () => number; visits: Visits };

/** A new password for somebody who cannot sign in. It signs nobody in. */
export function makePasswordLink({ accounts, now, visits }: Needs): LinkPages {
  function render(req: Request, res: Response, { loginName }: Account, form: Form): void {
    const action = `/link/${param(req, 'token')}`;
    const passwordMinimum = PASSWORD_LENGTH.min;
    res.send(newPasswordPage(visits.frame(req), { action, form, loginName, passwordMinimum }));
  }

  /** The account it is for; undefined where somebody else is signed in, or the link is not open yet, and was answered. */
  async function enter(req: Request, res: Response, link: OpenLink): Promise<Account | undefined> {
    const found = await accounts.passwordLinks.accountOf(link);
    if (found === undefined) throw new UserError('link_gone');
    const { account, opensAt } = found;
    const person = await visits.findPerson(req, res);
    const isTheirs = person === undefined || person.account.id === account.id;
    if (isTheirs && now() >= opensAt) return account;
    if (isTheirs) {
      if (req.method === 'POST') res.status(statusOf('link_waits'));
      res.send(passwordWaitsPage(visits.frame(req), { opensAt, loginName: account.loginName }));
      return undefined;
    }
    // Most likely the administrator who made it, about to use it up.
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
      if (account === undefined) return;
      try {
        await accounts.passwordLinks.use(param(req, 'token'), field(req, 'password'));
        res.send(passwordDonePage(visits.frame(req), { signInUrl: '/' }));
      } catch (error) {
        if (!(error instanceof UserError) || error.code === 'link_gone') throw error;
        res.status(statusOf(error.code));
        render(req, res, account, withError(visits.frame(req).t, {}, error, ACCOUNT_FIELDS));
      }
    },
  };
}
