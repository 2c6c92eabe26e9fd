import express, { Router, type Request, type Response } from 'express';
import type { Config } from '../config.ts';
import { UserError } from '../errors.ts';
import { journeyCookie } from '../oidc/oidc.ts';
import { FORM_BYTES, type Saml, type Way } from '../saml/saml.ts';
import { formPostPage } from '../../views/journey/formPost.tsx';
import { signedOutPage } from '../../views/journey/signedOut.tsx';
import { allowFormsTo, neverStore } from './safety.ts';
import type { Visits } from './visit.ts';

type Needs = { config: Pick<Config, 'ALUCO_URL'>; saml: Saml; visits: Visits };

const HOUR = 3600;

/** Sends the browser on its way. */
export function makeGuide({ config, visits }: Omit<Needs, 'saml'>) {
  const secure = config.ALUCO_URL.startsWith('https:');
  return function guide(req: Request, res: Response, way: Way): void {
    switch (way.kind) {
      case 'redirect':
        return res.redirect(303, way.location);
      case 'journey': {
        const path = `/journey/${way.id}`;
        res.cookie(journeyCookie(config.ALUCO_URL), way.browser, { path, httpOnly: true, sameSite: 'lax', secure });
        return res.redirect(303, path);
      }
      case 'post': {
        const { action, fields, application } = way;
        // Not to its origin alone: what answers are posted to often leads on to another host (a broker to the
        // application behind it, a home server to its web client), and browsers hold form-action against that, too.
        allowFormsTo(res, new URL(action).protocol);
        res.send(formPostPage(visits.frame(req), { action, fields, application }));
        return;
      }
      case 'left':
        res.send(signedOutPage(visits.frame(req), { application: way.application, left: way.confirmed }));
    }
  };
}

/** The part of the address after the question mark, as it came: signatures are over these very bytes. */
function rawQuery(req: Request): string {
  const mark = req.originalUrl.indexOf('?');
  return mark === -1 ? '' : req.originalUrl.slice(mark + 1);
}

function rawBody(req: Request): string {
  const body: unknown = req.body;
  if (!Buffer.isBuffer(body)) throw new UserError('saml_message_invalid', { reason: 'form' });
  return body.toString('latin1');
}

/**
 * The protocol's addresses. They are called across sites by design, so what comes by POST has none of our cookies: it is
 * checked, kept, and fetched again by a GET that has them.
 */
export function samlRoutes({ config, saml, visits }: Needs): Router {
  const router = Router();
  const guide = makeGuide({ config, visits });
  const body = express.raw({ type: 'application/x-www-form-urlencoded', limit: FORM_BYTES });

  router.get('/saml/metadata', async (_req, res) => {
    res.setHeader('cache-control', `public, max-age=${HOUR}`);
    res.setHeader('content-type', 'application/samlmetadata+xml; charset=utf-8');
    // Not `inline`: a browser would take it for a page of ours.
    res.setHeader('content-disposition', 'attachment; filename="metadata.xml"');
    res.send(await saml.metadata());
  });

  router.use('/saml', neverStore);

  router.get('/saml/sso', async (req, res) => {
    guide(req, res, await saml.receiveSignIn(req, res, rawQuery(req)));
  });
  router.post('/saml/sso', body, async (req, res) => {
    res.redirect(303, `/saml/sso/${await saml.receivePostedSignIn(rawBody(req), req.ip ?? '')}`);
  });
  router.get('/saml/sso/:id', async (req, res) => {
    guide(req, res, await saml.resumeSignIn(req, res, req.params.id));
  });

  router.get('/saml/slo', async (req, res) => {
    guide(req, res, await saml.receiveLogout(req, res, rawQuery(req)));
  });
  router.post('/saml/slo', body, async (req, res) => {
    const way = await saml.receivePostedLogout(rawBody(req), req.ip ?? '');
    if (typeof way === 'string') res.redirect(303, `/saml/slo/${way}`);
    else guide(req, res, way);
  });
  router.get('/saml/slo/:id', async (req, res) => {
    guide(req, res, await saml.resumeLogout(req, res, req.params.id));
  });

  return router;
}
