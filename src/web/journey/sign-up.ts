import { Router, type Request, type Response } from 'express';
import { noAccountPage } from '../../../views/journey/noAccount.tsx';
import { lookInMailPage, signUpPage } from '../../../views/journey/signUp.tsx';
import type { Form } from '../../../views/parts/form.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Config } from '../../config.ts';
import { UserError } from '../../errors.ts';
import { KEPT_MAX } from '../account-form.ts';
import { blank, field, statusOf, withError } from '../form.ts';
import { formToken } from '../safety.ts';
import type { Work } from '../work.ts';
import type { ShowStep, Way, Ways } from './way.ts';

type Needs = {
  config: Pick<Config, 'ALUCO_CONTACT'>;
  accounts: Pick<Accounts, 'signUp'>;
  ways: Ways;
  work: Work;
};

const SIGN_UP_FIELDS = {
  mailbox_invalid: 'mailbox',
  try_later: 'mailbox',
  sign_up_full: 'mailbox',
  busy: 'mailbox',
  work_missing: 'work',
  work_wrong: 'work',
};

/** No account yet? One asks with a mailbox, and goes on from the letter; the journey waits meanwhile. */
export function makeSignUpStep({ config, accounts: { signUp }, ways, work }: Needs): {
  routes: Router;
  show: ShowStep;
  /** Whether this comes before the question who somebody is: a new person was asked for, and nobody is signed in. */
  comesFirst: (way: Way) => boolean;
} {
  const router = Router();

  async function render(req: Request, res: Response, way: Way, form: Form): Promise<void> {
    const frame = ways.frameForAnybody(req, way);
    if (!signUp.isOffered) {
      res.send(noAccountPage(frame, { contact: config.ALUCO_CONTACT || undefined, backUrl: way.path }));
      return;
    }
    res.send(
      signUpPage(frame, {
        action: `${way.path}/sign-up`,
        csrf: formToken(way.browser),
        form,
        application: way.standing.application,
        isApproved: signUp.mode === 'approval',
        asked: await work.ask('sign-up'),
        signInUrl: `${way.path}/other`,
      }),
    );
  }

  router.get('/journey/:id/sign-up', async (req, res) => {
    await render(req, res, await ways.find(req, res), blank());
  });

  router.post('/journey/:id/sign-up', async (req, res) => {
    const way = await ways.findForForm(req, res);
    const frame = ways.frameForAnybody(req, way);
    const mailbox = field(req, 'mailbox').trim();
    const { application } = way.standing;
    try {
      await work.check(req, 'sign-up');
      await signUp.ask({
        mailbox,
        language: frame.language,
        network: req.ip ?? '',
        journeyId: way.journey.id,
        application: application === undefined ? undefined : { id: application.id, name: application.name },
      });
      // A page of its own, so that a reload sends no second letter.
      res.redirect(303, `${way.path}/sign-up/sent`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // The house closed its door meanwhile: the page says so.
      if (error.code === 'sign_up_closed') return render(req, res, way, blank());
      const form = withError(frame.t, { mailbox: mailbox.slice(0, KEPT_MAX) }, error, SIGN_UP_FIELDS);
      const wait = error.params['retryAfter'] ?? error.params['seconds'];
      if (wait !== undefined) res.setHeader('retry-after', String(wait));
      res.status(statusOf(error.code));
      return render(req, res, way, form);
    }
  });

  router.get('/journey/:id/sign-up/sent', async (req, res) => {
    const way = await ways.find(req, res);
    res.send(
      lookInMailPage(ways.frameForAnybody(req, way), {
        againUrl: `${way.path}/sign-up`,
        signInUrl: `${way.path}/other`,
      }),
    );
  });

  return {
    routes: router,
    show: (req, res, way) => render(req, res, way, blank()),
    comesFirst: ({ journey, session }) => journey.asks.create && session === undefined && signUp.isOffered,
  };
}
