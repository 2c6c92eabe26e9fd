import { Router } from 'express';
import { renamePage, writeAppealPage } from '../../../views/portal/appeal.tsx';
import type { OwnDecisions, OwnShownEntry } from '../../../views/portal/decisions.tsx';
import type { Form } from '../../../views/parts/form.ts';
import type { Applications } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import type { Moderation, OwnEntry } from '../../moderation/moderation.ts';
import { dayOf } from '../../days.ts';
import type { OwnProfile, Profiles } from '../../profiles/profiles.ts';
import { blank, field, fieldList, param, withError } from '../form.ts';
import { NAME_FIELDS } from '../profile-form.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = {
  applications: Pick<Applications, 'get'>;
  moderation: Pick<Moderation, 'appeals' | 'ownersView'>;
  profiles: Pick<Profiles, 'acknowledge' | 'chooseName' | 'own'>;
  visits: Visits;
};

/** What is shown again of a field, longer than what is taken. */
const SHOWN = 4000;
const APPEAL_FIELDS = { words_too_few: 'words', words_too_many: 'words' };

/** What its owner did, or time, needs no list of decisions. */
const NOT_DECIDED: ReadonlySet<OwnEntry['kind']> = new Set(['created', 'requested', 'retired', 'restored', 'appealed']);

function shown(profileId: string, { mayAppeal, ...entry }: OwnEntry): OwnShownEntry {
  return { ...entry, ...(mayAppeal ? { appealUrl: `/profiles/${profileId}/appeal/${entry.id}` } : {}) };
}

/** What moderators decided about a profile, for its owner's page; nothing where there is nothing to say. */
export function makeOwnDecisions({ ownersView }: Pick<Moderation, 'ownersView'>) {
  return async function of(accountId: string, profile: OwnProfile): Promise<OwnDecisions | undefined> {
    const { history, because } = await ownersView.of(accountId, profile.id);
    const { standing, status } = profile;
    const warnings = history.filter(({ id }) => standing.warnings.includes(id));
    const decided = history.filter(({ kind }) => !NOT_DECIDED.has(kind));
    const until = standing.blocked?.until;
    const refused: OwnDecisions['refused'] =
      status === 'deleted'
        ? { kind: 'deleted' }
        : standing.blocked !== undefined
          ? { kind: 'blocked', until: until === undefined ? undefined : dayOf(until) }
          : because === 'forgotten'
            ? { kind: 'because' }
            : because && { kind: 'because', name: because.name, url: `/profiles/${because.profileId}` };
    if (decided.length === 0 && refused === undefined) return undefined;
    return {
      refused,
      warnings: warnings.map((entry) => shown(profile.id, entry)),
      renameUrl: standing.rename === undefined ? undefined : `/profiles/${profile.id}/rename`,
      history: decided.map((entry) => shown(profile.id, entry)),
    };
  };
}

/** What somebody does about decisions: read a warning, choose another name, say something against one. */
export function ownDecisionRoutes({ applications, moderation, profiles, visits }: Needs): Router {
  const { appeals, ownersView } = moderation;
  const router = Router();

  router.post(
    '/profiles/:id/acknowledge',
    visits.forPerson(async ({ account }, req, res) => {
      const id = param(req, 'id');
      await profiles.acknowledge(account.id, id, fieldList(req, 'warning'));
      res.redirect(303, `/profiles/${id}?notice=warning_read`);
    }),
  );

  async function appealPage(person: Person, profileId: string, decisionId: string, form: Form): Promise<string> {
    const profile = await profiles.own(person.account.id, profileId);
    const { history } = await ownersView.of(person.account.id, profileId);
    const decision = history.find(({ id }) => id === decisionId);
    if (decision?.appeal !== undefined) throw new UserError('appealed_already');
    if (decision?.mayAppeal !== true) throw new UserError('decision_unknown');
    return writeAppealPage(person.frame, {
      profile,
      decision: shown(profileId, decision),
      url: `/profiles/${profileId}/appeal/${decisionId}`,
      form,
      csrf: person.csrf,
    });
  }

  router.get(
    '/profiles/:id/appeal/:decision',
    visits.forPerson(async (person, req, res) => {
      res.send(await appealPage(person, param(req, 'id'), param(req, 'decision'), blank()));
    }),
  );

  router.post(
    '/profiles/:id/appeal/:decision',
    visits.forPerson(async (person, req, res) => {
      const [id, decision] = [param(req, 'id'), param(req, 'decision')];
      const words = field(req, 'words');
      try {
        await appeals.write(person.account.id, id, decision, words);
        res.redirect(303, `/profiles/${id}?notice=appeal_sent`);
      } catch (error) {
        const form = withError(person.frame.t, { words: words.slice(0, SHOWN) }, error, APPEAL_FIELDS);
        res.status(422).send(await appealPage(person, id, decision, form));
      }
    }),
  );

  async function namePage(person: Person, profileId: string, form: Form): Promise<string> {
    const profile = await profiles.own(person.account.id, profileId);
    if (profile.standing.rename === undefined) throw new UserError('rename_not_asked');
    const application = await applications.get(profile.applicationId);
    return renamePage(person.frame, { profile, application, form, csrf: person.csrf });
  }

  router.get(
    '/profiles/:id/rename',
    visits.forPerson(async (person, req, res) => {
      res.send(await namePage(person, param(req, 'id'), blank()));
    }),
  );

  router.post(
    '/profiles/:id/rename',
    visits.forPerson(async (person, req, res) => {
      const id = param(req, 'id');
      const name = field(req, 'name');
      try {
        await profiles.chooseName(person.account.id, id, name);
        res.redirect(303, `/profiles/${id}?notice=profile_renamed`);
      } catch (error) {
        const form = withError(person.frame.t, { name: name.slice(0, 200) }, error, NAME_FIELDS);
        res.status(422).send(await namePage(person, id, form));
      }
    }),
  );

  return router;
}
