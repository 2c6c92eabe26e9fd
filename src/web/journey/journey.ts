import { Router, type Request, type Response } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Applications } from '../../applications/applications.ts';
import type { Config } from '../../config.ts';
import type { Journeys } from '../../journey/journey.ts';
import type { Legacy } from '../../legacy/legacy.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { Moderation } from '../../moderation/moderation.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import type { Profiles } from '../../profiles/profiles.ts';
import type { Saml } from '../../saml/saml.ts';
import { noAccountPage } from '../../../views/journey/noAccount.tsx';
import { refusedPage } from '../../../views/journey/refused.tsx';
import { messageFor } from '../../../views/text.ts';
import type { NewProfiles } from '../new-profile.ts';
import type { OldAccounts } from '../old-account.ts';
import type { Visits } from '../visit.ts';
import type { Work } from '../work.ts';
import { makeApplicantStep } from './applicant.ts';
import { makeArrival, type Arrivals } from './arrival.ts';
import { makeEnrolStep } from './enrol.ts';
import { makeFactorStep } from './factor.ts';
import { makeLeavingStep } from './leaving.ts';
import { makeModeratorsSayStep } from './moderators-say.ts';
import { makeProfileStep } from './profile.ts';
import { makeReclaimStep, type ReclaimStep } from './reclaim.ts';
import { recoveryRoutes } from './recovery.ts';
import { makeSignInStep } from './sign-in.ts';
import { makeSignUpStep } from './sign-up.ts';
import { makeTermsStep } from './terms.ts';
import { makeWaitStep } from './wait.ts';
import type { Way, Ways } from './way.ts';

type Needs = {
  config: Config;
  applications: Applications;
  accounts: Accounts;
  arrivals: Arrivals;
  journeys: Journeys;
  legacy: Pick<Legacy, 'reclaim'>;
  log: Log;
  metrics: Metrics;
  moderation: Moderation;
  newProfiles: NewProfiles;
  now: () => number;
  oldAccounts: OldAccounts;
  oidc: Oidc;
  profiles: Profiles;
  saml: Saml;
  visits: Visits;
  ways: Ways;
  work: Work;
};

/** The pages of a sign-in: one for each step that `nextStep` may name, whatever the protocol. */
export function journeyRoutes(allOf: Needs): Router {
  const { config, ways } = allOf;
  const arrival = makeArrival(allOf);
  const reclaim = makeReclaimStep(allOf);
  const needs = { ...allOf, arrival, reclaim };
  const router = Router();
  const identify = makeSignInStep(needs);
  const signUp = makeSignUpStep(needs);
  const applicant = makeApplicantStep(needs);
  const factor = makeFactorStep(needs);
  const enrol = makeEnrolStep(needs);
  const leaving = makeLeavingStep(needs);
  const terms = makeTermsStep(needs);
  const profile = makeProfileStep(needs);
  const wait = makeWaitStep(needs);
  const say = makeModeratorsSayStep(needs);
  for (const { routes } of [identify, signUp, applicant, factor, enrol, leaving, terms, reclaim, profile, wait, say])
    router.use(routes);
  router.use(recoveryRoutes(needs));
  const refuse = makeRefusal(needs);

  router.get('/journey/:id', async (req, res) => {
    const way = await ways.find(req, res);
    switch (way.standing.step.name) {
      case 'identify':
        if ((await applicant.find(way)) !== undefined) return applicant.show(req, res, way);
        return signUp.comesFirst(way) ? signUp.show(req, res, way) : identify.show(req, res, way);
      case 'factor':
        return factor.show(req, res, way);
      case 'enrol':
        return enrol.show(req, res, way);
      case 'leaving':
        return leaving.show(req, res, way);
      case 'terms':
        return terms.show(req, res, way);
      case 'reclaim':
        return reclaim.show(req, res, way);
      case 'choose':
        return profile.showPick(req, res, way);
      case 'create':
      case 'request':
        return profile.showCreate(req, res, way);
      case 'wait':
        return wait.show(req, res, way);
      case 'notice':
        return say.show(req, res, way);
      case 'refuse':
        return refuse(req, res, way, way.standing.step.code);
      case 'done':
        return ways.finish(req, res, way.journey, way.standing);
    }
  });

  router.get('/journey/:id/no-account', async (req, res) => {
    const way = await ways.find(req, res);
    const frame = ways.frameForAnybody(req, way);
    res.send(noAccountPage(frame, { contact: config.ALUCO_CONTACT || undefined, backUrl: way.path }));
  });

  return router;
}

/** The way ends here, for now: why, and whom to ask. */
function makeRefusal({ config, metrics, oidc, reclaim, saml, ways }: Needs & { reclaim: ReclaimStep }) {
  return async function refuse(req: Request, res: Response, way: Way, code: string): Promise<void> {
    const { application, entrance } = way.standing;
    const frame = ways.frameOf(req, way);
    metrics.signIn(way.journey.applicationId, 'refused', code);
    res.status(403);
    const params = entrance?.kind === 'refused' && entrance.code === code ? entrance.params : {};
    const message = messageFor(frame.t, code, params);
    if (way.journey.protocol === 'oidc') await oidc.noteRefusal(req, res, code);
    if (way.journey.protocol === 'saml') await saml.noteRefusal(way.journey, code);
    const contact = code === 'names_awaited' ? config.ALUCO_CONTACT : undefined;
    const urls = { backUrl: application?.homeUrl, oldAccountUrl: await reclaim.urlOn(way) };
    res.send(refusedPage(frame, { application, message, contact, ...urls }));
  };
}
