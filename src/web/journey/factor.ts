import { Router, type Request, type Response } from 'express';
import type { Accounts, FactorAnswer } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import type { Journeys } from '../../journey/journey.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import { factorPage, type FactorWay } from '../../../views/journey/factor.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { blank, field, statusOf, withError } from '../form.ts';
import { formToken } from '../safety.ts';
import type { Arrival } from './arrival.ts';
import type { ShowStep, Way, Ways } from './way.ts';

type Needs = {
  accounts: Pick<Accounts, 'secondFactors'>;
  arrival: Pick<Arrival, 'strengthened'>;
  journeys: Pick<Journeys, 'keepPace'>;
  log: Log;
  metrics: Pick<Metrics, 'signIn'>;
  ways: Ways;
};

const FIELDS = { factor_code_wrong: 'code', recovery_code_wrong: 'code', try_later: 'code' };
/** On the page of passkeys there is no field to speak of. */
const PASSKEY_FIELDS = { passkey_wrong: '', try_later: '' };

/** What a form of each way holds. Nothing else of it is looked at. */
const ANSWERS: Readonly<Record<FactorWay, (req: Request, way: Way) => FactorAnswer>> = {
  passkey: (req, { journey }) => ({ kind: 'passkey', response: field(req, 'response'), place: journey.id }),
  code: (req) => ({ kind: 'totp', code: field(req, 'code') }),
  recovery: (req) => ({ kind: 'recovery-code', code: field(req, 'code') }),
};

const WAYS: readonly FactorWay[] = ['passkey', 'code', 'recovery'];

/**
 * The second factor of somebody who has one. Which way they answer is in the address alone: to try another one is to
 * open another page of the same step, and nothing is remembered of it.
 */
export function makeFactorStep(needs: Needs): { routes: Router; show: ShowStep } {
  const { accounts, arrival, journeys, log, metrics, ways } = needs;
  const router = Router();

  /** The account that is asked, where this is what comes next. */
  function asked(way: Way): string | undefined {
    return way.standing.step.name === 'factor' ? way.standing.account?.id : undefined;
  }

  async function offered(accountId: string): Promise<FactorWay[]> {
    const { totp, passkey, codesLeft } = await accounts.secondFactors.of(accountId);
    const has = { passkey: passkey.length > 0, code: totp.length > 0, recovery: codesLeft > 0 };
    return WAYS.filter((name) => has[name]);
  }

  async function showFactor(req: Request, res: Response, way: Way, name: FactorWay, form: Form): Promise<void> {
    const accountId = asked(way);
    if (accountId === undefined) return res.redirect(303, way.path);
    const others = (await offered(accountId)).filter((other) => other !== name);
    const page = factorPage(ways.frameOf(req, way), {
      way: name,
      action: `${way.path}/factor/${name}`,
      csrf: formToken(way.browser),
      form,
      application: way.standing.application,
      others: others.map((other) => ({ way: other, href: `${way.path}/factor/${other}` })),
      lostUrl: `${way.path}/forgotten`,
      otherAccountUrl: `${way.path}/other`,
      giveUp: `${way.path}/profile`,
    });
    res.send(page);
  }

  for (const name of WAYS) {
    router.get(`/journey/:id/factor/${name}`, async (req, res) => {
      await showFactor(req, res, await ways.find(req, res), name, blank());
    });

    router.post(`/journey/:id/factor/${name}`, async (req, res) => {
      const way = await ways.findForForm(req, res);
      const accountId = asked(way);
      // Proven already, or nobody to prove anything about: the page of the step of this moment.
      if (accountId === undefined) return res.redirect(303, way.path);
      try {
        await accounts.secondFactors.prove(accountId, ANSWERS[name](req, way));
        return await arrival.strengthened(req, res, way);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const form = withError(ways.frameOf(req, way).t, {}, error, name === 'passkey' ? PASSKEY_FIELDS : FIELDS);
        log.info({ event: 'second_factor_refused', code: error.code });
        metrics.signIn(way.journey.applicationId, 'refused', error.code);
        const wait = error.params['seconds'];
        if (wait !== undefined) res.setHeader('retry-after', String(wait));
        res.status(statusOf(error.code));
        return showFactor(req, res, way, name, form);
      }
    });
  }

  router.post('/journey/:id/factor/passkey/options', async (req, res) => {
    const way = await ways.findForForm(req, res);
    const accountId = asked(way);
    if (accountId === undefined) throw new UserError('expired');
    await journeys.keepPace(req.ip ?? '');
    res.json(await accounts.secondFactors.passkeys.askForFactor(accountId, way.journey.id));
  });

  return {
    routes: router,
    async show(req, res, way) {
      const accountId = asked(way);
      const [first = 'recovery'] = accountId === undefined ? [] : await offered(accountId);
      await showFactor(req, res, way, first, blank());
    },
  };
}
