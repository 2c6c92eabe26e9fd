import { Router } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Application, Applications } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import type { Config } from '../../config.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import type { Saml } from '../../saml/saml.ts';
import type { OwnProfile, Profiles } from '../../profiles/profiles.ts';
import { retirePage } from '../../../views/portal/retire.tsx';
import { field, fieldList, param, withError } from '../form.ts';
import { notice } from '../notice.ts';
import { makeGuide } from '../saml.ts';
import type { ShowProfile } from './profile-page.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = {
  accounts: Pick<Accounts, 'groupsOf' | 'timeline'>;
  applications: Applications;
  now: () => number;
  config: Pick<Config, 'ALUCO_URL'>;
  oidc: Oidc;
  saml: Pick<Saml, 'beginUnsolicited' | 'leave'>;
  show: ShowProfile;
  profiles: Pick<Profiles, 'own' | 'describe' | 'retire' | 'restore' | 'markUsed'>;
  visits: Visits;
};

/** One profile, for its owner: note, groups shown, switching to it, retiring it and taking that back. */
export function profileRoutes(needs: Needs): Router {
  const { accounts, applications, config, now, oidc, profiles, saml, show, visits } = needs;
  const router = Router();
  const guide = makeGuide({ config, visits });

  async function record(
    person: Person,
    kind: 'profile_retired' | 'profile_restored',
    application: Application,
    profile: OwnProfile,
  ): Promise<void> {
    const detail = { application: application.name, profile: profile.name };
    await accounts.timeline.record(person.account.id, { kind, at: now(), detail });
  }

  async function find(person: Person, id: string): Promise<{ profile: OwnProfile; application: Application }> {
    const profile = await profiles.own(person.account.id, id);
    return { profile, application: await applications.get(profile.applicationId) };
  }

  router.get(
    '/profiles/:id',
    visits.forPerson(async (person, req, res) => {
      const { profile, application } = await find(person, param(req, 'id'));
      const said =
        req.query['notice'] === 'switch'
          ? person.frame.t('notice.switch', { application: application.name })
          : notice(req, person.frame.t, profile.name);
      res.send(await show(res, person, profile, application, { said }));
    }),
  );

  router.post(
    '/profiles/:id/note',
    visits.forPerson(async (person, req, res) => {
      const { profile, application } = await find(person, param(req, 'id'));
      const note = field(req, 'note');
      try {
        await profiles.describe(person.account.id, profile.id, { note, groups: profile.groups });
        res.redirect(303, `/profiles/${profile.id}?notice=note_saved`);
      } catch (error) {
        const form = withError(person.frame.t, { note: note.slice(0, 400) }, error, { note_too_long: 'note' });
        res.status(422).send(await show(res, person, profile, application, { note: form }));
      }
    }),
  );

  router.post(
    '/profiles/:id/groups',
    visits.forPerson(async (person, req, res) => {
      const { profile } = await find(person, param(req, 'id'));
      const memberOf = new Set((await accounts.groupsOf(person.account.id)).map(({ id }) => id));
      const groups = fieldList(req, 'group').filter((id) => memberOf.has(id));
      await profiles.describe(person.account.id, profile.id, { note: profile.note, groups });
      res.redirect(303, `/profiles/${profile.id}?notice=groups_saved`);
    }),
  );

  router.post(
    '/profiles/:id/switch',
    visits.forPerson(async (person, req, res) => {
      const { profile, application } = await find(person, param(req, 'id'));
      if (profile.status !== 'active') throw new UserError('profile_unavailable');
      // The next sign-in there asks again, with this profile chosen beforehand.
      await profiles.markUsed(person.account.id, profile);
      await oidc.askAgain(req, res, application.id);
      res.redirect(303, `/profiles/${profile.id}?notice=switch`);
    }),
  );

  router.post(
    '/profiles/:id/enter',
    visits.forPerson(async (person, req, res) => {
      const { profile, application } = await find(person, param(req, 'id'));
      guide(req, res, await saml.beginUnsolicited(req.ip ?? '', application.id, profile.id));
    }),
  );

  router.post(
    '/profiles/:id/leave',
    visits.forPerson(async (person, req, res) => {
      const { application } = await find(person, param(req, 'id'));
      guide(req, res, await saml.leave(req, res, application.id));
    }),
  );

  router.get(
    '/profiles/:id/retire',
    visits.forPerson(async (person, req, res) => {
      const { profile, application } = await find(person, param(req, 'id'));
      res.send(
        retirePage(person.frame, { profile, application, action: `/profiles/${profile.id}/retire`, csrf: person.csrf }),
      );
    }),
  );

  router.post(
    '/profiles/:id/retire',
    visits.forPerson(async (person, req, res) => {
      const { profile, application } = await find(person, param(req, 'id'));
      await profiles.retire(person.account.id, profile.id);
      await record(person, 'profile_retired', application, profile);
      res.redirect(303, `/profiles/${profile.id}?notice=profile_retired`);
    }),
  );

  router.post(
    '/profiles/:id/undo',
    visits.forPerson(async (person, req, res) => {
      const { profile, application } = await find(person, param(req, 'id'));
      await profiles.restore(person.account.id, profile.id);
      await record(person, 'profile_restored', application, profile);
      res.redirect(303, `/profiles/${profile.id}?notice=profile_restored`);
    }),
  );

  return router;
}
