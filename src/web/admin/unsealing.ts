import { Router, type Request, type Response } from 'express';
import { askUnsealingPage } from '../../../views/admin/askUnsealing.tsx';
import { unsealingPage, type ShownBehind } from '../../../views/admin/unsealing.tsx';
import { unsealingsPage } from '../../../views/admin/unsealings.tsx';
import type { Fact } from '../../../views/parts/Facts.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { momentText } from '../../../views/parts/When.tsx';
import type { Applications } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import type { Profile, Profiles } from '../../profiles/profiles.ts';
import type { Register, Shown, ShownProfile, Unsealing } from '../../register/register.ts';
import { blank, field, fieldList, param, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Person, Visits } from '../visit.ts';
import { unsealedText, tellingText } from './register-words.ts';

type Needs = {
  applications: Pick<Applications, 'find' | 'list'>;
  /** Whether there is a register of connections. */
  hasConnections: boolean;
  /** Days after which a person is told. */
  noticeDays: number;
  profiles: Pick<Profiles, 'find' | 'search'>;
  register: Pick<Register, 'unsealings'>;
  visits: Visits;
};

/** So many profiles are offered for a name. */
const FOUND = 20;
/** What is shown again of words that were too long, in characters. */
const LONGEST = 4000;

const TEXTS = ['from', 'to', 'reference', 'reason', 'telling', 'tellDay'] as const;

/** Which field an error belongs to that is not about one. */
const FIELDS = { own_profile: '', owner_forgotten: '', administrator_new: '', unsealings_full: '' };

const STATES = ['active', 'requested', 'blocked', 'retired', 'deleted'] as const;

/** Administrators' pages of looking behind profiles; every step asks for a proof of who they are that is not old. */
export function unsealingRoutes(needs: Needs): Router {
  const { applications, hasConnections, noticeDays, profiles, visits } = needs;
  const { unsealings } = needs.register;
  const router = Router();

  async function renderList(person: Person, req: Request): Promise<string> {
    const { t } = person.frame;
    const known = (await applications.list()).map(({ id, name }) => ({ id, name }));
    const text = (name: string): string => {
      const value = req.query[name];
      return typeof value === 'string' ? value.slice(0, 200).trim() : '';
    };
    const [applicationId, name] = [text('application'), text('name')];
    const isAsked = name !== '' && known.some(({ id }) => id === applicationId);
    const found = isAsked ? await profiles.search(applicationId, { text: name, limit: FOUND }) : undefined;
    return unsealingsPage(person.frame, {
      unsealings: (await unsealings.list()).map(({ id, request, profile, application, asked, status, until }) => ({
        id,
        request,
        profile,
        application,
        askedBy: asked.loginName,
        status,
        until,
      })),
      applications: known,
      form: blank({ application: applicationId, name }),
      found: found?.map((profile) => ({ id: profile.id, name: profile.name })),
      notice: notice(req, t),
    });
  }

  /** @throws {UserError} not_found */
  async function profileOf(req: Request): Promise<{ profile: Profile; application: string }> {
    const profile = await profiles.find(param(req, 'profile'));
    const application = profile === undefined ? undefined : await applications.find(profile.applicationId);
    if (profile === undefined || application === undefined) throw new UserError('not_found');
    return { profile, application: application.name };
  }

  async function renderAsk(person: Person, req: Request, form: Form, wanted: readonly string[]): Promise<string> {
    const { profile, application } = await profileOf(req);
    return askUnsealingPage(person.frame, {
      profileId: profile.id,
      profile: profile.name,
      application,
      wanted,
      hasConnections,
      noticeDays,
      form,
      csrf: person.csrf,
    });
  }

  /** @throws {UserError} unsealing_gone */
  async function found(req: Request): Promise<Unsealing> {
    const one = await unsealings.find(param(req, 'id'));
    if (one === undefined) throw new UserError('unsealing_gone');
    return one;
  }

  function factsOf({ frame: { t, language } }: Person, one: Unsealing): Fact[] {
    const facts: [string, string | undefined][] = [
      [t('admin.cases.profile'), t('admin.cases.one', { profile: one.profile, application: one.application })],
      [t('admin.unsealing.wanted'), unsealedText(t, language, one)],
      [t('admin.unsealing.reference'), one.reference],
      [t('admin.unsealing.telling'), tellingText(t, language, one, noticeDays)],
      [t('admin.unsealing.asked_by'), one.asked.loginName],
      [t('admin.register.kind.unsealing_confirmed'), one.confirmed?.loginName],
      [t('admin.unsealing.until'), momentText(language, one.until)],
    ];
    return facts.flatMap(([label, value]) => (value === undefined ? [] : { label, value }));
  }

  function viewerOf({ account }: Person, { asked, confirmed }: Unsealing): 'asker' | 'confirmer' | 'other' {
    if (account.id === asked.accountId) return 'asker';
    return account.id === confirmed?.accountId ? 'confirmer' : 'other';
  }

  function shownOf({ frame: { t } }: Person, { here, everywhere, ...shown }: Shown): ShownBehind {
    const withState = (list: readonly ShownProfile[]) =>
      list.map(({ application, name, status }) => {
        const state = STATES.find((known) => known === status);
        return { application, name, state: state === undefined ? status : t(`status.${state}`) };
      });
    return {
      ...shown,
      here: here && withState(here),
      everywhere: everywhere && withState(everywhere),
    };
  }

  function renderOne(
    person: Person,
    req: Request,
    one: Unsealing,
    { form = blank(), shown }: { form?: Form; shown?: Shown },
  ): string {
    return unsealingPage(person.frame, {
      id: one.id,
      request: one.request,
      facts: factsOf(person, one),
      reason: one.reason,
      viewer: viewerOf(person, one),
      status: one.status,
      shown: shown && shownOf(person, shown),
      form,
      csrf: person.csrf,
      notice: notice(req, person.frame.t),
    });
  }

  router.get(
    '/admin/unsealing',
    visits.forAdministrator(async (person, req, res) => {
      res.send(await renderList(person, req));
    }),
  );

  router.get(
    '/admin/unsealing/new/:profile',
    visits.forRecentAdministrator(async (person, req, res) => {
      res.send(await renderAsk(person, req, blank({ telling: 'usual' }), []));
    }),
  );

  router.post(
    '/admin/unsealing/new/:profile',
    visits.forRecentAdministrator(async (person, req, res) => {
      const values = Object.fromEntries(TEXTS.map((name) => [name, field(req, name).slice(0, LONGEST)]));
      const wanted = fieldList(req, 'wanted').slice(0, 10);
      const { from = '', to = '', reference = '', reason = '', telling = '', tellDay = '' } = values;
      const offered = hasConnections ? wanted : wanted.filter((item) => item !== 'connections');
      try {
        const wish = { wanted: offered, from, to, reference, reason, telling, tellDay };
        const id = await unsealings.ask(person.account.id, param(req, 'profile'), wish);
        res.redirect(303, `/admin/unsealing/${id}?notice=unsealing_asked`);
      } catch (error) {
        const form = withError(person.frame.t, values, error, FIELDS);
        res.status(422).send(await renderAsk(person, req, form, wanted));
      }
    }),
  );

  router.get(
    '/admin/unsealing/:id',
    visits.forRecentAdministrator(async (person, req, res) => {
      res.send(renderOne(person, req, await found(req), {}));
    }),
  );

  const act = async (
    person: Person,
    req: Request,
    res: Response,
    done: string,
    what: (by: string, id: string) => Promise<void>,
  ): Promise<void> => {
    const one = await found(req);
    try {
      await what(person.account.id, one.id);
      res.redirect(303, done);
    } catch (error) {
      const fields = {
        unsealing_own: '',
        unsealing_alone: '',
        own_profile: '',
        administrator_new: '',
        words_too_few: 'words',
        words_too_many: 'words',
      };
      const words = field(req, 'words').slice(0, LONGEST);
      const form = withError(person.frame.t, { words }, error, fields);
      res.status(422).send(renderOne(person, req, one, { form }));
    }
  };

  router.post(
    '/admin/unsealing/:id/confirm',
    visits.forRecentAdministrator((person, req, res) =>
      act(person, req, res, `/admin/unsealing/${param(req, 'id')}?notice=unsealing_confirmed`, (by, id) =>
        unsealings.confirm(by, id),
      ),
    ),
  );

  router.post(
    '/admin/unsealing/:id/decline',
    visits.forRecentAdministrator((person, req, res) =>
      act(person, req, res, '/admin/unsealing?notice=unsealing_ended', (by, id) =>
        unsealings.decline(by, id, field(req, 'words')),
      ),
    ),
  );

  // Shown in the answer to a form, and nowhere else: to look is to write into the register.
  router.post(
    '/admin/unsealing/:id/show',
    visits.forRecentAdministrator(async (person, req, res) => {
      const one = await found(req);
      res.send(renderOne(person, req, one, { shown: await unsealings.show(person.account.id, one.id) }));
    }),
  );

  return router;
}
