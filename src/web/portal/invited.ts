import { Router, type Request, type Response } from 'express';
import { createProfilePage } from '../../../views/journey/createProfile.tsx';
import { linkGonePage } from '../../../views/journey/link.tsx';
import { refusedPage } from '../../../views/journey/refused.tsx';
import { readyPage } from '../../../views/portal/ready.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { messageFor } from '../../../views/text.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Application, Applications } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import { mayTakeBack } from '../../journey/journey.ts';
import type { Moderation } from '../../moderation/moderation.ts';
import type { Profiles } from '../../profiles/profiles.ts';
import { blank, field, param, statusOf, withError } from '../form.ts';
import type { OldAccounts } from '../old-account.ts';
import { NAME_FIELDS } from '../profile-form.ts';
import { receivedBy, ruleInWords } from '../received.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = {
  contact: string;
  accounts: Pick<Accounts, 'groupsOf' | 'timeline'>;
  applications: Pick<Applications, 'find' | 'get' | 'mayEnter'>;
  moderation: Pick<Moderation, 'invitations'>;
  now: () => number;
  oldAccounts: Pick<OldAccounts, 'baseAt' | 'isKept'>;
  profiles: Pick<Profiles, 'at' | 'create' | 'own' | 'suggest'>;
  visits: Visits;
};

/** What is no matter of the form: the person is told so, and the way ends. */
const REFUSALS: ReadonlySet<string> = new Set([
  'entry_refused',
  'names_awaited',
  'new_profiles_barred',
  'own_profile',
  'policy_closed',
  'quota_full',
]);

/** The pages that a moderator's link for a profile leads to. */
export function invitedRoutes(needs: Needs): Router {
  const { contact, accounts, applications, moderation, now, oldAccounts, profiles, visits } = needs;
  const router = Router();

  /** @throws {UserError} link_gone, entry_refused */
  async function applicationOf(person: Person, req: Request): Promise<Application> {
    const found = await moderation.invitations.find(param(req, 'token'));
    const application = found === undefined ? undefined : await applications.find(found.applicationId);
    if (application === undefined) throw new UserError('link_gone');
    return application;
  }

  /** A link lets nobody into an application that their account may not enter: the profile would be of no use. */
  async function checkEntry(person: Person, application: Application): Promise<void> {
    const groups = (await accounts.groupsOf(person.account.id)).map(({ id }) => id);
    if (!applications.mayEnter(application, groups)) throw new UserError('entry_refused');
  }

  async function render(
    { account, csrf, frame }: Person,
    req: Request,
    application: Application,
    form: Form,
  ): Promise<string> {
    const { t } = frame;
    const isNamed = application.policy === 'account-name';
    const name = form.values['name'] ?? '';
    const may = mayTakeBack(application, await profiles.at(account.id, application));
    const oldAccountUrl = await oldAccounts.baseAt(application, may, `/applications/${application.id}/old-account`);
    const isKept = form.errors.length > 0 && (await oldAccounts.isKept(application, name));
    return createProfilePage(frame, {
      action: `/invited/${param(req, 'token')}`,
      csrf,
      application,
      form: isNamed ? { ...form, values: { ...form.values, name: account.loginName } } : form,
      rule: ruleInWords(t, application.rule),
      suggestions: form.errors.length === 0 || isNamed ? [] : await profiles.suggest(application, name.slice(0, 100)),
      receives: receivedBy(t, application, false),
      oldAccountUrl,
      keptName: isKept ? name.trim() : undefined,
    });
  }

  /** Why there is no profile by this link, where that is no matter of the form. */
  function refuse(
    res: Response,
    { frame }: Pick<Person, 'frame'>,
    error: unknown,
    application: Application | undefined,
  ): void {
    if (!(error instanceof UserError)) throw error;
    res.status(statusOf(error.code));
    if (error.code === 'link_gone') {
      res.send(linkGonePage(frame, { contact: contact || undefined }));
    } else if (application !== undefined && REFUSALS.has(error.code)) {
      const message = messageFor(frame.t, error.code, error.params);
      res.send(refusedPage(frame, { application, message, contact, backUrl: '/' }));
    } else throw error;
  }

  router.get(
    '/invited/:token',
    visits.forPerson(async (person, req, res) => {
      let application: Application | undefined;
      try {
        application = await applicationOf(person, req);
        await checkEntry(person, application);
        res.send(await render(person, req, application, blank()));
      } catch (error) {
        refuse(res, person, error, application);
      }
    }),
  );

  router.post(
    '/invited/:token',
    visits.forPerson(async (person, req, res) => {
      const { account, frame } = person;
      const name = field(req, 'suggestion') || field(req, 'name');
      const note = field(req, 'note');
      let application: Application | undefined;
      try {
        application = await applicationOf(person, req);
        await checkEntry(person, application);
        const wanted = { name, note, loginName: account.loginName, invitation: param(req, 'token') };
        const profile = await profiles.create(account.id, application, wanted);
        const detail = { application: application.name, profile: profile.name };
        await accounts.timeline.record(account.id, { kind: 'profile_created', at: now(), detail });
        res.redirect(303, `/profiles/${profile.id}/ready`);
      } catch (error) {
        const isOfForm = error instanceof UserError && NAME_FIELDS[error.code] !== undefined;
        if (application === undefined || !isOfForm) return refuse(res, person, error, application);
        const values = { name: name.slice(0, 200), note: note.slice(0, 400) };
        const form = withError(frame.t, values, error, NAME_FIELDS);
        res.status(422).send(await render(person, req, application, form));
      }
    }),
  );

  // What letters and links lead to once there is a profile: from here the application is one press away.
  router.get(
    '/profiles/:id/ready',
    visits.forPerson(async ({ account, frame }, req, res) => {
      const profile = await profiles.own(account.id, param(req, 'id'));
      if (profile.status !== 'active') return res.redirect(303, `/profiles/${profile.id}`);
      res.send(readyPage(frame, { application: await applications.get(profile.applicationId), profile }));
    }),
  );

  return router;
}
