import { Router } from 'express';
import { passwordPage } from '../../../views/portal/password.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { PASSWORD_LENGTH, type Accounts } from '../../accounts/accounts.ts';
import type { Config } from '../../config.ts';
import { UserError } from '../../errors.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import { blank, field, statusOf, withError } from '../form.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = {
  accounts: Pick<Accounts, 'changePassword'>;
  config: Pick<Config, 'ALUCO_SMTP'>;
  now: () => number;
  oidc: Pick<Oidc, 'startSession'>;
  visits: Visits;
};

const FIELDS = {
  password_wrong: 'current',
  try_later: 'current',
  busy: 'current',
  password_too_short: 'password',
  password_too_long: 'password',
  password_common: 'password',
  password_context: 'password',
  password_breached: 'password',
};

/** Changing one's password: with the present one, and lately proven (OWASP ASVS 5.0 6.2.3, 7.5.1). */
export function passwordRoutes({ accounts, config, now, oidc, visits }: Needs): Router {
  const router = Router();

  function render({ account, csrf, frame }: Person, form: Form): string {
    const hasMail = config.ALUCO_SMTP !== '';
    const passwordMinimum = PASSWORD_LENGTH.min;
    return passwordPage(frame, { loginName: account.loginName, form, csrf, passwordMinimum, hasMail });
  }

  router.get(
    '/account/password',
    visits.forRecent((person, _req, res) => {
      res.send(render(person, blank()));
    }),
  );

  router.post(
    '/account/password',
    visits.forRecent(async (person, req, res) => {
      try {
        await accounts.changePassword(person.account.id, {
          current: field(req, 'current'),
          next: field(req, 'password'),
          keepSessionUid: person.session.uid,
        });
        // Proven anew: under another id, which nobody can have copied (OWASP ASVS 5.0 7.2.4).
        const { level } = person.session.proof;
        await oidc.startSession(req, res, { accountId: person.account.id, at: now(), level });
        res.redirect(303, '/account?notice=password_changed');
      } catch (error) {
        const form = withError(person.frame.t, {}, error, FIELDS);
        res.status(error instanceof UserError ? statusOf(error.code) : 422).send(render(person, form));
      }
    }),
  );

  return router;
}
