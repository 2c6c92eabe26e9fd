import { Router } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Config } from '../../config.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import { dayOf } from '../../days.ts';
import type { Saml } from '../../saml/saml.ts';
import { sessionsPage } from '../../../views/portal/sessions.tsx';
import { field } from '../form.ts';
import { notice } from '../notice.ts';
import { showSignedOut } from '../signed-out.ts';
import type { Visits } from '../visit.ts';

type Needs = {
  config: Pick<Config, 'ALUCO_URL'>;
  accounts: Pick<Accounts, 'timeline'>;
  now: () => number;
  oidc: Oidc;
  saml: Pick<Saml, 'offersOf' | 'keepOffers'>;
  visits: Visits;
};

/** The browsers in which an account is signed in: anybody signed in sees them, a recent proof ends them. */
export function sessionRoutes({ config, accounts, now, oidc, saml, visits }: Needs): Router {
  const router = Router();

  router.get(
    '/sessions',
    visits.forPerson(
      async (person, req, res) => {
        const browsers = await oidc.browsers(person.account.id);
        // The day is enough to know one's own by, and tells whoever looks over a shoulder less.
        const sessions = browsers.map(({ handle, uid, device, startedAt, seenAt }) => ({
          id: handle,
          current: uid === person.session.uid,
          device: device === '' ? person.frame.t('sessions.unknown_device') : device,
          startedAt: dayOf(startedAt),
          lastUsedAt: dayOf(seenAt),
        }));
        res.send(sessionsPage(person.frame, { sessions, csrf: person.csrf, notice: notice(req, person.frame.t) }));
      },
      { beforeTerms: true },
    ),
  );

  router.post(
    '/sessions/end',
    visits.forRecent(
      async (person, req, res) => {
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
      },
      { beforeTerms: true },
    ),
  );

  router.post(
    '/sessions/end-all',
    visits.forRecent(
      async (person, req, res) => {
        // First: afterwards the session holds nothing any more that could be offered.
        const offers = await saml.offersOf(person.session);
        await oidc.endings.endAccount(person.account.id);
        await accounts.timeline.record(person.account.id, { kind: 'sessions_ended', at: now() });
        await oidc.endSession(req, res, undefined);
        await showSignedOut(res, { config, saml }, offers);
      },
      { beforeTerms: true },
    ),
  );

  return router;
}
