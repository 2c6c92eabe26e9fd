import { Router, type Request, type Response } from 'express';
import { UserError } from '../../errors.ts';
import type { Journeys } from '../../journey/journey.ts';
import type { Log } from '../../log.ts';
import { subjectOf } from '../../profiles/profiles.ts';
import { pickPage } from '../../../views/journey/pick.tsx';
import { messageFor } from '../../../views/text.ts';
import { blank, field, statusOf } from '../form.ts';
import type { NewProfiles } from '../new-profile.ts';
import { receivedBy } from '../received.ts';
import { formToken } from '../safety.ts';
import type { ReclaimStep } from './reclaim.ts';
import type { ShowStep, Way, Ways } from './way.ts';

type Needs = {
  journeys: Pick<Journeys, 'asked' | 'chosen'>;
  log: Log;
  newProfiles: NewProfiles;
  reclaim: Pick<ReclaimStep, 'urlOn'>;
  ways: Ways;
};

/** Steps on which a further profile can be made, where the rules allow one. */
const MAKING: ReadonlySet<string> = new Set(['choose', 'create', 'request', 'wait']);

/** As whom? One of the profiles there, or a new one. */
export function makeProfileStep(needs: Needs): { routes: Router; showPick: ShowStep; showCreate: ShowStep } {
  const { journeys, log, newProfiles, reclaim, ways } = needs;
  const router = Router();

  async function showPick(req: Request, res: Response, way: Way, problem?: string): Promise<void> {
    const { standing, path, browser } = way;
    const { application, profiles: held, entrance } = standing;
    if (application === undefined) throw new UserError('expired');
    const frame = ways.frameOf(req, way);
    const usable = held.filter(({ status, refusedBy }) => status === 'active' && refusedBy === undefined);
    const { subject } = way.journey.asks;
    const asked = usable.find((profile) => subjectOf(application, profile) === subject);
    const preselected = asked ?? usable.find(({ id }) => id === way.journey.profileId) ?? usable[0];
    const said = problem ?? (subject !== undefined && asked === undefined ? 'other_profile' : undefined);
    const page = pickPage(frame, {
      action: `${path}/profile`,
      csrf: formToken(browser),
      application,
      receives: receivedBy(
        frame.t,
        application,
        usable.some(({ groups }) => groups.length > 0),
      ),
      profiles: held.map((profile) => ({
        id: profile.id,
        name: profile.name,
        note: profile.note === '' ? undefined : profile.note,
        lastUsedDay: profile.lastUsedDay,
        preselected: profile === preselected,
        selectable: usable.includes(profile),
        status: usable.includes(profile)
          ? undefined
          : frame.t(profile.status === 'active' ? 'status.refused' : `status.${profile.status}`),
      })),
      canCreate: newProfiles.mayMake(entrance),
      createUrl: `${path}/new`,
      createReason: entrance?.kind === 'refused' ? messageFor(frame.t, entrance.code, entrance.params) : undefined,
      otherAccountUrl: `${path}/other`,
      oldAccountUrl: await reclaim.urlOn(way),
      ...(said === undefined
        ? {}
        : { form: { values: {}, errors: [{ field: 'profile', message: messageFor(frame.t, said) }] } }),
    });
    res.send(page);
  }

  /** What the form of a new profile stands on; nothing where none can be made on this way now. */
  async function placeOf(way: Way): Promise<Parameters<NewProfiles['page']>[1] | undefined> {
    const { standing, path, browser } = way;
    const { step, application, account, entrance } = standing;
    if (application === undefined || account === undefined || entrance === undefined) return undefined;
    if (!MAKING.has(step.name) || !newProfiles.mayMake(entrance)) return undefined;
    const back = standing.profiles.length > 0 ? `${path}/profiles` : undefined;
    const form = { action: `${path}/create`, csrf: formToken(browser), back };
    return { account, application, entrance, ...form, oldAccountUrl: await reclaim.urlOn(way) };
  }

  async function showCreate(req: Request, res: Response, way: Way): Promise<void> {
    const place = await placeOf(way);
    if (place === undefined) throw new UserError('expired');
    res.send(await newProfiles.page(ways.frameOf(req, way), place, blank(), []));
  }

  router.get('/journey/:id/profiles', async (req, res) => {
    const way = await ways.find(req, res);
    const { step, profiles } = way.standing;
    if ((step.name === 'create' || step.name === 'request') && profiles.length > 0) return showPick(req, res, way);
    res.redirect(303, way.path);
  });

  router.post('/journey/:id/profile', async (req, res) => {
    const way = await ways.findForForm(req, res);
    if (way.standing.step.name === 'identify') return res.redirect(303, way.path);
    if (field(req, 'cancel') !== '') return ways.abandon(req, res, way);
    const wanted = field(req, 'profile');
    const profile = way.standing.profiles.find(
      ({ id, status, refusedBy }) => id === wanted && status === 'active' && refusedBy === undefined,
    );
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
    if ((await placeOf(way)) !== undefined) return showCreate(req, res, way);
    res.redirect(303, way.path);
  });

  router.post('/journey/:id/create', async (req, res) => {
    const way = await ways.findForForm(req, res);
    const place = await placeOf(way);
    if (place === undefined) return res.redirect(303, way.path);
    const taken = await newProfiles.take(req, ways.frameOf(req, way), place);
    if (taken === undefined) return res.redirect(303, way.path);
    if ('page' in taken) return res.status(422).send(taken.page);
    // What only waits is no choice: the step of this moment says how it goes on.
    const { profile } = taken;
    return ways.goOn(
      req,
      res,
      profile.status === 'active' ? journeys.chosen(way.journey, profile.id) : journeys.asked(way.journey),
    );
  });

  return {
    routes: router,
    showPick: (req, res, way) => showPick(req, res, way),
    showCreate,
  };
}
