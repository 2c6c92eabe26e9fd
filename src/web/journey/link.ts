import { Router, type Request, type Response } from 'express';
import {
  invitationPage,
  linkGonePage,
  newPasswordPage,
  otherAccountPage,
  passwordDonePage,
} from '../../../views/journey/link.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { PASSWORD_LENGTH, type Account, type Accounts } from '../../accounts/accounts.ts';
import type { Config } from '../../config.ts';
import { UserError } from '../../errors.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import { ACCOUNT_FIELDS, KEPT_MAX } from '../account-form.ts';
import { blank, field, param, statusOf, withError } from '../form.ts';
import type { Visits } from '../visit.ts';

type Needs = {
  config: Pick<Config, 'ALUCO_CONTACT'>;
  accounts: Pick<Accounts, 'findLink' | 'invitations' | 'passwordLinks' | 'recordConnection' | 'timeline'>;
  now: () => number;
  oidc: Pick<Oidc, 'startSession' | 'deviceOf'>;
  visits: Visits;
};

/** What a link opens: a new account, or a new password for one. */
type Opened = { readonly kind: 'account' } | { readonly kind: 'password'; readonly account: Account };

/**
 * The pages that one-time links lead to. Asking for one changes nothing, however often: mail scanners and previews do
 * (A51). Their forms carry no token of a session: the link itself is one.
 */
export function linkRoutes({ config, accounts, now, oidc, visits }: Needs): Router {
  const router = Router();
  const passwordMinimum = PASSWORD_LENGTH.min;

  async function open(token: string): Promise<Opened | undefined> {
    const link = await accounts.findLink(token);
    if (link === undefined) return undefined;
    if (link.content.kind === 'account') return { kind: 'account' };
    const account = await accounts.passwordLinks.accountOf(link);
    return account === undefined ? undefined : { kind: 'password', account };
  }

  function showGone(req: Request, res: Response): void {
    res.status(statusOf('link_gone'));
    res.send(linkGonePage(visits.frame(req), { contact: config.ALUCO_CONTACT || undefined }));
  }

  function show(req: Request, res: Response, opened: Opened, form: Form): void {
    const frame = visits.frame(req);
    const action = `/link/${param(req, 'token')}`;
    if (opened.kind === 'account') res.send(invitationPage(frame, { action, form, passwordMinimum }));
    else res.send(newPasswordPage(frame, { action, form, loginName: opened.account.loginName, passwordMinimum }));
  }

  /** What the link opens for this visitor; undefined where the answer was given already. */
  async function enter(req: Request, res: Response): Promise<Opened | undefined> {
    const opened = await open(param(req, 'token'));
    if (opened === undefined) {
      showGone(req, res);
      return undefined;
    }
    const person = await visits.findPerson(req, res);
    const isOwn = opened.kind === 'password' && person?.account.id === opened.account.id;
    if (person === undefined || isOwn) return opened;
    // Most likely the administrator who made it, about to use it up.
    if (req.method === 'POST') res.status(409);
    res.send(otherAccountPage(person.frame, { loginName: person.account.loginName, csrf: person.csrf }));
    return undefined;
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
    await oidc.startSession(req, res, { accountId: account.id, at: now() });
    const detail = { device: oidc.deviceOf(req) };
    await accounts.timeline.record(account.id, { kind: 'signed_in', at: now(), detail });
    await accounts.recordConnection(account.id, req.ip ?? '');
    res.redirect(303, '/?notice=account_made');
  }

  router.get('/link/:token', async (req, res) => {
    const opened = await enter(req, res);
    if (opened !== undefined) show(req, res, opened, blank());
  });

  router.post('/link/:token', async (req, res) => {
    const opened = await enter(req, res);
    if (opened === undefined) return;
    try {
      if (opened.kind === 'account') return await accept(req, res);
      await accounts.passwordLinks.use(param(req, 'token'), field(req, 'password'));
      res.send(passwordDonePage(visits.frame(req), { signInUrl: '/' }));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // Somebody else was faster with the same link.
      if (error.code === 'link_gone') return showGone(req, res);
      const { t } = visits.frame(req);
      const values = Object.fromEntries(
        ['loginName', 'mailbox'].map((name) => [name, field(req, name).slice(0, KEPT_MAX)]),
      );
      const form = withError(t, values, error, ACCOUNT_FIELDS);
      res.status(statusOf(error.code));
      show(req, res, opened, form);
    }
  });

  return router;
}
