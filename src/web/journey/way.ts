import type { Request, Response } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Config } from '../../config.ts';
import { UserError } from '../../errors.ts';
import type { Journey, Journeys, Proof, Standing } from '../../journey/journey.ts';
import type { Metrics } from '../../metrics.ts';
import { journeyCookie, type Oidc } from '../../oidc/oidc.ts';
import type { Saml } from '../../saml/saml.ts';
import type { Frame } from '../../../views/layout.tsx';
import { allowFormsTo, checkFormToken } from '../safety.ts';
import { makeGuide } from '../saml.ts';
import { showSignedOut } from '../signed-out.ts';
import { cookie, type Visits } from '../visit.ts';

type Needs = {
  config: Config;
  accounts: Pick<Accounts, 'timeline'>;
  journeys: Journeys;
  metrics: Metrics;
  now: () => number;
  oidc: Oidc;
  saml: Saml;
  visits: Visits;
};

/** One journey as a request finds it. `browser` is the secret of its cookie, which its forms' tokens derive from. */
export type Way = {
  readonly journey: Journey;
  readonly browser: string;
  readonly session: Proof | undefined;
  readonly standing: Standing;
  /** The address of its page, without a slash at the end. */
  readonly path: string;
};

/** The page of a step, where that is the one that comes next. */
export type ShowStep = (req: Request, res: Response, way: Way) => Promise<void> | void;

export type Ways = ReturnType<typeof makeWays>;

/** How requests find their journey, and how they go on from it: the same for every step. */
export function makeWays(needs: Needs) {
  const { config, accounts, journeys, metrics, now, oidc, saml, visits } = needs;
  const guide = makeGuide({ config, visits });

  async function stand(
    req: Request,
    res: Response,
    journey: Journey,
  ): Promise<{ standing: Standing; session: Proof | undefined }> {
    const session = await oidc.readSession(req, res);
    const profileId =
      journey.applicationId === undefined ? undefined : await oidc.standingProfile(session, journey.applicationId);
    return { standing: await journeys.stand(journey, session?.proof, profileId), session: session?.proof };
  }

  /** @throws {UserError} expired, also for another browser's */
  async function find(req: Request, res: Response): Promise<Way> {
    const id = String(req.params['id']);
    const browser = cookie(req, journeyCookie(config.ALUCO_URL));
    const journey = await journeys.find(id, browser);
    if (journey.protocol === 'oidc') allowFormsTo(res, await oidc.returnOrigin(req, res));
    return { journey, browser: browser ?? '', ...(await stand(req, res, journey)), path: `/journey/${id}` };
  }

  /** Gives the answer that the journey has earned. Whether it has is asked again here (P4). */
  async function finish(req: Request, res: Response, journey: Journey, standing: Standing): Promise<void> {
    const { step } = standing;
    if (step.name !== 'done') throw new UserError('expired');
    if (journey.protocol === 'portal') {
      await oidc.startSession(req, res, { accountId: step.accountId, at: step.authenticatedAt, level: step.level });
      metrics.signIn(undefined, 'done');
      res.redirect(303, journey.back ?? '/');
      return;
    }
    const profile = standing.profiles.find(({ id }) => id === step.profileId);
    const way =
      journey.protocol === 'saml'
        ? await saml.finish(req, res, journey, step)
        : ({ kind: 'redirect', location: await oidc.finish(req, res, journey, step) } as const);
    if (profile !== undefined) {
      const detail = { application: standing.application?.name ?? '', profile: profile.name };
      await accounts.timeline.record(step.accountId, { kind: 'application_entered', at: now(), detail });
    }
    guide(req, res, way);
  }

  /**
   * Ends a journey that the person gave up. An application is told, also where it asked for a stronger sign-in than
   * the person can or will give; on the way to a page of ours the person is signed
   * out, and offered what they can still leave.
   * @throws {UserError} expired
   */
  async function abandon(req: Request, res: Response, { journey, standing }: Way): Promise<void> {
    const { name } = standing.step;
    const isUnmet = journey.asks.level > 1 && (name === 'factor' || name === 'enrol');
    if (journey.protocol === 'saml') return guide(req, res, await saml.abandon(journey, isUnmet));
    if (journey.protocol === 'oidc') {
      const location = await oidc.abandon(req, res, isUnmet);
      await journeys.end(journey);
      return res.redirect(303, location);
    }
    await journeys.end(journey);
    const session = await oidc.readSession(req, res);
    // Somebody else's session is none of theirs to end.
    if (session === undefined || session.proof.accountId !== standing.account?.id)
      return res.redirect(303, '/signed-out');
    const offers = await saml.offersOf(session);
    await oidc.endSession(req, res, undefined);
    return showSignedOut(res, { config, saml }, offers);
  }

  return {
    abandon,
    find,
    finish,
    guide,

    /**
     * Like `find`, for a form: only from a page of this very journey.
     * @throws {UserError} expired, csrf
     */
    async findForForm(req: Request, res: Response): Promise<Way> {
      const way = await find(req, res);
      checkFormToken(req, way.browser);
      return way;
    },

    /** Where a journey would stand after a change that is not written down yet. */
    async standingOf(req: Request, res: Response, journey: Journey): Promise<Standing> {
      return (await stand(req, res, journey)).standing;
    },

    /**
     * The frame of a page of the journey. On the way the language chosen in this browser stands; the account's own comes
     * next, once it is known whose it is, then what the application asked for.
     */
    frameOf(req: Request, { journey, standing }: Way): Frame {
      const locales = journey.locales ?? [];
      return visits.frame(req, standing.account === undefined ? locales : [standing.account.language, ...locales]);
    },

    /** The frame for whoever it may be: nothing on it follows from an account. */
    frameForAnybody: (req: Request, { journey }: Way): Frame => visits.frame(req, journey.locales),

    /** After something was proven or chosen: the answer, or the page of the next step. */
    async goOn(req: Request, res: Response, journey: Journey): Promise<void> {
      const { standing } = await stand(req, res, journey);
      const isDone = standing.step.name === 'done';
      // A sign-in to the portal that ends here leaves nothing behind, nor anything to come back to.
      if (!isDone || journey.protocol !== 'portal') await journeys.save(journey);
      // What is carried by a form is a page: one of its own, so that a reload does not send the last form again.
      if (isDone && journey.protocol !== 'saml') await finish(req, res, journey, standing);
      else res.redirect(303, `/journey/${journey.id}`);
    },
  };
}
