import type { Request, Response } from 'express';
import { invitationPage, otherAccountPage } from '../../../views/journey/link.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { PASSWORD_LENGTH, type Accounts } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import { ACCOUNT_FIELDS, KEPT_MAX } from '../account-form.ts';
import { blank, field, param, statusOf, withError } from '../form.ts';
import type { Visits } from '../visit.ts';
import type { Arrivals } from './arrival.ts';
import type { LinkPages } from './link.ts';

type Needs = {
  accounts: Pick<Accounts, 'invitations'>;
  arrivals: Pick<Arrivals, 'note'>;
  now: () => number;
  oidc: Pick<Oidc, 'startSession'>;
  visits: Visits;
};

/** An invitation: whoever holds it makes their own account, and is signed in with it. */
export function makeInvitationLink({ accounts, arrivals, now, oidc, visits }: Needs): LinkPages {
  /** Somebody who is signed in: most likely the administrator who made it, about to use it up. */
  async function isSomebodys(req: Request, res: Response): Promise<boolean> {
    const person = await visits.findPerson(req, res);
    if (person === undefined) return false;
    if (req.method === 'POST') res.status(409);
    res.send(otherAccountPage(person.frame, { loginName: person.account.loginName, csrf: person.csrf }));
    return true;
  }

  function render(req: Request, res: Response, form: Form): void {
    const action = `/link/${param(req, 'token')}`;
    res.send(invitationPage(visits.frame(req), { action, form, passwordMinimum: PASSWORD_LENGTH.min }));
  }

  /** Makes the account, and signs in whoever has just chosen its password. */
  async function accept(req: Request, res: Response): Promise<void> {
    const mailbox = field(req, 'mailbox').trim();
    const account = await accounts.invitations.accept(param(req, 'token'), {
      loginName: field(req, 'loginName'),
      password: field(req, 'password'),
      language: visits.frame(req).language,
      ...(mailbox === '' ? {} : { mailbox }),
    });
    await oidc.startSession(req, res, { accountId: account.id, at: now(), level: 1 });
    await arrivals.note(req, res, account);
    res.redirect(303, '/?notice=account_made');
  }

  return {
    async show(req, res) {
      if (!(await isSomebodys(req, res))) render(req, res, blank());
    },
    async use(req, res) {
      if (await isSomebodys(req, res)) return;
      try {
        await accept(req, res);
      } catch (error) {
        if (!(error instanceof UserError) || error.code === 'link_gone') throw error;
        const { t } = visits.frame(req);
        const values = Object.fromEntries(
          ['loginName', 'mailbox'].map((name) => [name, field(req, name).slice(0, KEPT_MAX)]),
        );
        res.status(statusOf(error.code));
        render(req, res, withError(t, values, error, ACCOUNT_FIELDS));
      }
    },
  };
}
