import { Router } from 'express';
import { PASSWORD_LENGTH, type Accounts } from '../../accounts/accounts.ts';
import type { Config } from '../../config.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import type { Saml } from '../../saml/saml.ts';
import { accountPage, type AccountData } from '../../../views/portal/account.tsx';
import { eventText } from '../../../views/portal/eventText.ts';
import { activityPage } from '../../../views/portal/activity.tsx';
import { blank, field, withError } from '../form.ts';
import { notice } from '../notice.ts';
import { checkFormToken } from '../safety.ts';
import { showSignedOut } from '../signed-out.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = {
  config: Pick<Config, 'ALUCO_URL'>;
  accounts: Pick<Accounts, 'changePassword' | 'changeMailbox' | 'setLanguage' | 'timeline'>;
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

/** A person's own account: password, mailbox, language, what happened lately, signing out. */
export function accountRoutes({ accounts, config, oidc, saml, visits }: Needs): Router {
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
    '/activity',
    visits.forPerson(async (person, req, res) => {
      const { t } = person.frame;
      const events = (await accounts.timeline.list(person.account.id)).flatMap((event) => {
        const text = eventText(t, event);
        return text === undefined ? [] : [{ when: event.at, text }];
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
