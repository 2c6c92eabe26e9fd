import { Router, type Request, type Response } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import type { Journeys } from '../../journey/journey.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { Form } from '../../../views/parts/form.ts';
import { field, statusOf, withError } from '../form.ts';
import type { Arrival } from './arrival.ts';
import type { Way, Ways } from './way.ts';

type Needs = {
  accounts: Pick<Accounts, 'secondFactors' | 'signInByPasskey'>;
  arrival: Pick<Arrival, 'arrived'>;
  journeys: Pick<Journeys, 'keepPace'>;
  log: Log;
  metrics: Pick<Metrics, 'signIn'>;
  ways: Ways;
  /** Shows the page to sign in on. */
  show: (req: Request, res: Response, way: Way, form: Form) => Promise<void> | void;
};

/** Errors speak of the whole page: the fields on it are a password's. */
const FIELDS = { passkey_wrong: '', try_later: '' };

/** Signing in with a passkey, without saying who one is: a question for the script, and a form for the answer. */
export function passkeySignInRoutes({ accounts, arrival, journeys, log, metrics, ways, show }: Needs): Router {
  const router = Router();

  router.post('/journey/:id/passkey/options', async (req, res) => {
    const way = await ways.findForForm(req, res);
    await journeys.keepPace(req.ip ?? '');
    res.json(await accounts.secondFactors.passkeys.askToSignIn(way.journey.id));
  });

  router.post('/journey/:id/passkey', async (req, res) => {
    const way = await ways.findForForm(req, res);
    try {
      const account = await accounts.signInByPasskey({
        response: field(req, 'response'),
        journeyId: way.journey.id,
        network: req.ip ?? '',
      });
      await arrival.arrived(req, res, way, account, 2);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const form = withError(ways.frameForAnybody(req, way).t, {}, error, FIELDS);
      log.info({ event: 'sign_in_refused', code: error.code });
      metrics.signIn(way.journey.applicationId, 'refused', error.code);
      const wait = error.params['seconds'];
      if (wait !== undefined) res.setHeader('retry-after', String(wait));
      res.status(statusOf(error.code));
      await show(req, res, way, form);
    }
  });

  return router;
}
