import { Router, type Request, type Response } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Applications } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import type { Journeys } from '../../journey/journey.ts';
import type { Log } from '../../log.ts';
import { subjectOf, type Profiles } from '../../profiles/profiles.ts';
import { createProfilePage } from '../../../views/journey/createProfile.tsx';
import { pickPage } from '../../../views/journey/pick.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { messageFor } from '../../../views/text.ts';
import { blank, field, statusOf, withError } from '../form.ts';
import { NAME_FIELDS } from '../profile-form.ts';
import { receivedBy, ruleInWords } from '../received.ts';
import { formToken } from '../safety.ts';
import type { ShowStep, Way, Ways } from './way.ts';

type Needs = {
  accounts: Pick<Accounts, 'timeline'>;
  applications: Pick<Applications, 'takesNewProfiles'>;
  journeys: Pick<Journeys, 'chosen'>;
  log: Log;
  now: () => number;
  profiles: Pick<Profiles, 'create' | 'suggest'>;
  ways: Ways;
};

/** As whom? One of the profiles there, or a new one. */
export function makeProfileStep(needs: Needs): { routes: Router; showPick: ShowStep; showCreate: ShowStep } {
  const { accounts, applications, journeys, log, now, profiles, ways } = needs;
  const router = Router();

  function showPick(req: Request, res: Response, way: Way, problem?: string): void {
    const { standing, path, browser } = way;
    const { application, profiles: held, used, limit } = standing;
    if (application === undefined) throw new UserError('expired');
    const frame = ways.frameOf(req, way);
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
    const frame = ways.frameOf(req, way);
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

  router.get('/journey/:id/profiles', async (req, res) => {
    const way = await ways.find(req, res);
    if (way.standing.step.name === 'create' && way.standing.profiles.length > 0) return showPick(req, res, way);
    res.redirect(303, way.path);
  });

  router.post('/journey/:id/profile', async (req, res) => {
    const way = await ways.findForForm(req, res);
    if (way.standing.step.name === 'identify') return res.redirect(303, way.path);
    if (field(req, 'cancel') !== '') return ways.abandon(req, res, way);
    const wanted = field(req, 'profile');
    const profile = way.standing.profiles.find(({ id, status }) => id === wanted && status === 'active');
    if (profile === undefined) {
      // Somebody else's, another application's, a blocked one: one answer for all (A23).
      log.warn({ event: 'profile_refused', application: way.standing.application?.id });
      res.status(statusOf('profile_unavailable'));
      return showPick(req, res, way, wanted === '' ? 'choice_required' : 'profile_unavailable');
    }
    const journey = journeys.chosen(way.journey, profile.id);
    const { step } = await ways.standingOf(req, res, journey);
    if (step.name === 'choose') {
      res.status(statusOf('other_profile'));
      return showPick(req, res, way, 'other_profile');
    }
    return ways.goOn(req, res, journey);
  });

  router.get('/journey/:id/new', async (req, res) => {
    const way = await ways.find(req, res);
    const { step, application } = way.standing;
    const isOpen = application !== undefined && applications.takesNewProfiles(application);
    if (isOpen && (step.name === 'choose' || step.name === 'create')) return showCreate(req, res, way, blank(), []);
    res.redirect(303, way.path);
  });

  router.post('/journey/:id/create', async (req, res) => {
    const way = await ways.findForForm(req, res);
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
      return await ways.goOn(req, res, journeys.chosen(way.journey, profile.id));
    } catch (error) {
      // What was true when the page was made is so no longer: the step of this moment has the words for it.
      if (error instanceof UserError && error.code === 'names_awaited') return res.redirect(303, way.path);
      const { t } = ways.frameOf(req, way);
      const form = withError(t, { name: name.slice(0, 200), note: note.slice(0, 400) }, error, NAME_FIELDS);
      res.status(422);
      return showCreate(req, res, way, form, await profiles.suggest(application, name.slice(0, 100)));
    }
  });

  return {
    routes: router,
    showPick: (req, res, way) => showPick(req, res, way),
    showCreate: (req, res, way) => showCreate(req, res, way, blank(), []),
  };
}
