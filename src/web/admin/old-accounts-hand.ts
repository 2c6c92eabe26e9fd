import { Router } from 'express';
import type { Application, Applications } from '../../applications/applications.ts';
import { SettingsProblem } from '../../errors.ts';
import { OLD_NAME_LINK_LIFE, type Legacy } from '../../legacy/legacy.ts';
import { handPage, type HandData } from '../../../views/admin/oldAccountsHand.tsx';
import { blank, field, withError } from '../form.ts';
import type { Person, Visits } from '../visit.ts';
import { applicationOf, OLD_ACCOUNTS, placeOf } from './old-accounts-place.ts';

type Needs = {
  applications: Pick<Applications, 'find'>;
  issuer: string;
  legacy: Pick<Legacy, 'handed' | 'reclaim'>;
  visits: Visits;
};

const HOUR = 3_600_000;
const FIELDS = { old_name_unknown: 'name' };
/** What is shown again of a name, in characters. */
const SHOWN = 255;

/** Administrators' page that makes a link for whoever can prove that an old name is theirs in no other way. */
export function oldAccountsHandRoutes({ applications, issuer, legacy: { handed, reclaim }, visits }: Needs): Router {
  const router = Router();
  const HAND = `${OLD_ACCOUNTS}/hand`;

  function render({ frame, csrf }: Person, application: Application, more: Pick<HandData, 'form' | 'link'>): string {
    const place = placeOf(application);
    return handPage(frame, { application: place, path: `${place.path}/hand`, csrf, ...more });
  }

  router.get(
    HAND,
    visits.forRecentAdministrator(async (person, req, res) => {
      res.send(render(person, await applicationOf(applications, req), { form: blank() }));
    }),
  );

  router.post(
    HAND,
    visits.forRecentAdministrator(async (person, req, res) => {
      const application = await applicationOf(applications, req);
      const name = field(req, 'name').trim();
      const sure = field(req, 'sure');
      try {
        if (sure === '') throw new SettingsProblem([{ field: 'sure', code: 'sure_needed', params: {} }]);
        const token = await reclaim.makeLink(application.id, name, person.account.id);
        handed.say(application.id);
        const link = { name, address: `${issuer}/old-account/${token}`, hours: OLD_NAME_LINK_LIFE / HOUR };
        // Shown on this answer and never again: no redirection, so that no address leads back to it.
        res.send(render(person, application, { form: blank(), link }));
      } catch (error) {
        const typed = { name: name.slice(0, SHOWN), sure: sure.slice(0, 2) };
        const form = withError(person.frame.t, typed, error, FIELDS);
        res.status(422).send(render(person, application, { form }));
      }
    }),
  );

  return router;
}
