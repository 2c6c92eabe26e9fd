import { Router, type Request, type Response } from 'express';
import { linkGonePage } from '../../../views/journey/link.tsx';
import type { Accounts, OpenLink } from '../../accounts/accounts.ts';
import type { Applications } from '../../applications/applications.ts';
import type { Config } from '../../config.ts';
import { UserError } from '../../errors.ts';
import type { Journeys } from '../../journey/journey.ts';
import type { Moderation } from '../../moderation/moderation.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import { param, statusOf } from '../form.ts';
import type { Visits } from '../visit.ts';
import { makeArrival, type Arrivals } from './arrival.ts';
import { makeApplicantLink } from './link-applicant.ts';
import { makeInvitationLink } from './link-invitation.ts';
import { makeModeratorLink } from './link-moderator.ts';
import { makeMailboxLink, makeMailboxUndoLink } from './link-mailbox.ts';
import { makePasswordLink } from './link-password.ts';
import { makeSignUpLink } from './link-sign-up.ts';
import type { Ways } from './way.ts';
import { makeRecoveryLink } from './link-recovery.ts';
import { makeStopLink } from './link-stop.ts';

type Needs = {
  config: Config;
  accounts: Accounts;
  applications: Applications;
  arrivals: Arrivals;
  journeys: Journeys;
  moderation: Pick<Moderation, 'moderators'>;
  now: () => number;
  oidc: Oidc;
  visits: Visits;
  ways: Ways;
};

/** What one kind of link opens. Asking for the page changes nothing; only its form does. */
export type LinkPages = {
  /** @throws {UserError} link_gone */
  show(req: Request, res: Response, link: OpenLink): Promise<void>;
  /** Takes the form. @throws {UserError} link_gone, where somebody else was faster */
  use(req: Request, res: Response, link: OpenLink): Promise<void>;
};

/**
 * The pages that one-time links lead to. Asking for one changes nothing, however often: mail scanners and previews do
 * (A51). Their forms carry no token of a session: the link itself is one.
 */
export function linkRoutes(needs: Needs): Router {
  const { config, accounts, visits } = needs;
  const router = Router();
  const pages: Partial<Record<OpenLink['content']['kind'], LinkPages>> = {
    account: makeInvitationLink(needs),
    password: makePasswordLink(needs),
    'sign-up': makeSignUpLink({ ...needs, arrival: makeArrival(needs) }),
    applicant: makeApplicantLink(needs),
    recovery: makeRecoveryLink(needs),
    mailbox: makeMailboxLink(needs),
    'mailbox-undo': makeMailboxUndoLink(needs),
    'link-stop': makeStopLink(needs),
    moderator: makeModeratorLink(needs),
  };

  /** Any link that opens nothing gets the same answer, whatever the reason. */
  async function open(req: Request, res: Response, step: keyof LinkPages): Promise<void> {
    const link = await accounts.findLink(param(req, 'token'));
    try {
      const page = link === undefined ? undefined : pages[link.content.kind];
      if (link === undefined || page === undefined) throw new UserError('link_gone');
      await page[step](req, res, link);
    } catch (error) {
      if (!(error instanceof UserError) || error.code !== 'link_gone') throw error;
      res.status(statusOf('link_gone'));
      res.send(linkGonePage(visits.frame(req), { contact: config.ALUCO_CONTACT || undefined }));
    }
  }

  router.get('/link/:token', (req, res) => open(req, res, 'show'));
  router.post('/link/:token', (req, res) => open(req, res, 'use'));
  // Where the cookie of the journey comes along that a link was asked for on, if this is the same browser.
  router.post('/journey/:id/link/:token', (req, res) => open(req, res, 'use'));
  router.get('/journey/:id/link/:token', (req, res) => {
    res.redirect(303, `/link/${param(req, 'token')}`);
  });
  return router;
}
