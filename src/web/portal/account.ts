import { Router } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Config } from '../../config.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import type { Saml } from '../../saml/saml.ts';
import { accountPage } from '../../../views/portal/account.tsx';
import { activityPage } from '../../../views/portal/activity.tsx';
import type { TextKey } from '../../../views/text.ts';
import { blank, field } from '../form.ts';
import { notice } from '../notice.ts';
import { checkFormToken } from '../safety.ts';
import { showSignedOut } from '../signed-out.ts';
import type { Visits } from '../visit.ts';

type Needs = {
  config: Pick<Config, 'ALUCO_SMTP' | 'ALUCO_URL'>;
  accounts: Pick<Accounts, 'mailboxes' | 'passwordLinks' | 'setLanguage' | 'timeline'>;
  now: () => number;
  oidc: Oidc;
  saml: Pick<Saml, 'offersOf' | 'keepOffers'>;
  visits: Visits;
};

const EVENTS: Readonly<Record<string, TextKey>> = {
  signed_in: 'event.sign_in',
  application_entered: 'event.profile_used',
  profile_created: 'event.profile_created',
  profile_retired: 'event.profile_retired',
  profile_restored: 'event.profile_restored',
  password_changed: 'event.password_changed',
  password_recovered: 'event.password_recovered',
  mailbox_changed: 'event.address_changed',
  mailbox_verified: 'event.address_verified',
  mailbox_taken_back: 'event.address_taken_back',
  second_mailbox_changed: 'event.second_address_changed',
  session_ended: 'event.session_ended',
  sessions_ended: 'event.sessions_ended',
  sessions_ended_for: 'event.sessions_ended_for',
  link_made: 'event.link_made',
  link_used: 'event.link_used',
  link_stopped: 'event.link_stopped',
  role_changed: 'event.role_changed',
  factor_added: 'event.factor_added',
  factor_removed: 'event.factor_removed',
  recovery_codes_made: 'event.recovery_codes_made',
  recovery_code_used: 'event.recovery_code_used',
  data_taken: 'event.data_taken',
  leaving: 'event.leaving',
  kept: 'event.kept',
  terms_accepted: 'event.terms_accepted',
};

/** A person's own account: what there is of it, language, what happened lately, signing out. */
export function accountRoutes({ accounts, config, now, oidc, saml, visits }: Needs): Router {
  const router = Router();
  const hasMail = config.ALUCO_SMTP !== '';

  router.get(
    '/account',
    visits.forPerson(async (person, req, res) => {
      const { account, frame, csrf } = person;
      const { id, loginName, mailbox, mailboxVerified, language } = account;
      res.send(
        accountPage(frame, {
          loginName,
          mailbox,
          mailboxVerified,
          pending: (await accounts.mailboxes.pending(id, 'first'))?.mailbox,
          second: hasMail
            ? {
                mailbox: await accounts.mailboxes.second(id),
                pending: (await accounts.mailboxes.pending(id, 'second'))?.mailbox,
              }
            : undefined,
          link: await accounts.passwordLinks.pending(id),
          hasMail,
          form: blank({ language }),
          csrf,
          notice: notice(req, frame.t),
        }),
      );
    }),
  );

  router.post(
    '/account/stop-link',
    visits.forPerson(async (person, _req, res) => {
      await accounts.passwordLinks.refuse(person.account.id);
      res.redirect(303, '/account?notice=link_stopped');
    }),
  );

  router.post(
    '/account/language',
    visits.forPerson(async (person, req, res) => {
      const language = field(req, 'language') === 'en' ? 'en' : 'fr';
      if (person.frame.instance.languages.includes(language)) await accounts.setLanguage(person.account.id, language);
      visits.remember(res, language);
      res.redirect(303, '/account?notice=language_changed');
    }),
  );

  router.get(
    '/activity',
    visits.forPerson(async (person, req, res) => {
      const { t } = person.frame;
      const events = (await accounts.timeline.list(person.account.id)).flatMap(({ kind, at, detail }) => {
        const key = detail?.['browser'] === 'new' ? 'event.sign_in_new' : EVENTS[kind];
        if (key === undefined) return [];
        const device = detail?.['device'] ?? '';
        const params = { ...detail, device: device === '' ? t('sessions.unknown_device') : device };
        return [{ when: at, text: t(key, { profile: '', application: '', ...params }) }];
      });
      res.send(activityPage(person.frame, { events }));
    }),
  );

  router.post('/sign-out', async (req, res) => {
    const person = await visits.findPerson(req, res);
    if (person !== undefined) {
      checkFormToken(req, person.session.uid);
      const offers = await saml.offersOf(person.session);
      await oidc.endSession(req, res, undefined);
      return showSignedOut(res, { config, saml }, offers);
    }
    return res.redirect(303, '/signed-out');
  });

  return router;
}
