import { Router, type Request, type Response } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import { signInPage } from '../../../views/journey/signIn.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { blank, field, statusOf, withError } from '../form.ts';
import { formToken } from '../safety.ts';
import type { Arrival, Arrivals } from './arrival.ts';
import type { ShowStep, Way, Ways } from './way.ts';

type Needs = {
  accounts: Pick<Accounts, 'signIn'>;
  arrival: Arrival;
  arrivals: Arrivals;
  log: Log;
  metrics: Pick<Metrics, 'signIn'>;
  ways: Ways;
};

const SIGN_IN_FIELDS = { credentials_wrong: 'login', try_later: 'login', busy: 'login' };

/** Who are you? By login name and password. */
export function makeSignInStep(needs: Needs): { routes: Router; show: ShowStep } {
  const { accounts, arrival, arrivals, log, metrics, ways } = needs;
  const router = Router();

  function showSignIn(req: Request, res: Response, way: Way, form: Form): void {
    const { standing, path, browser } = way;
    const frame = ways.frameForAnybody(req, way);
    const links = { forgotten: `${path}/forgotten`, noAccount: `${path}/no-account` };
    res.send(
      signInPage(frame, {
        action: `${path}/sign-in`,
        csrf: formToken(browser),
        form,
        application: standing.application,
        links,
      }),
    );
  }

  router.post('/journey/:id/sign-in', async (req, res) => {
    const way = await ways.findForForm(req, res);
    const login = field(req, 'login');
    try {
      const account = await accounts.signIn({
        identifier: login,
        password: field(req, 'password'),
        network: req.ip ?? '',
        knownDevice: arrivals.knownDevice(req),
      });
      await arrival.arrived(req, res, way, account, 1);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const wait = error.params['retryAfter'] ?? error.params['seconds'];
      const { t } = ways.frameForAnybody(req, way);
      const form = withError(t, { login: login.slice(0, 200) }, error, SIGN_IN_FIELDS);
      log.info({ event: 'sign_in_refused', code: error.code });
      metrics.signIn(way.journey.applicationId, 'refused', error.code);
      if (wait !== undefined) res.setHeader('retry-after', String(wait));
      res.status(statusOf(error.code));
      showSignIn(req, res, way, form);
    }
  });

  router.get('/journey/:id/other', async (req, res) => {
    showSignIn(req, res, await ways.find(req, res), blank());
  });

  return { routes: router, show: (req, res, way) => showSignIn(req, res, way, blank()) };
}
