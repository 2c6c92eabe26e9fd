import { Router, type Request, type Response } from 'express';
import { forgottenPage } from '../../../views/journey/forgotten.tsx';
import { letterSentPage, onwardPage, recoveryPage } from '../../../views/journey/recovery.tsx';
import type { Form } from '../../../views/parts/form.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Applications } from '../../applications/applications.ts';
import type { Config } from '../../config.ts';
import { UserError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { KEPT_MAX } from '../account-form.ts';
import { blank, field, statusOf, withError } from '../form.ts';
import { formToken } from '../safety.ts';
import type { Visits } from '../visit.ts';
import type { Work } from '../work.ts';
import type { Way, Ways } from './way.ts';

type Needs = {
  config: Pick<Config, 'ALUCO_CONTACT' | 'ALUCO_SMTP'>;
  accounts: Pick<Accounts, 'recovery'>;
  applications: Pick<Applications, 'find'>;
  log: Log;
  visits: Visits;
  ways: Ways;
  work: Work;
};

const FIELDS = {
  answer_required: 'identifier',
  mailbox_invalid: 'identifier',
  try_later: 'identifier',
  work_missing: 'work',
  work_wrong: 'work',
};

/**
 * The pages of somebody who lost their password or their login name. What is shown is the same for everybody (A44);
 * without mail it says whom to ask.
 */
export function recoveryRoutes({ config, accounts, applications, log, visits, ways, work }: Needs): Router {
  const router = Router();
  const contact = config.ALUCO_CONTACT || undefined;

  async function show(req: Request, res: Response, way: Way, form: Form): Promise<void> {
    const frame = ways.frameForAnybody(req, way);
    if (config.ALUCO_SMTP === '') {
      res.send(forgottenPage(frame, { contact, backUrl: way.path }));
      return;
    }
    const asked = await work.ask('recovery');
    const action = `${way.path}/forgotten`;
    res.send(recoveryPage(frame, { action, csrf: formToken(way.browser), form, contact, backUrl: way.path, asked }));
  }

  router.get('/journey/:id/forgotten', async (req, res) => {
    await show(req, res, await ways.find(req, res), blank());
  });

  router.post('/journey/:id/forgotten', async (req, res) => {
    const way = await ways.findForForm(req, res);
    if (config.ALUCO_SMTP === '') throw new UserError('not_found');
    const identifier = field(req, 'identifier');
    const { t, language } = ways.frameForAnybody(req, way);
    try {
      await work.check(req, 'recovery');
      const { id: journeyId, applicationId } = way.journey;
      await accounts.recovery.ask({ identifier, network: req.ip ?? '', language, journeyId, applicationId });
      res.redirect(303, `${way.path}/letter-sent`);
    } catch (error) {
      const form = withError(t, { identifier: identifier.slice(0, KEPT_MAX) }, error, FIELDS);
      if (!(error instanceof UserError)) throw error;
      const { seconds } = error.params;
      if (seconds !== undefined) res.setHeader('retry-after', String(seconds));
      log.info({ event: 'recovery_refused', code: error.code });
      res.status(statusOf(error.code));
      await show(req, res, way, form);
    }
  });

  router.get('/journey/:id/letter-sent', async (req, res) => {
    const way = await ways.find(req, res);
    const again = `${way.path}/forgotten`;
    res.send(letterSentPage(ways.frameForAnybody(req, way), { contact, againUrl: again, backUrl: way.path }));
  });

  /**
   * Where a link of a letter leads in the end: to the sign-in that it was asked on, in the browser of that; anywhere
   * else to the application's own address, or to us. What the address names is only looked up, never followed.
   */
  router.get('/journey/:id/onward', async (req, res) => {
    try {
      return res.redirect(303, (await ways.find(req, res)).path);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
    const named: unknown = req.query['application'];
    const application = typeof named === 'string' ? await applications.find(named) : undefined;
    if (application === undefined) return res.redirect(303, '/');
    return res.send(onwardPage(visits.frame(req), { application }));
  });

  return router;
}

/** The address to which a link leads that was made on a sign-in; ours where there was none. */
export function onwardFrom({ journeyId, applicationId }: { journeyId?: string; applicationId?: string }): string {
  if (journeyId === undefined) return '/';
  const query = applicationId === undefined ? '' : `?${new URLSearchParams({ application: applicationId }).toString()}`;
  return `/journey/${encodeURIComponent(journeyId)}/onward${query}`;
}
