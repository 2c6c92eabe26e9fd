import { Router, type Request, type Response } from 'express';
import { termsPage } from '../../../views/journey/terms.tsx';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Config } from '../../config.ts';
import { field } from '../form.ts';
import { formToken } from '../safety.ts';
import type { ShowStep, Way, Ways } from './way.ts';

type Needs = {
  accounts: Pick<Accounts, 'acceptTerms' | 'timeline'>;
  config: Pick<Config, 'ALUCO_RULES_URL' | 'ALUCO_TERMS_VERSION'>;
  now: () => number;
  ways: Ways;
};

/** The rules of the house, to be accepted. */
export function makeTermsStep({ accounts, config, now, ways }: Needs): { routes: Router; show: ShowStep } {
  const router = Router();
  const version = config.ALUCO_TERMS_VERSION;

  function show(req: Request, res: Response, way: Way): void {
    const frame = ways.frameOf(req, way);
    const page = termsPage(frame, {
      action: `${way.path}/terms`,
      csrf: formToken(way.browser),
      application: way.standing.application,
      version,
      rulesUrl: config.ALUCO_RULES_URL || undefined,
      isFirst: way.standing.account?.termsAccepted === undefined,
      waysOut: [
        { href: '/account/data', text: frame.t('data.open') },
        { href: '/account/leave', text: frame.t('terms.leave') },
        { href: '/sessions', text: frame.t('terms.sessions') },
      ],
    });
    res.send(page);
  }

  router.post('/journey/:id/terms', async (req, res) => {
    const way = await ways.findForForm(req, res);
    const { step, account } = way.standing;
    if (step.name !== 'terms' || account === undefined) return res.redirect(303, way.path);
    if (field(req, 'cancel') !== '') return ways.abandon(req, res, way);
    // Nobody accepts what their page did not show.
    if (field(req, 'version') !== version) return res.redirect(303, way.path);
    await accounts.acceptTerms(account.id, version);
    await accounts.timeline.record(account.id, { kind: 'terms_accepted', at: now(), detail: { version } });
    return ways.goOn(req, res, way.journey);
  });

  return { routes: router, show };
}
