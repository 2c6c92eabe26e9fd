import { Router } from 'express';
import type { Applications } from '../applications/applications.ts';
import type { Config } from '../config.ts';
import { originOf, type Oidc } from '../oidc/oidc.ts';
import type { Saml } from '../saml/saml.ts';
import { signedOutPage } from '../../views/journey/signedOut.tsx';
import { field } from './form.ts';
import { allowFormsTo } from './safety.ts';
import { makeGuide } from './saml.ts';
import type { Visits } from './visit.ts';

type Needs = {
  config: Pick<Config, 'ALUCO_URL'>;
  applications: Pick<Applications, 'find'>;
  oidc: Pick<Oidc, 'leave' | 'readSession'>;
  saml: Pick<Saml, 'keepOffers' | 'offers' | 'acceptOffer'>;
  visits: Visits;
};

/** Where somebody who has signed out finds the applications that can still be left. */
export function signedOutPath(offers: string | undefined): string {
  return offers === undefined ? '/signed-out' : `/signed-out?offers=${offers}`;
}

/** Leaving: the answer to the logout page, and what is shown afterwards. */
export function signedOutRoutes({ config, applications, oidc, saml, visits }: Needs): Router {
  const router = Router();
  const guide = makeGuide({ config, visits });

  router.get('/signed-out', async (req, res) => {
    const token = typeof req.query['offers'] === 'string' ? req.query['offers'] : '';
    const offers = token === '' ? [] : await saml.offers(token);
    const found = await Promise.all(offers.map(({ applicationId }) => applications.find(applicationId)));
    const offered = found.flatMap((application) => application ?? []);
    for (const { addresses } of offers) for (const address of addresses) allowFormsTo(res, originOf(address));
    res.send(
      signedOutPage(visits.frame(req), { offers: { action: '/signed-out/leave', token, applications: offered } }),
    );
  });

  router.post('/signed-out/leave', async (req, res) => {
    guide(req, res, await saml.acceptOffer(field(req, 'token'), field(req, 'application')));
  });

  router.post('/leave', async (req, res) => {
    if (field(req, 'stay') !== '') return res.redirect(303, '/');
    const everything = field(req, 'scope') !== 'application';
    const session = everything ? await oidc.readSession(req, res) : undefined;
    const offers = session === undefined ? undefined : await saml.keepOffers(session);
    const { location, applicationId } = await oidc.leave(req, res, field(req, 'token'), everything);
    if (location !== undefined) return res.redirect(303, location);
    if (offers !== undefined) return res.redirect(303, signedOutPath(offers));
    const application = applicationId === undefined ? undefined : await applications.find(applicationId);
    return res.send(signedOutPage(visits.frame(req), { application }));
  });

  router.get(['/leave', '/signed-out/leave'], (_req, res) => {
    res.redirect(303, '/signed-out');
  });

  return router;
}
