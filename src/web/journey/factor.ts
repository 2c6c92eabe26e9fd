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
import type { ShowStep, Way, Ways } from './way.ts';

type Needs = {
  accounts: Pick<Accounts, 'secondFactors'>;
  journeys: Pick<Journeys, 'strengthened'>;
  log: Log;
  metrics: Pick<Metrics, 'signIn'>;
  ways: Ways;
};

const FIELDS = { factor_code_wrong: 'code', recovery_code_wrong: 'code', try_later: 'code' };

/** What a form of each way holds. Nothing else of it is looked at. */
const ANSWERS: Readonly<Record<FactorWay, (req: Request) => FactorAnswer>> = {
  code: (req) => ({ kind: 'totp', code: field(req, 'code') }),
  recovery: (req) => ({ kind: 'recovery-code', code: field(req, 'code') }),
};

const WAYS: readonly FactorWay[] = ['code', 'recovery'];

/**
 * The second factor of somebody who has one. Which way they answer is in the address alone: to try another one is to
 * open another page of the same step, and nothing is remembered of it.
 */
export function makeFactorStep(needs: Needs): { routes: Router; show: ShowStep } {
  const { accounts, journeys, log, metrics, ways } = needs;
  const router = Router();

  /** The account that is asked, where this is what comes next. */
  function asked(way: Way): string | undefined {
    return way.standing.step.name === 'factor' ? way.standing.account?.id : undefined;
  }

  async function offered(accountId: string): Promise<FactorWay[]> {
    const { totp, codesLeft } = await accounts.secondFactors.of(accountId);
    return WAYS.filter((name) => (name === 'code' ? totp.length > 0 : codesLeft > 0));
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
        await accounts.secondFactors.prove(accountId, ANSWERS[name](req));
        return await ways.goOn(req, res, journeys.strengthened(way.standing, way.session));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const form = withError(ways.frameOf(req, way).t, {}, error, FIELDS);
        log.info({ event: 'second_factor_refused', code: error.code });
        metrics.signIn(way.journey.applicationId, 'refused', error.code);
        const wait = error.params['seconds'];
        if (wait !== undefined) res.setHeader('retry-after', String(wait));
        res.status(statusOf(error.code));
        return showFactor(req, res, way, name, form);
      }
    });
  }

  return {
    routes: router,
    async show(req, res, way) {
      const accountId = asked(way);
      const [first = 'recovery'] = accountId === undefined ? [] : await offered(accountId);
      await showFactor(req, res, way, first, blank());
    },
  };
}
