import { Router, type Request, type Response } from 'express';
import type { Application, Applications } from '../../applications/applications.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import { mayTakeBack, type Counted } from '../../journey/journey.ts';
import type { Legacy } from '../../legacy/legacy.ts';
import type { Entrance, OwnProfile, Profiles } from '../../profiles/profiles.ts';
import { refusedPage } from '../../../views/journey/refused.tsx';
import { homePage, type RefusedRequest } from '../../../views/portal/home.tsx';
import { messageFor } from '../../../views/text.ts';
import { blank, param, statusOf } from '../form.ts';
import type { NewProfiles } from '../new-profile.ts';
import type { OldAccounts } from '../old-account.ts';
import { notice } from '../notice.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = {
  contact: string;
  accounts: Pick<Accounts, 'groupsOf' | 'timeline'>;
  applications: Applications;
  aliasDomain: string;
  legacy: { readonly reclaim: Pick<Legacy['reclaim'], 'offersAt'> };
  newProfiles: NewProfiles;
  now: () => number;
  oldAccounts: Pick<OldAccounts, 'baseAt'>;
  profiles: Pick<Profiles, 'all' | 'at'>;
  visits: Visits;
};

/** For how long a refusal stands on the first page, in milliseconds. */
const REFUSED_SHOWN = 14 * 86_400_000;

type Refusal = Extract<Entrance, { kind: 'refused' }>;

/** The person's first page: their profiles, application by application, and making a further one. */
export function homeRoutes({
  contact,
  accounts,
  applications,
  aliasDomain,
  legacy,
  newProfiles,
  now,
  oldAccounts,
  profiles,
  visits,
}: Needs): Router {
  const router = Router();

  async function enterable(person: Person): Promise<{ application: Application; mayEnter: boolean }[]> {
    const groups = (await accounts.groupsOf(person.account.id)).map(({ id }) => id);
    const all = await applications.list();
    return all.map((application) => ({ application, mayEnter: applications.mayEnter(application, groups) }));
  }

  const oldAccountUrl = (application: Application, held: Counted) =>
    oldAccounts.baseAt(application, mayTakeBack(application, held), `/applications/${application.id}/old-account`);

  const shown = (profile: OwnProfile, application: Application) => ({
    id: profile.id,
    name: profile.name,
    note: profile.note === '' ? undefined : profile.note,
    status: profile.status,
    lastUsedDay: profile.lastUsedDay,
    alias: application.email === 'alias' ? `${profile.aliasLocal}@${aliasDomain}` : undefined,
  });

  /** What was refused lately: of such a request nothing else is left. */
  async function refusedLately({ account }: Person): Promise<RefusedRequest[]> {
    const events = await accounts.timeline.list(account.id);
    return events
      .filter(({ kind, at }) => kind === 'request_refused' && now() - at < REFUSED_SHOWN)
      .map(({ detail = {} }) => ({
        profile: detail['profile'] ?? '',
        application: detail['application'] ?? '',
        reason: detail['reason'] ?? '',
        words: detail['words'] ?? '',
      }));
  }

  router.get(
    '/',
    visits.forPerson(async (person, req, res) => {
      const candidates = await enterable(person);
      const mine = await profiles.all(
        person.account.id,
        candidates.map(({ application }) => application.id),
      );
      const open = candidates.filter(({ mayEnter }) => mayEnter).map(({ application }) => application);
      const offers = await legacy.reclaim.offersAt(person.account.id, open);
      const entries = await Promise.all(
        candidates.map(async ({ application, mayEnter }) => {
          const here = mine.filter(({ applicationId }) => applicationId === application.id);
          if (!mayEnter && here.length === 0) return [];
          const held = await profiles.at(person.account.id, application);
          const { used, limit, entrance } = held;
          const isFull = entrance.kind === 'refused' && entrance.code === 'quota_full';
          return [
            {
              id: application.id,
              name: application.name,
              iconUrl: application.iconUrl,
              homeUrl: application.homeUrl,
              profiles: here.map((profile) => shown(profile, application)),
              createUrl: mayEnter && newProfiles.mayMake(entrance) ? `/applications/${application.id}/new` : undefined,
              offers: offers.filter(({ applicationId }) => applicationId === application.id).map(({ name }) => name),
              oldAccountUrl: mayEnter ? await oldAccountUrl(application, held) : undefined,
              quota: { used, limit },
              createReason:
                mayEnter && entrance.kind === 'refused' && !isFull
                  ? messageFor(person.frame.t, entrance.code, entrance.params)
                  : undefined,
            },
          ];
        }),
      );
      res.send(
        homePage(person.frame, {
          applications: entries.flat(),
          refused: await refusedLately(person),
          notice: notice(req, person.frame.t),
        }),
      );
    }),
  );

  async function find(person: Person, id: string): Promise<Application> {
    const found = (await enterable(person)).find(({ application, mayEnter }) => application.id === id && mayEnter);
    if (found === undefined) throw new UserError('not_found');
    return found.application;
  }

  /** Why there is no new profile there at this moment, and whom to ask. */
  function refuse(
    { frame }: Person,
    res: Response,
    application: Application,
    { code, params }: Refusal,
    oldUrl: string | undefined,
  ): void {
    const message = messageFor(frame.t, code, params);
    res.status(statusOf(code));
    const urls = { backUrl: application.homeUrl, oldAccountUrl: oldUrl };
    res.send(refusedPage(frame, { application, message, contact, ...urls }));
  }

  /** What the form stands on; nothing, and the page that says why, where no profile can be made now. */
  async function open(person: Person, req: Request, res: Response) {
    const { account, csrf } = person;
    const application = await find(person, param(req, 'id'));
    const held = await profiles.at(account.id, application);
    const oldUrl = await oldAccountUrl(application, held);
    const { entrance } = held;
    if (entrance.kind === 'refused') return refuse(person, res, application, entrance, oldUrl);
    const action = `/applications/${application.id}/new`;
    return { account, application, entrance, action, csrf, back: '/', oldAccountUrl: oldUrl };
  }

  router.get(
    '/applications/:id/new',
    visits.forPerson(async (person, req, res) => {
      const place = await open(person, req, res);
      if (place !== undefined) res.send(await newProfiles.page(person.frame, place, blank(), []));
    }),
  );

  router.post(
    '/applications/:id/new',
    visits.forPerson(async (person, req, res) => {
      const place = await open(person, req, res);
      if (place === undefined) return;
      const taken = await newProfiles.take(req, person.frame, place);
      if (taken === undefined) return res.redirect(303, place.action);
      if ('page' in taken) {
        res.status(422).send(taken.page);
        return;
      }
      const { id, status } = taken.profile;
      res.redirect(303, `/profiles/${id}?notice=${status === 'requested' ? 'profile_requested' : 'profile_created'}`);
    }),
  );

  return router;
}
