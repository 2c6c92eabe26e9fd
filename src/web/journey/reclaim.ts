import { Router, type Request, type Response } from 'express';
import { oldAddressPage, oldSuspendedPage } from '../../../views/journey/oldAccount.tsx';
import { offerPage } from '../../../views/journey/reclaim.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { UserError } from '../../errors.ts';
import type { Journeys } from '../../journey/journey.ts';
import type { Legacy } from '../../legacy/legacy.ts';
import type { OwnProfile, Profile } from '../../profiles/profiles.ts';
import { blank, field } from '../form.ts';
import type { OldAccounts, OldPlace, TakenBack } from '../old-account.ts';
import { formToken } from '../safety.ts';
import type { ShowStep, Way, Ways } from './way.ts';

type Needs = {
  journeys: Pick<Journeys, 'chosen' | 'putAside' | 'save'>;
  legacy: { readonly reclaim: Pick<Legacy['reclaim'], 'agreeToMove' | 'asksToMove'> };
  oldAccounts: OldAccounts;
  ways: Ways;
};

/** Steps on which an old account can be taken back: all on which the person may lack a profile, or another one. */
const OPEN: ReadonlySet<string> = new Set(['reclaim', 'choose', 'create', 'request', 'wait', 'refuse']);

export type ReclaimStep = { routes: Router; show: ShowStep; urlOn: (way: Way) => Promise<string | undefined> };

/** An account that the person had at the application before: it is offered, or they say that there was one. */
export function makeReclaimStep({ journeys, legacy, oldAccounts, ways }: Needs): ReclaimStep {
  const { reclaim } = legacy;
  const router = Router();

  /** Where the forms stand; nothing where no old account can be taken back on this way now. */
  async function placeOf({ standing, path, browser }: Way): Promise<OldPlace | undefined> {
    const { account, application, mayTakeBack, step } = standing;
    if (account === undefined || application === undefined || !OPEN.has(step.name)) return undefined;
    if (step.name === 'refuse' && step.code === 'entry_refused') return undefined;
    const base = await oldAccounts.baseAt(application, mayTakeBack, `${path}/old-account`);
    return base === undefined ? undefined : { account, application, base, csrf: formToken(browser), back: path };
  }

  function render(req: Request, way: Way, form: Form): string {
    const { application, offers, step } = way.standing;
    const offer = step.name === 'reclaim' ? offers.find(({ name }) => name === step.offer) : undefined;
    if (application === undefined || offer === undefined) throw new UserError('expired');
    return offerPage(ways.frameOf(req, way), {
      action: `${way.path}/take-back`,
      laterAction: `${way.path}/take-back`,
      csrf: formToken(way.browser),
      application,
      offer,
      form,
      otherUrl: `${way.path}/old-account`,
    });
  }

  /** The profile that was taken back on this way. */
  function takenOn({ journey, standing }: Way): OwnProfile | undefined {
    return standing.profiles.find(({ id, source }) => id === journey.profileId && source === 'imported');
  }

  /** Goes on with the profile; but first asks, or says, what has to be said about one that was taken back. */
  async function goOnWith(req: Request, res: Response, way: Way, profile: Profile): Promise<void> {
    const journey = journeys.chosen(way.journey, profile.id);
    const accountId = way.standing.account?.id ?? '';
    if (profile.status === 'active' && !(await reclaim.asksToMove(accountId, profile.id))) {
      return ways.goOn(req, res, journey);
    }
    await journeys.save(journey);
    res.redirect(303, `${way.path}/taken-back`);
  }

  async function answer(req: Request, res: Response, way: Way, taken: TakenBack): Promise<void> {
    if ('page' in taken) res.send(taken.page);
    else await goOnWith(req, res, way, taken.profile);
  }

  router.post('/journey/:id/take-back', async (req, res) => {
    const way = await ways.findForForm(req, res);
    const { step } = way.standing;
    const place = await placeOf(way);
    if (place === undefined) return res.redirect(303, way.path);
    if (field(req, 'later') !== '') {
      const isShown = step.name === 'reclaim' && step.offer === field(req, 'oldName');
      return isShown ? ways.goOn(req, res, journeys.putAside(way.journey, step.offer)) : res.redirect(303, way.path);
    }
    const show = step.name === 'reclaim' ? (form: Form) => render(req, way, form) : undefined;
    return answer(req, res, way, await oldAccounts.takeOffer(req, res, ways.frameOf(req, way), place, show));
  });

  router.get('/journey/:id/old-account', async (req, res) => {
    const way = await ways.find(req, res);
    const place = await placeOf(way);
    if (place === undefined) return res.redirect(303, way.path);
    return void res.send(await oldAccounts.page(ways.frameOf(req, way), place));
  });

  for (const [below, take] of [
    ['', oldAccounts.takeForm],
    ['/offer', oldAccounts.takeOffer],
    ['/code', oldAccounts.takeCode],
  ] as const) {
    router.post(`/journey/:id/old-account${below}`, async (req, res) => {
      const way = await ways.findForForm(req, res);
      const place = await placeOf(way);
      if (place === undefined) return res.redirect(303, way.path);
      return answer(req, res, way, await take(req, res, ways.frameOf(req, way), place));
    });
  }

  router.get('/journey/:id/taken-back', async (req, res) => {
    const way = await ways.find(req, res);
    const profile = takenOn(way);
    const { account, application } = way.standing;
    if (profile === undefined || account === undefined || application === undefined) return res.redirect(303, way.path);
    const frame = ways.frameOf(req, way);
    const { name } = profile;
    if (profile.status === 'blocked') {
      const urls = { profileUrl: `/profiles/${profile.id}`, backUrl: application.homeUrl };
      return void res.send(oldSuspendedPage(frame, { application, name, ...urls }));
    }
    if (!(await reclaim.asksToMove(account.id, profile.id))) return res.redirect(303, way.path);
    const action = `${way.path}/taken-back`;
    return void res.send(oldAddressPage(frame, { action, csrf: formToken(way.browser), application, name }));
  });

  router.post('/journey/:id/taken-back', async (req, res) => {
    const way = await ways.findForForm(req, res);
    const profile = takenOn(way);
    const { account } = way.standing;
    const move = field(req, 'move');
    if (profile === undefined || account === undefined) return res.redirect(303, way.path);
    if (move !== 'yes' && move !== 'no') return res.redirect(303, `${way.path}/taken-back`);
    await reclaim.agreeToMove(account.id, profile.id, move === 'yes');
    return ways.goOn(req, res, way.journey);
  });

  return {
    routes: router,
    show: (req, res, way) => void res.send(render(req, way, blank())),
    urlOn: async (way) => (await placeOf(way))?.base,
  };
}
