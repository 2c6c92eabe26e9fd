import { Router, type Request, type Response } from 'express';
import { linkGonePage } from '../../../views/journey/link.tsx';
import type { Accounts, OpenLink } from '../../accounts/accounts.ts';
import type { Config } from '../../config.ts';
import { UserError } from '../../errors.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import { param, statusOf } from '../form.ts';
import type { Visits } from '../visit.ts';
import type { Arrivals } from './arrival.ts';
import { makeInvitationLink } from './link-invitation.ts';
import { makePasswordLink } from './link-password.ts';

type Needs = {
  config: Pick<Config, 'ALUCO_CONTACT'>;
  accounts: Accounts;
  arrivals: Arrivals;
  now: () => number;
  oidc: Oidc;
  visits: Visits;
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
  return router;
}
