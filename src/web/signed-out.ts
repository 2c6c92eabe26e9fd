import { Router, type Request, type Response } from 'express';
import type { Applications } from '../applications/applications.ts';
import type { Config } from '../config.ts';
import { UserError } from '../errors.ts';
import { originOf, type Oidc } from '../oidc/oidc.ts';
import type { Saml } from '../saml/saml.ts';
import { signedOutPage } from '../../views/journey/signedOut.tsx';
import { field } from './form.ts';
import { allowFormsTo, checkFormToken, formToken } from './safety.ts';
import { makeGuide } from './saml.ts';
import { cookie, type Visits } from './visit.ts';

type Needs = {
  config: Pick<Config, 'ALUCO_URL'>;
  applications: Pick<Applications, 'find'>;
  oidc: Pick<Oidc, 'leave' | 'readSession'>;
  saml: Pick<Saml, 'offersOf' | 'keepOffers' | 'offers' | 'acceptOffer'>;
  visits: Visits;
};

/** How long somebody who has signed out is offered what they can still leave, in milliseconds. */
const OFFERED_FOR = 600_000;

const cookieName = (url: string): string => (url.startsWith('https:') ? '__Host-aluco-offers' : 'aluco-offers');

/**
 * The page that follows when somebody has signed out. What they can still leave is known by a cookie of this browser
 * alone: an address would stand in its history and in the logs of proxies, and who is offered it learns where they were.
 */
export async function showSignedOut(
  res: Response,
  { config, saml }: Pick<Needs, 'config'> & { saml: Pick<Saml, 'keepOffers'> },
  offers: Awaited<ReturnType<Saml['offersOf']>>,
): Promise<void> {
  const secret = await saml.keepOffers(offers);
  if (secret !== undefined) {
    const secure = config.ALUCO_URL.startsWith('https:');
    const options = { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: OFFERED_FOR } as const;
    res.cookie(cookieName(config.ALUCO_URL), secret, options);
  }
  res.redirect(303, '/signed-out');
}

/** Leaving: the answer to the logout page, and what is shown afterwards. */
export function signedOutRoutes({ config, applications, oidc, saml, visits }: Needs): Router {
  const router = Router();
  const guide = makeGuide({ config, visits });
  const secretOf = (req: Request): string => cookie(req, cookieName(config.ALUCO_URL)) ?? '';

  router.get('/signed-out', async (req, res) => {
    const secret = secretOf(req);
    const offers = secret === '' ? [] : await saml.offers(secret);
    const found = await Promise.all(offers.map(({ applicationId }) => applications.find(applicationId)));
    const offered = found.flatMap((application) => application ?? []);
    for (const { addresses } of offers) for (const address of addresses) allowFormsTo(res, originOf(address));
    const form = { action: '/signed-out/leave', csrf: formToken(secret), applications: offered };
    res.send(signedOutPage(visits.frame(req), { offers: form }));
  });

  router.post('/signed-out/leave', async (req, res) => {
    const secret = secretOf(req);
    if (secret === '') throw new UserError('expired');
    checkFormToken(req, secret);
    guide(req, res, await saml.acceptOffer(secret, field(req, 'application')));
  });

  router.post('/leave', async (req, res) => {
    if (field(req, 'stay') !== '') return res.redirect(303, '/');
    const everything = field(req, 'scope') !== 'application';
    const session = everything ? await oidc.readSession(req, res) : undefined;
    // Before the session ends; kept only where it does.
    const offers = session === undefined ? [] : await saml.offersOf(session);
    const { location, applicationId } = await oidc.leave(req, res, field(req, 'token'), everything);
    if (location !== undefined) return res.redirect(303, location);
    if (offers.length > 0) return showSignedOut(res, { config, saml }, offers);
    const application = applicationId === undefined ? undefined : await applications.find(applicationId);
    return res.send(signedOutPage(visits.frame(req), { application }));
  });

  router.get(['/leave', '/signed-out/leave'], (_req, res) => {
    res.redirect(303, '/signed-out');
  });

  return router;
}
