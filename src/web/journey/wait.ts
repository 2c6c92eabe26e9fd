import { Router, type Request, type Response } from 'express';
import { waitPage } from '../../../views/journey/wait.tsx';
import { UserError } from '../../errors.ts';
import type { Moderation } from '../../moderation/moderation.ts';
import type { Profiles } from '../../profiles/profiles.ts';
import type { NewProfiles } from '../new-profile.ts';
import { field } from '../form.ts';
import { formToken } from '../safety.ts';
import type { ReclaimStep } from './reclaim.ts';
import type { ShowStep, Way, Ways } from './way.ts';

type Needs = {
  moderation: { readonly requests: Pick<Moderation['requests'], 'usualWait'> };
  newProfiles: NewProfiles;
  profiles: Pick<Profiles, 'requestOf'>;
  reclaim: Pick<ReclaimStep, 'urlOn'>;
  ways: Ways;
};

/** Nothing but a request is there: how it stands. */
export function makeWaitStep(needs: Needs): { routes: Router; show: ShowStep } {
  const { moderation, newProfiles, profiles, reclaim, ways } = needs;
  const router = Router();

  async function show(req: Request, res: Response, way: Way): Promise<void> {
    const { application, profiles: held, entrance } = way.standing;
    if (application === undefined) throw new UserError('expired');
    const waiting = held.filter(({ status }) => status === 'requested');
    const requests = await Promise.all(
      waiting.map(async ({ id, name, createdDay }) => {
        const request = await profiles.requestOf(id);
        return { name, day: createdDay, asked: request?.status === 'asked', url: `/profiles/${id}` };
      }),
    );
    const page = waitPage(ways.frameOf(req, way), {
      action: `${way.path}/wait`,
      csrf: formToken(way.browser),
      application,
      requests,
      days: await moderation.requests.usualWait(application.id),
      furtherUrl: newProfiles.mayMake(entrance) ? `${way.path}/new` : undefined,
      oldAccountUrl: await reclaim.urlOn(way),
    });
    res.send(page);
  }

  router.post('/journey/:id/wait', async (req, res) => {
    const way = await ways.findForForm(req, res);
    if (way.standing.step.name !== 'wait' || field(req, 'cancel') === '') return res.redirect(303, way.path);
    return ways.abandon(req, res, way);
  });

  return { routes: router, show };
}
