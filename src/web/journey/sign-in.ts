import { Router, type Request, type Response } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import type { Journeys } from '../../journey/journey.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import { signInPage } from '../../../views/journey/signIn.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { blank, field, statusOf, withError } from '../form.ts';
import { formToken } from '../safety.ts';
import { makeTurns } from '../turns.ts';
import type { Work } from '../work.ts';
import type { Arrival, Arrivals } from './arrival.ts';
import { passkeySignInRoutes } from './passkey.ts';
import type { ShowStep, Way, Ways } from './way.ts';

type Needs = {
  accounts: Pick<Accounts, 'secondFactors' | 'signIn' | 'signInByPasskey' | 'signUp' | 'wantsWork'>;
  arrival: Arrival;
  arrivals: Arrivals;
  journeys: Pick<Journeys, 'keepPace'>;
  log: Log;
  metrics: Pick<Metrics, 'signIn'>;
  ways: Ways;
  work: Work;
};

const SIGN_IN_FIELDS = {
  credentials_wrong: 'login',
  try_later: 'login',
  busy: 'login',
  work_missing: 'work',
  work_wrong: 'work',
};

/** A few more than hashes run at once, so that none of their threads is idle. */
const AT_ONCE = 6;
/** How many may wait: some seconds of hashes on a small machine. */
const WAITING = 100;

/** Who are you? By login name and password, or by a passkey. */
export function makeSignInStep(needs: Needs): { routes: Router; show: ShowStep } {
  const { accounts, arrival, arrivals, log, metrics, ways, work } = needs;
  const router = Router();
  const inTurn = makeTurns({ atOnce: AT_ONCE, waiting: WAITING });

  const wantsWork = (req: Request, identifier: string): Promise<boolean> =>
    accounts.wantsWork({ identifier, network: req.ip ?? '', knownDevice: arrivals.knownDevice(req) });

  async function showSignIn(req: Request, res: Response, way: Way, form: Form): Promise<void> {
    const asked = (await wantsWork(req, form.values['login'] ?? '')) ? await work.ask('sign-in') : undefined;
    const { standing, path, browser } = way;
    const frame = ways.frameForAnybody(req, way);
    const links = {
      forgotten: `${path}/forgotten`,
      noAccount: `${path}/${accounts.signUp.isOffered ? 'sign-up' : 'no-account'}`,
    };
    res.send(
      signInPage(frame, {
        action: `${path}/sign-in`,
        passkeyAction: `${path}/passkey`,
        csrf: formToken(browser),
        form,
        application: standing.application,
        links,
        work: asked,
      }),
    );
  }

  async function signIn(req: Request, res: Response): Promise<void> {
    const way = await ways.findForForm(req, res);
    const login = field(req, 'login');
    try {
      if (await wantsWork(req, login)) await work.check(req, 'sign-in');
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
      await showSignIn(req, res, way, form);
    }
  }

  router.post('/journey/:id/sign-in', (req, res) => inTurn(() => signIn(req, res)));

  router.use(passkeySignInRoutes({ ...needs, show: showSignIn }));

  router.get('/journey/:id/other', async (req, res) => {
    await showSignIn(req, res, await ways.find(req, res), blank());
  });

  return { routes: router, show: (req, res, way) => showSignIn(req, res, way, blank()) };
}
