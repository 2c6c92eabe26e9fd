import { Router, type Response } from 'express';
import { FACTOR_NAME_MAX, type Accounts } from '../../accounts/accounts.ts';
import type { Journeys } from '../../journey/journey.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import type { Form } from '../../../views/parts/form.ts';
import { addPasskeyPage } from '../../../views/portal/securityPasskey.tsx';
import { blank, field, withError } from '../form.ts';
import type { Person, Visits } from '../visit.ts';
import { makeFactorAdded } from './factor-added.ts';

type Needs = {
  accounts: Pick<Accounts, 'secondFactors'>;
  journeys: Pick<Journeys, 'keepPace'>;
  oidc: Pick<Oidc, 'deviceOf' | 'startSession'>;
  visits: Visits;
};

const PAGE = '/account/security/passkey';
const FIELDS = { factor_name_invalid: 'name', factors_full: '', passkey_wrong: '' };

/** Adding passkeys to one's own account; naming and removing them is alike for all factors, see `security.ts`. */
export function passkeyRoutes({ accounts, journeys, oidc, visits }: Needs): Router {
  const router = Router();
  const { passkeys } = accounts.secondFactors;
  const added = makeFactorAdded({ oidc });

  function show({ account, csrf, frame }: Person, res: Response, form: Form): void {
    res.send(addPasskeyPage(frame, { loginName: account.loginName, form, csrf }));
  }

  router.get(
    PAGE,
    visits.forRecent((person, req, res) =>
      show(person, res, blank({ name: oidc.deviceOf(req).slice(0, FACTOR_NAME_MAX) })),
    ),
  );

  router.post(
    `${PAGE}/options`,
    visits.forRecent(async ({ account, session }, req, res) => {
      await journeys.keepPace(req.ip ?? '');
      res.json(await passkeys.askToAdd(account, session.uid));
    }),
  );

  router.post(
    PAGE,
    visits.forRecent(async (person, req, res) => {
      const answer = { response: field(req, 'response'), place: person.session.uid, name: field(req, 'name') };
      try {
        await added(req, res, person, await passkeys.add(person.account.id, answer));
      } catch (error) {
        const form = withError(person.frame.t, { name: answer.name.slice(0, 200) }, error, FIELDS);
        res.status(422);
        show(person, res, form);
      }
    }),
  );

  return router;
}
