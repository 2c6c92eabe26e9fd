import { Router, type Request, type Response } from 'express';
import { moderatorsSayPage } from '../../../views/journey/moderatorsSay.tsx';
import type { Form } from '../../../views/parts/form.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import type { Moderation } from '../../moderation/moderation.ts';
import type { OwnProfile, Profiles } from '../../profiles/profiles.ts';
import { blank, field, fieldList, withError } from '../form.ts';
import { NAME_FIELDS } from '../profile-form.ts';
import { ruleInWords } from '../received.ts';
import { formToken } from '../safety.ts';
import type { ShowStep, Way, Ways } from './way.ts';

type Needs = {
  accounts: Pick<Accounts, 'timeline'>;
  moderation: { readonly log: Pick<Moderation['log'], 'entry'> };
  now: () => number;
  profiles: Pick<Profiles, 'acknowledge' | 'chooseName' | 'suggest'>;
  ways: Ways;
};

/** What the moderators say about the profile that the person goes with: to be read first, or to be done. */
export function makeModeratorsSayStep(needs: Needs): { routes: Router; show: ShowStep } {
  const { accounts, moderation, now, profiles, ways } = needs;
  const router = Router();

  function profileOf({ standing }: Way): OwnProfile | undefined {
    const { step } = standing;
    return step.name === 'notice' ? standing.profiles.find(({ id }) => id === step.profileId) : undefined;
  }

  async function render(
    req: Request,
    way: Way,
    profile: OwnProfile,
    form: Form,
    suggestions: readonly string[],
  ): Promise<string> {
    const { application, account } = way.standing;
    if (application === undefined || account === undefined) throw new UserError('expired');
    const frame = ways.frameOf(req, way);
    const { warnings, rename } = profile.standing;
    const ids = rename === undefined ? warnings : [...warnings, rename];
    const entries = await Promise.all(ids.map(async (id) => ({ id, entry: await moderation.log.entry(id) })));
    return moderatorsSayPage(frame, {
      action: `${way.path}/notice`,
      csrf: formToken(way.browser),
      application,
      name: profile.name,
      // One that the log has forgotten is to be acknowledged all the same.
      said: entries.map(({ id, entry }) => ({
        id,
        day: entry?.day ?? '',
        reason: entry?.reason?.[frame.language],
        words: entry?.words,
      })),
      rule: rename === undefined ? undefined : ruleInWords(frame.t, application.rule),
      suggestions,
      profileUrl: `/profiles/${profile.id}`,
      form,
    });
  }

  async function show(req: Request, res: Response, way: Way): Promise<void> {
    const profile = profileOf(way);
    if (profile === undefined) throw new UserError('expired');
    res.send(await render(req, way, profile, blank(), []));
  }

  router.post('/journey/:id/notice', async (req, res) => {
    const way = await ways.findForForm(req, res);
    const profile = profileOf(way);
    const { account, application } = way.standing;
    if (profile === undefined || account === undefined || application === undefined) return res.redirect(303, way.path);
    if (field(req, 'cancel') !== '') return ways.abandon(req, res, way);
    // Nobody acknowledges what their page did not show.
    await profiles.acknowledge(account.id, profile.id, fieldList(req, 'seen'));
    if (profile.standing.rename !== undefined) {
      const name = field(req, 'suggestion') || field(req, 'name');
      try {
        const renamed = await profiles.chooseName(account.id, profile.id, name);
        const detail = { application: application.name, profile: renamed.name };
        await accounts.timeline.record(account.id, { kind: 'profile_renamed', at: now(), detail });
      } catch (error) {
        if (error instanceof UserError && error.code === 'rename_not_asked') return res.redirect(303, way.path);
        const { t } = ways.frameOf(req, way);
        const form = withError(t, { name: name.slice(0, 200) }, error, NAME_FIELDS);
        const suggestions = await profiles.suggest(application, name.slice(0, 100));
        return res.status(422).send(await render(req, way, profile, form, suggestions));
      }
    }
    return ways.goOn(req, res, way.journey);
  });

  return { routes: router, show };
}
