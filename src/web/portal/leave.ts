import { Router } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Config } from '../../config.ts';
import { UserError } from '../../errors.ts';
import { canonicalName } from '../../names.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import { dayOf } from '../../days.ts';
import { leavePage, leftPage } from '../../../views/portal/leave.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { blank, field, withError } from '../form.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = {
  config: Pick<Config, 'ALUCO_LEAVE_DAYS'>;
  accounts: Pick<Accounts, 'leave'>;
  now: () => number;
  oidc: Pick<Oidc, 'endSession'>;
  visits: Visits;
};

const DAY = 86_400_000;
const FIELDS = { name_not_typed: 'confirm', last_administrator: 'confirm' };

/** Deleting one's account, by somebody who has just proven who they are. */
export function leaveRoutes({ config, accounts, now, oidc, visits }: Needs): Router {
  const router = Router();
  const days = config.ALUCO_LEAVE_DAYS;

  function render({ account, frame, csrf }: Person, form: Form): string {
    const until = days === 0 ? undefined : dayOf(now() + days * DAY);
    return leavePage(frame, { loginName: account.loginName, until, csrf, form });
  }

  router.get(
    '/account/leave',
    visits.forRecent((person, _req, res) => void res.send(render(person, blank())), { beforeTerms: true }),
  );

  router.post(
    '/account/leave',
    visits.forRecent(
      async (person, req, res) => {
        const { account, frame } = person;
        const typed = field(req, 'confirm').slice(0, 200);
        try {
          if (canonicalName(typed) !== canonicalName(account.loginName)) throw new UserError('name_not_typed');
          const leavingAt = await accounts.leave(account.id);
          // The session is gone already; this takes the cookie too.
          await oidc.endSession(req, res, undefined);
          const { viewer: _, csrf: __, ...anybodys } = frame;
          res.send(leftPage(anybodys, { until: days === 0 ? undefined : dayOf(leavingAt) }));
        } catch (error) {
          res.status(422).send(render(person, withError(frame.t, { confirm: typed }, error, FIELDS)));
        }
      },
      { beforeTerms: true },
    ),
  );

  return router;
}
