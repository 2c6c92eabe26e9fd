import { Router } from 'express';
import { PASSWORD_LENGTH, type Accounts } from '../../accounts/accounts.ts';
import type { Config } from '../../config.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import type { Saml } from '../../saml/saml.ts';
import { accountPage, type AccountData } from '../../../views/portal/account.tsx';
import { activityPage } from '../../../views/portal/activity.tsx';
import { sessionsPage } from '../../../views/portal/sessions.tsx';
import type { TextKey } from '../../../views/text.ts';
import { blank, field, withError } from '../form.ts';
import { notice } from '../notice.ts';
import { checkFormToken } from '../safety.ts';
import { showSignedOut } from '../signed-out.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = {
  config: Pick<Config, 'ALUCO_URL'>;
  accounts: Pick<Accounts, 'changePassword' | 'changeMailbox' | 'setLanguage' | 'timeline'>;
  now: () => number;
  oidc: Oidc;
  saml: Pick<Saml, 'offersOf' | 'keepOffers'>;
  visits: Visits;
};

const PASSWORD_FIELDS = {
  password_wrong: 'current',
  try_later: 'current',
  busy: 'current',
  password_too_short: 'password',
  password_too_long: 'password',
  password_common: 'password',
  password_context: 'password',
};
const MAILBOX_FIELDS = { password_wrong: 'current', try_later: 'current', busy: 'current', mailbox_invalid: 'mailbox' };

const EVENTS: Readonly<Record<string, TextKey>> = {
  signed_in: 'event.sign_in',
  application_entered: 'event.profile_used',
  profile_created: 'event.profile_created',
  profile_retired: 'event.profile_retired',
  profile_restored: 'event.profile_restored',
  password_changed: 'event.password_changed',
  mailbox_changed: 'event.address_changed',
  session_ended: 'event.session_ended',
  sessions_ended: 'event.sessions_ended',
  sessions_ended_for: 'event.sessions_ended_for',
  link_made: 'event.link_made',
  link_used: 'event.link_used',
  role_changed: 'event.role_changed',
  factor_added: 'event.factor_added',
  factor_removed: 'event.factor_removed',
  recovery_codes_made: 'event.recovery_codes_made',
  recovery_code_used: 'event.recovery_code_used',
};

/** A person's own account: password, mailbox, language, signed-in browsers, what happened lately, signing out. */
export function accountRoutes({ accounts, config, now, oidc, saml, visits }: Needs): Router {
  const router = Router();

  function render(person: Person, forms: Partial<AccountData['forms']>, said?: string): string {
    const { account } = person;
    return accountPage(person.frame, {
      loginName: account.loginName,
      mailbox: account.mailbox,
      mailboxVerified: account.mailboxVerified,
      language: account.language,
      forms: { password: blank(), mailbox: blank(), language: blank({ language: account.language }), ...forms },
      csrf: person.csrf,
      notice: said,
      passwordMinimum: PASSWORD_LENGTH.min,
    });
  }

  router.get(
    '/account',
    visits.forPerson(async (person, req, res) => {
      res.send(render(person, {}, notice(req, person.frame.t)));
    }),
  );

  router.post(
    '/account/password',
    visits.forPerson(async (person, req, res) => {
      try {
        await accounts.changePassword(person.account.id, {
          current: field(req, 'current'),
          next: field(req, 'password'),
          keepSessionUid: person.session.uid,
        });
        res.redirect(303, '/account?notice=password_changed');
      } catch (error) {
        res.status(422).send(render(person, { password: withError(person.frame.t, {}, error, PASSWORD_FIELDS) }));
      }
    }),
  );

  router.post(
    '/account/mailbox',
    visits.forPerson(async (person, req, res) => {
      const mailbox = field(req, 'mailbox');
      try {
        await accounts.changeMailbox(person.account.id, { current: field(req, 'current'), mailbox });
        res.redirect(303, '/account?notice=address_changed');
      } catch (error) {
        const form = withError(person.frame.t, { mailbox: mailbox.slice(0, 300) }, error, MAILBOX_FIELDS);
        res.status(422).send(render(person, { mailbox: form }));
      }
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
    '/sessions',
    visits.forPerson(async (person, req, res) => {
      const browsers = await oidc.browsers(person.account.id);
      const sessions = browsers.map(({ handle, uid, device, startedAt, seenAt }) => ({
        id: handle,
        current: uid === person.session.uid,
        device: device === '' ? person.frame.t('sessions.unknown_device') : device,
        startedAt,
        lastUsedAt: seenAt,
      }));
      res.send(sessionsPage(person.frame, { sessions, csrf: person.csrf, notice: notice(req, person.frame.t) }));
    }),
  );

  router.post(
    '/sessions/end',
    visits.forPerson(async (person, req, res) => {
      const handle = field(req, 'session');
      const browser = (await oidc.browsers(person.account.id)).find((entry) => entry.handle === handle);
      if (browser !== undefined) {
        await oidc.endings.endOne(person.account.id, handle);
        await accounts.timeline.record(person.account.id, {
          kind: 'session_ended',
          at: now(),
          detail: { device: browser.device },
        });
      }
      res.redirect(303, '/sessions?notice=session_ended');
    }),
  );

  router.post(
    '/sessions/end-all',
    visits.forPerson(async (person, req, res) => {
      // First: afterwards the session holds nothing any more that could be offered.
      const offers = await saml.offersOf(person.session);
      await oidc.endings.endAccount(person.account.id);
      await accounts.timeline.record(person.account.id, { kind: 'sessions_ended', at: now() });
      await oidc.endSession(req, res, undefined);
      await showSignedOut(res, { config, saml }, offers);
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
