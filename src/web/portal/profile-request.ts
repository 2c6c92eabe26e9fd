import { Router } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Application, Applications } from '../../applications/applications.ts';
import type { OwnProfile, Profiles } from '../../profiles/profiles.ts';
import { field, param, withError } from '../form.ts';
import type { Person, Visits } from '../visit.ts';
import type { ShowProfile } from './profile-page.ts';

type Needs = {
  accounts: Pick<Accounts, 'timeline'>;
  applications: Pick<Applications, 'get'>;
  now: () => number;
  profiles: Pick<Profiles, 'answer' | 'own' | 'withdraw'>;
  show: ShowProfile;
  visits: Visits;
};

/** What is shown again of a field, longer than what is taken. */
const SHOWN = 4000;
const ANSWER_FIELDS = { request_gone: '', words_too_few: 'answer', words_too_many: 'answer' };

/** What somebody does about a profile that they asked for: answer the moderators, or think better of it. */
export function profileRequestRoutes({ accounts, applications, now, profiles, show, visits }: Needs): Router {
  const router = Router();

  async function find(person: Person, id: string): Promise<{ profile: OwnProfile; application: Application }> {
    const profile = await profiles.own(person.account.id, id);
    return { profile, application: await applications.get(profile.applicationId) };
  }

  function record(
    { account }: Person,
    kind: 'request_answered' | 'request_withdrawn',
    profile: OwnProfile,
    application: Application,
  ): Promise<void> {
    const detail = { application: application.name, profile: profile.name };
    return accounts.timeline.record(account.id, { kind, at: now(), detail });
  }

  router.post(
    '/profiles/:id/answer',
    visits.forPerson(async (person, req, res) => {
      const { profile, application } = await find(person, param(req, 'id'));
      const answer = field(req, 'answer');
      try {
        await profiles.answer(person.account.id, profile.id, answer);
        await record(person, 'request_answered', profile, application);
        res.redirect(303, `/profiles/${profile.id}?notice=answer_sent`);
      } catch (error) {
        const form = withError(person.frame.t, { answer: answer.slice(0, SHOWN) }, error, ANSWER_FIELDS);
        res.status(422).send(await show(res, person, profile, application, { answer: form }));
      }
    }),
  );

  router.post(
    '/profiles/:id/withdraw',
    visits.forPerson(async (person, req, res) => {
      const { profile, application } = await find(person, param(req, 'id'));
      await profiles.withdraw(person.account.id, profile.id);
      await record(person, 'request_withdrawn', profile, application);
      res.redirect(303, '/?notice=request_withdrawn');
    }),
  );

  return router;
}
