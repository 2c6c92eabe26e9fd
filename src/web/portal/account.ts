import { Router } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Config } from '../../config.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import type { Saml } from '../../saml/saml.ts';
import { accountPage } from '../../../views/portal/account.tsx';
import { eventText } from '../../../views/portal/eventText.ts';
import { activityPage } from '../../../views/portal/activity.tsx';
import { blank, field } from '../form.ts';
import { notice } from '../notice.ts';
import { checkFormToken } from '../safety.ts';
import { showSignedOut } from '../signed-out.ts';
import type { Visits } from '../visit.ts';

type Needs = {
  config: Pick<Config, 'ALUCO_SMTP' | 'ALUCO_URL'>;
  accounts: Pick<Accounts, 'mailboxes' | 'passwordLinks' | 'setLanguage' | 'timeline'>;
  oidc: Oidc;
  saml: Pick<Saml, 'offersOf' | 'keepOffers'>;
  visits: Visits;
};

/** A person's own account: what there is of it, language, what happened lately, signing out. */
export function accountRoutes({ accounts, config, oidc, saml, visits }: Needs): Router {
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
