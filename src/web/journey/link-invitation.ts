import type { Request, Response } from 'express';
import { invitationClosedPage, invitationPage, otherAccountPage } from '../../../views/journey/link.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { PASSWORD_LENGTH, type Accounts } from '../../accounts/accounts.ts';
import type { Config } from '../../config.ts';
import { UserError } from '../../errors.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import { ACCOUNT_FIELDS, KEPT_MAX } from '../account-form.ts';
import { blank, field, param, statusOf, withError } from '../form.ts';
import type { Visits } from '../visit.ts';
import type { Arrivals } from './arrival.ts';
import type { LinkPages } from './link.ts';

type Needs = {
  config: Pick<Config, 'ALUCO_CONTACT' | 'ALUCO_RULES_URL' | 'ALUCO_TERMS_VERSION'>;
  accounts: Pick<Accounts, 'invitations'>;
  arrivals: Pick<Arrivals, 'note'>;
  now: () => number;
  oidc: Pick<Oidc, 'startSession'>;
  visits: Visits;
};

/** An invitation: whoever holds it makes their own account, and is signed in with it. */
export function makeInvitationLink({ config, accounts, arrivals, now, oidc, visits }: Needs): LinkPages {
  /** Somebody who is signed in: most likely the administrator who made it, about to use it up. */
  async function isSomebodys(req: Request, res: Response): Promise<boolean> {
    const person = await visits.findPerson(req, res);
    if (person === undefined) return false;
    if (req.method === 'POST') res.status(409);
    res.send(otherAccountPage(person.frame, { loginName: person.account.loginName, csrf: person.csrf }));
    return true;
  }

  const version = config.ALUCO_TERMS_VERSION;
  const terms = version === '' ? undefined : { version, rulesUrl: config.ALUCO_RULES_URL || undefined };

  function render(req: Request, res: Response, form: Form): void {
    const action = `/link/${param(req, 'token')}`;
    res.send(invitationPage(visits.frame(req), { action, form, passwordMinimum: PASSWORD_LENGTH.min, terms }));
  }

  /** No new accounts by now: said before anybody fills in a form. */
  function renderClosed(req: Request, res: Response): void {
    res.status(statusOf('sign_up_closed'));
    res.send(invitationClosedPage(visits.frame(req), { contact: config.ALUCO_CONTACT || undefined }));
  }

  /** Makes the account, and signs in whoever has just chosen its password. */
  async function accept(req: Request, res: Response): Promise<void> {
    const mailbox = field(req, 'mailbox').trim();
    const account = await accounts.invitations.accept(param(req, 'token'), {
      loginName: field(req, 'loginName'),
      password: field(req, 'password'),
      language: visits.frame(req).language,
      // Nobody accepts what their page did not show.
      acceptsTerms: field(req, 'terms') !== '' && field(req, 'version') === version,
      ...(mailbox === '' ? {} : { mailbox }),
    });
    await oidc.startSession(req, res, { accountId: account.id, at: now(), level: 1 });
    await arrivals.note(req, res, account);
    res.redirect(303, '/?notice=account_made');
  }

  return {
    async show(req, res) {
      if (await isSomebodys(req, res)) return;
      if (accounts.invitations.areOpen) render(req, res, blank());
      else renderClosed(req, res);
    },
    async use(req, res) {
      if (await isSomebodys(req, res)) return;
      try {
        await accept(req, res);
      } catch (error) {
        if (!(error instanceof UserError) || error.code === 'link_gone') throw error;
        if (error.code === 'sign_up_closed') return renderClosed(req, res);
        const { t } = visits.frame(req);
        const values = Object.fromEntries(
          ['loginName', 'mailbox', 'terms'].map((name) => [name, field(req, name).slice(0, KEPT_MAX)]),
        );
        res.status(statusOf(error.code));
        render(req, res, withError(t, values, error, ACCOUNT_FIELDS));
      }
    },
  };
}
