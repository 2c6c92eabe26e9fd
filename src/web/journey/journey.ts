import { Router, type Request, type Response } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Applications } from '../../applications/applications.ts';
import type { Config } from '../../config.ts';
import { UserError } from '../../errors.ts';
import type { Journey, Journeys, Standing } from '../../journey/journey.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import { journeyCookie, type Oidc } from '../../oidc/oidc.ts';
import type { Saml } from '../../saml/saml.ts';
import { subjectOf, type Profiles } from '../../profiles/profiles.ts';
import { createProfilePage } from '../../../views/journey/createProfile.tsx';
import { forgottenPage } from '../../../views/journey/forgotten.tsx';
import { noAccountPage } from '../../../views/journey/noAccount.tsx';
import { pickPage } from '../../../views/journey/pick.tsx';
import { refusedPage } from '../../../views/journey/refused.tsx';
import { signInPage } from '../../../views/journey/signIn.tsx';
import type { Frame } from '../../../views/layout.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { messageFor } from '../../../views/text.ts';
import { blank, field, statusOf, withError } from '../form.ts';
import { NAME_FIELDS } from '../profile-form.ts';
import { receivedBy, ruleInWords } from '../received.ts';
import { allowFormsTo, checkFormToken, formToken } from '../safety.ts';
import { makeGuide } from '../saml.ts';
import { cookie, type Visits } from '../visit.ts';

type Needs = {
  config: Config;
  applications: Pick<Applications, 'takesNewProfiles'>;
  accounts: Pick<Accounts, 'recordConnection' | 'signIn' | 'timeline'>;
  journeys: Journeys;
  log: Log;
  metrics: Metrics;
  now: () => number;
  oidc: Oidc;
  profiles: Pick<Profiles, 'create' | 'suggest'>;
  saml: Saml;
  visits: Visits;
};

const YEAR = 31_536_000_000;
const SIGN_IN_FIELDS = { credentials_wrong: 'login', try_later: 'login', busy: 'login' };
/** One journey as a request finds it. */
type Way = { journey: Journey; browser: string; standing: Standing; path: string };

/** The pages of a sign-in: one for each step that `nextStep` may name, whatever the protocol. */
export function journeyRoutes(needs: Needs): Router {
  const { config, accounts, applications, journeys, log, metrics, now, oidc, profiles, saml, visits } = needs;
  const guide = makeGuide({ config, visits });
  const router = Router();
  const secure = config.ALUCO_URL.startsWith('https:');
  const knownCookie = secure ? '__Host-aluco-known' : 'aluco-known';

  async function stand(req: Request, res: Response, journey: Journey): Promise<Standing> {
    const session = await oidc.readSession(req, res);
    const standing =
      journey.applicationId === undefined ? undefined : await oidc.standingProfile(session, journey.applicationId);
    return journeys.stand(journey, session?.proof, standing);
  }

  async function find(req: Request, res: Response): Promise<Way> {
    const id = String(req.params['id']);
    const browser = cookie(req, journeyCookie(config.ALUCO_URL));
    const journey = await journeys.find(id, browser);
    if (journey.protocol === 'oidc') allowFormsTo(res, await oidc.returnOrigin(req, res));
    return { journey, browser: browser ?? '', standing: await stand(req, res, journey), path: `/journey/${id}` };
  }

  /** Like `find`, for a form: only from a page of this very journey. */
  async function findForForm(req: Request, res: Response): Promise<Way> {
    const way = await find(req, res);
    checkFormToken(req, way.browser);
    return way;
  }

  /** On the way the language chosen in this browser stands; the account's own comes next. */
  function frameOf(req: Request, { journey, standing }: Way): Frame {
    const locales = journey.locales ?? [];
    return visits.frame(req, standing.account === undefined ? locales : [standing.account.language, ...locales]);
  }

  function showSignIn(req: Request, res: Response, way: Way, form: Form): void {
    const { standing, path, browser } = way;
    const frame = visits.frame(req, way.journey.locales);
    const links = { forgotten: `${path}/forgotten`, noAccount: `${path}/no-account` };
    res.send(
      signInPage(frame, {
        action: `${path}/sign-in`,
        csrf: formToken(browser),
        form,
        application: standing.application,
        links,
      }),
    );
  }

  function showPick(req: Request, res: Response, way: Way, problem?: string): void {
    const { standing, path, browser } = way;
    const { application, profiles: held, used, limit } = standing;
    if (application === undefined) throw new UserError('expired');
    const frame = frameOf(req, way);
    const active = held.filter(({ status }) => status === 'active');
    const { subject } = way.journey.asks;
    const asked = active.find((profile) => subjectOf(application, profile) === subject);
    const preselected = asked ?? active.find(({ id }) => id === way.journey.profileId) ?? active[0];
    const isOpen = applications.takesNewProfiles(application);
    const said = problem ?? (subject !== undefined && asked === undefined ? 'other_profile' : undefined);
    const page = pickPage(frame, {
      action: `${path}/profile`,
      csrf: formToken(browser),
      application,
      receives: receivedBy(
        frame.t,
        application,
        active.some(({ groups }) => groups.length > 0),
      ),
      profiles: held.map((profile) => ({
        id: profile.id,
        name: profile.name,
        note: profile.note === '' ? undefined : profile.note,
        lastUsedDay: profile.lastUsedDay,
        preselected: profile === preselected,
        selectable: profile.status === 'active',
        status: profile.status === 'active' ? undefined : frame.t(`status.${profile.status}`),
      })),
      canCreate: isOpen && used < limit,
      createUrl: `${path}/new`,
      createReason: isOpen
        ? used < limit
          ? undefined
          : messageFor(frame.t, 'quota_full', { limit })
        : messageFor(frame.t, 'names_awaited'),
      otherAccountUrl: `${path}/other`,
      ...(said === undefined
        ? {}
        : { form: { values: {}, errors: [{ field: 'profile', message: messageFor(frame.t, said) }] } }),
    });
    res.send(page);
  }

  function showCreate(req: Request, res: Response, way: Way, form: Form, suggestions: string[]): void {
    const { standing, path, browser } = way;
    const { application } = standing;
    if (application === undefined) throw new UserError('expired');
    const frame = frameOf(req, way);
    const page = createProfilePage(frame, {
      action: `${path}/create`,
      csrf: formToken(browser),
      application,
      form,
      rule: ruleInWords(frame.t, application.rule),
      suggestions,
      receives: receivedBy(frame.t, application, false),
      back: standing.profiles.length > 0 ? `${path}/profiles` : undefined,
    });
    res.send(page);
  }

  /** Gives the answer that the journey has earned. Whether it has is asked again here (P4). */
  async function finish(req: Request, res: Response, journey: Journey, standing: Standing): Promise<void> {
    const { step } = standing;
    if (step.name !== 'done') throw new UserError('expired');
    if (journey.protocol === 'portal') {
      await oidc.startSession(req, res, { accountId: step.accountId, at: step.authenticatedAt });
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

  /** After something was proven or chosen: the answer, or the page of the next step. */
  async function goOn(req: Request, res: Response, journey: Journey): Promise<void> {
    const standing = await stand(req, res, journey);
    const isDone = standing.step.name === 'done';
    // A sign-in to the portal that ends here leaves nothing behind, nor anything to come back to.
    if (!isDone || journey.protocol !== 'portal') await journeys.save(journey);
    // What is carried by a form is a page: one of its own, so that a reload does not send the last form again.
    if (isDone && journey.protocol !== 'saml') await finish(req, res, journey, standing);
    else res.redirect(303, `/journey/${journey.id}`);
  }

  router.get('/journey/:id', async (req, res) => {
    const way = await find(req, res);
    const { step, application, limit } = way.standing;
    switch (step.name) {
      case 'identify':
        return showSignIn(req, res, way, blank());
      case 'choose':
        return showPick(req, res, way);
      case 'create':
        return showCreate(req, res, way, blank(), []);
      case 'refuse': {
        const frame = frameOf(req, way);
        metrics.signIn(way.journey.applicationId, 'refused', step.code);
        res.status(403);
        const message = messageFor(frame.t, step.code, { limit });
        if (way.journey.protocol === 'oidc') await oidc.noteRefusal(req, res, step.code);
        if (way.journey.protocol === 'saml') await saml.noteRefusal(way.journey, step.code);
        const contact = step.code === 'names_awaited' ? config.ALUCO_CONTACT : undefined;
        res.send(refusedPage(frame, { application, message, contact, backUrl: application?.homeUrl }));
        return;
      }
      case 'done':
        return finish(req, res, way.journey, way.standing);
    }
  });

  router.post('/journey/:id/sign-in', async (req, res) => {
    const way = await findForForm(req, res);
    const login = field(req, 'login');
    const known = cookie(req, knownCookie);
    try {
      const { account, knownDevice } = await accounts.signIn({
        identifier: login,
        password: field(req, 'password'),
        network: req.ip ?? '',
        ...(known === undefined ? {} : { knownDevice: known }),
      });
      res.cookie(knownCookie, knownDevice, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: YEAR });
      const detail = { device: oidc.deviceOf(req) };
      // Together, so that both share a commit.
      await Promise.all([
        accounts.timeline.record(account.id, { kind: 'signed_in', at: now(), detail }),
        accounts.recordConnection(account.id, req.ip ?? ''),
        goOn(req, res, journeys.proven(way.journey, account.id)),
      ]);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const wait = error.params['retryAfter'] ?? error.params['seconds'];
      const { t } = visits.frame(req, way.journey.locales);
      const form = withError(t, { login: login.slice(0, 200) }, error, SIGN_IN_FIELDS);
      log.info({ event: 'sign_in_refused', code: error.code });
      metrics.signIn(way.journey.applicationId, 'refused', error.code);
      if (wait !== undefined) res.setHeader('retry-after', String(wait));
      res.status(statusOf(error.code));
      showSignIn(req, res, way, form);
    }
  });

  router.get('/journey/:id/other', async (req, res) => {
    showSignIn(req, res, await find(req, res), blank());
  });

  router.get('/journey/:id/profiles', async (req, res) => {
    const way = await find(req, res);
    if (way.standing.step.name === 'create' && way.standing.profiles.length > 0) return showPick(req, res, way);
    res.redirect(303, way.path);
  });

  router.post('/journey/:id/profile', async (req, res) => {
    const way = await findForForm(req, res);
    if (way.standing.step.name === 'identify') return res.redirect(303, way.path);
    if (field(req, 'cancel') !== '' && way.journey.protocol === 'saml') {
      return guide(req, res, await saml.abandon(way.journey));
    }
    if (field(req, 'cancel') !== '') {
      const location = await oidc.abandon(req, res);
      await journeys.end(way.journey);
      return res.redirect(303, location);
    }
    const wanted = field(req, 'profile');
    const profile = way.standing.profiles.find(({ id, status }) => id === wanted && status === 'active');
    if (profile === undefined) {
      // Somebody else's, another application's, a blocked one: one answer for all (A23).
      log.warn({ event: 'profile_refused', application: way.standing.application?.id });
      res.status(statusOf('profile_unavailable'));
      return showPick(req, res, way, wanted === '' ? 'choice_required' : 'profile_unavailable');
    }
    const journey = journeys.chosen(way.journey, profile.id);
    const { step } = await stand(req, res, journey);
    if (step.name === 'choose') {
      res.status(statusOf('other_profile'));
      return showPick(req, res, way, 'other_profile');
    }
    return goOn(req, res, journey);
  });

  router.get('/journey/:id/new', async (req, res) => {
    const way = await find(req, res);
    const { step, application } = way.standing;
    const isOpen = application !== undefined && applications.takesNewProfiles(application);
    if (isOpen && (step.name === 'choose' || step.name === 'create')) return showCreate(req, res, way, blank(), []);
    res.redirect(303, way.path);
  });

  router.post('/journey/:id/create', async (req, res) => {
    const way = await findForForm(req, res);
    const { step, application, account } = way.standing;
    if ((step.name !== 'choose' && step.name !== 'create') || application === undefined || account === undefined) {
      return res.redirect(303, way.path);
    }
    const suggestion = field(req, 'suggestion');
    const name = suggestion === '' ? field(req, 'name') : suggestion;
    const note = field(req, 'note');
    try {
      const profile = await profiles.create(account.id, application, { name, note });
      const detail = { application: application.name, profile: profile.name };
      await accounts.timeline.record(account.id, { kind: 'profile_created', at: now(), detail });
      return await goOn(req, res, journeys.chosen(way.journey, profile.id));
    } catch (error) {
      // What was true when the page was made is so no longer: the step of this moment has the words for it.
      if (error instanceof UserError && error.code === 'names_awaited') return res.redirect(303, way.path);
      const { t } = frameOf(req, way);
      const form = withError(t, { name: name.slice(0, 200), note: note.slice(0, 400) }, error, NAME_FIELDS);
      res.status(422);
      return showCreate(req, res, way, form, await profiles.suggest(application, name.slice(0, 100)));
    }
  });

  router.get('/journey/:id/forgotten', async (req, res) => {
    const way = await find(req, res);
    const frame = visits.frame(req, way.journey.locales);
    res.send(forgottenPage(frame, { contact: config.ALUCO_CONTACT || undefined, backUrl: way.path }));
  });

  router.get('/journey/:id/no-account', async (req, res) => {
    const way = await find(req, res);
    const frame = visits.frame(req, way.journey.locales);
    res.send(noAccountPage(frame, { contact: config.ALUCO_CONTACT || undefined, backUrl: way.path }));
  });

  return router;
}
