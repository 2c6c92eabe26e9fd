import { Router, type Response } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Application, Applications } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import type { Config } from '../../config.ts';
import { originOf, type Oidc } from '../../oidc/oidc.ts';
import type { RelayOwner } from '../../mail/owner.ts';
import type { Saml } from '../../saml/saml.ts';
import { addDays, UNDO_DAYS, type OwnProfile, type Profiles } from '../../profiles/profiles.ts';
import type { Form } from '../../../views/parts/form.ts';
import { profilePage } from '../../../views/portal/profile.tsx';
import { retirePage } from '../../../views/portal/retire.tsx';
import { blank, field, fieldList, param, withError } from '../form.ts';
import { notice } from '../notice.ts';
import { allowFormsTo } from '../safety.ts';
import { makeGuide } from '../saml.ts';
import { modeText } from './relay-words.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = {
  accounts: Pick<Accounts, 'groupsOf' | 'timeline'>;
  applications: Applications;
  now: () => number;
  config: Pick<Config, 'ALUCO_URL'>;
  oidc: Oidc;
  saml: Pick<Saml, 'beginUnsolicited' | 'leavable' | 'leave' | 'unsolicited'>;
  /** Left out where this instance forwards no mail. */
  relay: Pick<RelayOwner, 'standing'> | undefined;
  profiles: Pick<Profiles, 'own' | 'describe' | 'retire' | 'restore' | 'markUsed'>;
  visits: Visits;
};

/** One profile, for its owner: note, groups shown, switching to it, retiring it and taking that back. */
export function profileRoutes(needs: Needs): Router {
  const { accounts, applications, config, now, oidc, profiles, relay, saml, visits } = needs;
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

  async function render(
    res: Response,
    person: Person,
    profile: OwnProfile,
    application: Application,
    form: Form,
    said?: string,
  ): Promise<string> {
    const { t } = person.frame;
    const memberOf = await accounts.groupsOf(person.account.id);
    const claims = oidc.claimsOf({
      application,
      profile,
      groups: memberOf.filter(({ id }) => profile.groups.includes(id)).map(({ name }) => name),
    });
    const path = `/profiles/${profile.id}`;
    const isActive = profile.status === 'active';
    const canEnter = isActive && (await saml.unsolicited(application.id)) !== undefined;
    const isHere = (await oidc.standingProfile(person.session, application.id)) === profile.id;
    const leavable = isHere ? await saml.leavable(person.session) : [];
    const leaving = leavable.find(({ applicationId }) => applicationId === application.id);
    for (const address of leaving?.addresses ?? []) allowFormsTo(res, originOf(address));
    const isTold = application.email === 'alias' && profile.status !== 'deleted';
    const standing = isTold ? await relay?.standing(person.account.id, profile.id) : undefined;
    const until = profile.retiredDay === undefined ? undefined : addDays(profile.retiredDay, UNDO_DAYS);
    return profilePage(person.frame, {
      profile: { ...profile, alias: undefined },
      application,
      receives: [
        { label: t('fact.name'), value: claims.preferred_username },
        ...(claims.email === undefined ? [] : [{ label: t('fact.address'), value: claims.email }]),
        { label: t('fact.identifier'), value: claims.sub },
        ...(claims.groups.length === 0 ? [] : [{ label: t('fact.groups'), value: claims.groups.join(', ') }]),
      ],
      form,
      noteAction: `${path}/note`,
      groups: memberOf.map(({ id, name }) => ({ id, name, shown: profile.groups.includes(id) })),
      groupsAction: `${path}/groups`,
      csrf: person.csrf,
      mail: isTold ? { url: `${path}/mail`, text: modeText(t, standing?.mode, application.name) } : undefined,
      enterAction: canEnter ? `${path}/enter` : undefined,
      leaveAction: leaving ? `${path}/leave` : undefined,
      switchAction: isActive ? `${path}/switch` : undefined,
      retireUrl: isActive ? `${path}/retire` : undefined,
      undo: profile.status === 'retired' && until !== undefined ? { until, action: `${path}/undo` } : undefined,
      notice: said,
    });
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
      res.send(await render(res, person, profile, application, blank({ note: profile.note }), said));
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
        res.status(422).send(await render(res, person, profile, application, form));
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
