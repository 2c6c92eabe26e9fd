import { Router, type Request, type Response } from 'express';
import { FACTOR_NAME_MAX, type Account, type Accounts } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import type { Journeys } from '../../journey/journey.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import { enrolPasskeyPage } from '../../../views/journey/enrolPasskey.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { blank, field, withError } from '../form.ts';
import { formToken } from '../safety.ts';
import type { Enrolled } from './enrolled.ts';
import type { Way, Ways } from './way.ts';

type Needs = {
  accounts: Pick<Accounts, 'secondFactors'>;
  enrolled: Enrolled;
  journeys: Pick<Journeys, 'keepPace'>;
  oidc: Pick<Oidc, 'deviceOf'>;
  ways: Ways;
};

const FIELDS = { passkey_wrong: '', factors_full: '' };

/** A passkey as the second factor that is asked for. It bears the name of the device, until its owner finds another. */
export function enrolPasskeyRoutes({ accounts, enrolled, journeys, oidc, ways }: Needs): Router {
  const router = Router();
  const { passkeys } = accounts.secondFactors;

  /** The account that is asked, where this is what comes next. */
  function asked({ standing }: Way): Account | undefined {
    return standing.step.name === 'enrol' ? standing.account : undefined;
  }

  function show(req: Request, res: Response, way: Way, account: Account, form: Form): void {
    const page = enrolPasskeyPage(ways.frameOf(req, way), {
      action: `${way.path}/enrol/passkey`,
      csrf: formToken(way.browser),
      form,
      loginName: account.loginName,
      application: way.standing.application,
      appUrl: `${way.path}/enrol/app`,
      otherAccountUrl: `${way.path}/other`,
      giveUp: `${way.path}/profile`,
    });
    res.send(page);
  }

  router.get('/journey/:id/enrol/passkey', async (req, res) => {
    const way = await ways.find(req, res);
    const account = asked(way);
    if (account === undefined) res.redirect(303, way.path);
    else show(req, res, way, account, blank());
  });

  router.post('/journey/:id/enrol/passkey/options', async (req, res) => {
    const way = await ways.findForForm(req, res);
    const account = asked(way);
    if (account === undefined) throw new UserError('expired');
    await journeys.keepPace(req.ip ?? '');
    res.json(await passkeys.askToAdd(account, way.journey.id));
  });

  router.post('/journey/:id/enrol/passkey', async (req, res) => {
    const way = await ways.findForForm(req, res);
    const account = asked(way);
    if (account === undefined) return res.redirect(303, way.path);
    try {
      const name = oidc.deviceOf(req).slice(0, FACTOR_NAME_MAX);
      const answer = { response: field(req, 'response'), place: way.journey.id, name };
      return await enrolled(req, res, way, await passkeys.add(account.id, answer));
    } catch (error) {
      const form = withError(ways.frameOf(req, way).t, {}, error, FIELDS);
      res.status(422);
      return show(req, res, way, account, form);
    }
  });

  return router;
}
