import { Router, type Request, type Response } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Journeys } from '../../journey/journey.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import { enrolPage } from '../../../views/journey/enrol.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { SET_UP_FIELDS, shownSetUp } from '../app-set-up.ts';
import { blank, field, withError } from '../form.ts';
import { formToken } from '../safety.ts';
import { makeEnrolled } from './enrolled.ts';
import { enrolPasskeyRoutes } from './enrol-passkey.ts';
import type { ShowStep, Way, Ways } from './way.ts';

type Needs = {
  accounts: Pick<Accounts, 'secondFactors'>;
  journeys: Pick<Journeys, 'keepPace' | 'save' | 'strengthened'>;
  oidc: Pick<Oidc, 'deviceOf'>;
  ways: Ways;
};

/** Setting up a second factor, for somebody of whom one is asked. */
export function makeEnrolStep({ accounts, journeys, oidc, ways }: Needs): { routes: Router; show: ShowStep } {
  const router = Router();
  const enrolled = makeEnrolled({ journeys, ways });
  router.use(enrolPasskeyRoutes({ accounts, enrolled, journeys, oidc, ways }));

  async function showApp(req: Request, res: Response, way: Way, form: Form, kept?: string): Promise<void> {
    const { step, account, application } = way.standing;
    if (step.name !== 'enrol' || account === undefined) return res.redirect(303, way.path);
    const page = enrolPage(ways.frameOf(req, way), {
      action: `${way.path}/enrol/app`,
      csrf: formToken(way.browser),
      form,
      setUp: await shownSetUp(accounts, account, kept),
      loginName: account.loginName,
      application,
      passkeyUrl: `${way.path}/enrol/passkey`,
      otherAccountUrl: `${way.path}/other`,
      giveUp: `${way.path}/profile`,
    });
    res.send(page);
  }

  router.get('/journey/:id/enrol/app', async (req, res) => {
    await showApp(req, res, await ways.find(req, res), blank());
  });

  router.post('/journey/:id/enrol/app', async (req, res) => {
    const way = await ways.findForForm(req, res);
    const { step, account } = way.standing;
    if (step.name !== 'enrol' || account === undefined) return res.redirect(303, way.path);
    const setUp = field(req, 'setUp');
    try {
      const answer = { setUp, code: field(req, 'code'), name: '' };
      const added = await accounts.secondFactors.totp.confirm(account.id, answer);
      return await enrolled(req, res, way, added);
    } catch (error) {
      const form = withError(ways.frameOf(req, way).t, {}, error, SET_UP_FIELDS);
      res.status(422);
      return showApp(req, res, way, form, setUp);
    }
  });

  return { routes: router, show: (req, res, way) => showApp(req, res, way, blank()) };
}
