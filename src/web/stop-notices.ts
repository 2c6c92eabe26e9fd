import express, { Router, type Request, type Response } from 'express';
import { UserError } from '../errors.ts';
import type { Legacy } from '../legacy/legacy.ts';
import { stopNoticesPage } from '../../views/journey/stopNotices.tsx';
import { neverStore } from './safety.ts';
import type { Visits } from './visit.ts';

type Needs = { legacy: Pick<Legacy, 'notices'>; visits: Pick<Visits, 'frame'> };

/** A mail program sends one word; nothing of it is read. */
const BODY_LIMIT = 4096;

/**
 * For whoever wants no more letters about their old account: a page, whose button says so, and the one request of a mail
 * program (RFC 8058 §3.2), which comes from elsewhere, without cookies and without a page. The token is all that counts:
 * who has it can stop the letters, and nothing else. Asking for the page changes nothing: programs open links on their own.
 */
export function stopNoticesRoutes({ legacy: { notices }, visits }: Needs): Router {
  const router = Router();
  const path = '/old-account/unsubscribe/:token';

  /** @throws {UserError} not_found */
  async function about(req: Request): Promise<{ token: string; name: string }> {
    const token = String(req.params['token']);
    const found = await notices.about(token);
    if (found === undefined) throw new UserError('not_found');
    return { token, name: found.name };
  }

  const show = (req: Request, res: Response, token: string, application: string, isDone: boolean): void => {
    const action = `/old-account/unsubscribe/${token}`;
    res.send(stopNoticesPage(visits.frame(req), { application, action, isDone }));
  };

  router.get(path, neverStore, async (req, res) => {
    const { token, name } = await about(req);
    show(req, res, token, name, false);
  });

  router.post(path, neverStore, express.raw({ type: () => true, limit: BODY_LIMIT }), async (req, res) => {
    const { token, name } = await about(req);
    await notices.unsubscribe(token);
    show(req, res, token, name, true);
  });

  return router;
}
