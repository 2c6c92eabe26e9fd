import { Router, type Response } from 'express';
import type { Application, Applications } from '../../applications/applications.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import type { OwnProfile, Profiles } from '../../profiles/profiles.ts';
import { createProfilePage } from '../../../views/journey/createProfile.tsx';
import { refusedPage } from '../../../views/journey/refused.tsx';
import { homePage } from '../../../views/portal/home.tsx';
import { messageFor } from '../../../views/text.ts';
import { blank, field, param, statusOf, withError } from '../form.ts';
import { notice } from '../notice.ts';
import { receivedBy, ruleInWords } from '../received.ts';
import type { Person, Visits } from '../visit.ts';
import { NAME_FIELDS } from '../profile-form.ts';

type Needs = {
  contact: string;
  accounts: Pick<Accounts, 'groupsOf' | 'timeline'>;
  applications: Applications;
  aliasDomain: string;
  now: () => number;
  profiles: Pick<Profiles, 'all' | 'at' | 'create' | 'suggest'>;
  visits: Visits;
};

/** The person's first page: their profiles, application by application, and making a further one. */
export function homeRoutes({ contact, accounts, applications, aliasDomain, now, profiles, visits }: Needs): Router {
  const router = Router();

  async function enterable(person: Person): Promise<{ application: Application; mayEnter: boolean }[]> {
    const groups = (await accounts.groupsOf(person.account.id)).map(({ id }) => id);
    const all = await applications.list();
    return all.map((application) => ({ application, mayEnter: applications.mayEnter(application, groups) }));
  }

  const shown = (profile: OwnProfile, application: Application) => ({
    id: profile.id,
    name: profile.name,
    note: profile.note === '' ? undefined : profile.note,
    status: profile.status,
    lastUsedDay: profile.lastUsedDay,
    alias: application.email === 'alias' ? `${profile.aliasLocal}@${aliasDomain}` : undefined,
  });

  router.get(
    '/',
    visits.forPerson(async (person, req, res) => {
      const candidates = await enterable(person);
      const mine = await profiles.all(
        person.account.id,
        candidates.map(({ application }) => application.id),
      );
      const entries = await Promise.all(
        candidates.map(async ({ application, mayEnter }) => {
          const here = mine.filter(({ applicationId }) => applicationId === application.id);
          if (!mayEnter && here.length === 0) return [];
          const { used, limit } = await profiles.at(person.account.id, application);
          const awaited = mayEnter && !applications.takesNewProfiles(application);
          const canCreate = mayEnter && !awaited && used < limit;
          return [
            {
              id: application.id,
              name: application.name,
              iconUrl: application.iconUrl,
              homeUrl: application.homeUrl,
              profiles: here.map((profile) => shown(profile, application)),
              createUrl: canCreate ? `/applications/${application.id}/new` : undefined,
              quota: { used, limit },
              createReason: awaited ? messageFor(person.frame.t, 'names_awaited') : undefined,
            },
          ];
        }),
      );
      res.send(homePage(person.frame, { applications: entries.flat(), notice: notice(req, person.frame.t) }));
    }),
  );

  async function find(person: Person, id: string): Promise<Application> {
    const found = (await enterable(person)).find(({ application, mayEnter }) => application.id === id && mayEnter);
    if (found === undefined) throw new UserError('not_found');
    return found.application;
  }

  function createPage(
    person: Person,
    application: Application,
    form: ReturnType<typeof blank>,
    suggestions: string[],
  ): string {
    const { t } = person.frame;
    return createProfilePage(person.frame, {
      action: `/applications/${application.id}/new`,
      csrf: person.csrf,
      application,
      form,
      rule: ruleInWords(t, application.rule),
      suggestions,
      receives: receivedBy(t, application, false),
      back: '/',
    });
  }

  /** The application takes no new profiles while its own names are awaited: why, and whom to ask. */
  function refuse(person: Person, res: Response, application: Application): void {
    const message = messageFor(person.frame.t, 'names_awaited');
    res.status(statusOf('names_awaited'));
    res.send(refusedPage(person.frame, { application, message, contact, backUrl: application.homeUrl }));
  }

  router.get(
    '/applications/:id/new',
    visits.forPerson(async (person, req, res) => {
      const application = await find(person, param(req, 'id'));
      if (!applications.takesNewProfiles(application)) return refuse(person, res, application);
      res.send(createPage(person, application, blank(), []));
    }),
  );

  router.post(
    '/applications/:id/new',
    visits.forPerson(async (person, req, res) => {
      const application = await find(person, param(req, 'id'));
      if (!applications.takesNewProfiles(application)) return refuse(person, res, application);
      const name = field(req, 'suggestion') || field(req, 'name');
      const note = field(req, 'note');
      try {
        const profile = await profiles.create(person.account.id, application, { name, note });
        const detail = { application: application.name, profile: profile.name };
        await accounts.timeline.record(person.account.id, { kind: 'profile_created', at: now(), detail });
        res.redirect(303, `/profiles/${profile.id}?notice=profile_created`);
      } catch (error) {
        if (error instanceof UserError && error.code === 'names_awaited') return refuse(person, res, application);
        const values = { name: name.slice(0, 200), note: note.slice(0, 400) };
        const form = withError(person.frame.t, values, error, { ...NAME_FIELDS, quota_full: 'name' });
        res
          .status(422)
          .send(createPage(person, application, form, await profiles.suggest(application, name.slice(0, 100))));
      }
    }),
  );

  return router;
}
