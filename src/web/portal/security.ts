import { Router, type Request, type Response } from 'express';
import type { Accounts, Held } from '../../accounts/accounts.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import type { Form } from '../../../views/parts/form.ts';
import { recoveryCodesPage } from '../../../views/parts/recoveryCodes.tsx';
import { appPage } from '../../../views/portal/securityApp.tsx';
import { newCodesPage } from '../../../views/portal/securityCodes.tsx';
import { removeFactorPage } from '../../../views/portal/securityRemove.tsx';
import { securityPage, type Naming } from '../../../views/portal/security.tsx';
import { SET_UP_FIELDS, shownSetUp } from '../app-set-up.ts';
import { blank, field, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Person, Visits } from '../visit.ts';
import { makeFactorAdded } from './factor-added.ts';

type Needs = {
  accounts: Pick<Accounts, 'mustHaveSecondFactor' | 'secondFactors'>;
  oidc: Pick<Oidc, 'endings' | 'startSession'>;
  visits: Visits;
};

const PAGE = '/account/security';

/** A person's own second factors: what there is, adding, naming and removing; for whoever proved lately who they are. */
export function securityRoutes({ accounts, oidc, visits }: Needs): Router {
  const { secondFactors } = accounts;
  const router = Router();
  const added = makeFactorAdded({ oidc });

  async function all(person: Person): Promise<Held[]> {
    const { totp, passkey } = await secondFactors.of(person.account.id);
    return [...totp, ...passkey];
  }

  async function show(person: Person, res: Response, said?: string, naming?: Naming): Promise<void> {
    const factors = await secondFactors.of(person.account.id);
    const must = await accounts.mustHaveSecondFactor(person.account);
    res.send(securityPage(person.frame, { ...factors, must, naming, csrf: person.csrf, notice: said }));
  }

  router.get(
    PAGE,
    visits.forRecent(async (person, req, res) => show(person, res, notice(req, person.frame.t))),
  );

  async function showApp(person: Person, res: Response, form: Form, kept?: string): Promise<void> {
    const { account, csrf, frame } = person;
    const [replaced] = (await secondFactors.of(account.id)).totp;
    const setUp = await shownSetUp(accounts, account, kept);
    res.send(appPage(frame, { setUp, replaces: replaced !== undefined, form, csrf, loginName: account.loginName }));
  }

  router.get(
    `${PAGE}/app`,
    visits.forRecent((person, _req, res) => showApp(person, res, blank())),
  );

  router.post(
    `${PAGE}/app`,
    visits.forRecent(async (person, req, res) => {
      const answer = { setUp: field(req, 'setUp'), code: field(req, 'code'), name: field(req, 'name') };
      try {
        await added(req, res, person, await secondFactors.totp.confirm(person.account.id, answer));
      } catch (error) {
        const form = withError(person.frame.t, { name: answer.name.slice(0, 200) }, error, SET_UP_FIELDS);
        res.status(422);
        await showApp(person, res, form, answer.setUp);
      }
    }),
  );

  /** The factor that a request names; nobody else's, and nothing else. */
  async function named(person: Person, value: unknown): Promise<Held | undefined> {
    return (await all(person)).find(({ id }) => id === value);
  }

  router.post(
    `${PAGE}/name`,
    visits.forRecent(async (person, req, res) => {
      const factor = await named(person, field(req, 'factor'));
      if (factor === undefined) return res.redirect(303, PAGE);
      const name = field(req, 'name');
      try {
        await secondFactors.rename(person.account.id, factor.kind, factor.id, name);
        return res.redirect(303, `${PAGE}?notice=factor_named`);
      } catch (error) {
        const form = withError(person.frame.t, { name: name.slice(0, 200) }, error, { factor_name_invalid: 'name' });
        res.status(422);
        return show(person, res, undefined, { factor: factor.id, form });
      }
    }),
  );

  router.get(
    `${PAGE}/remove`,
    visits.forRecent(async (person, req, res) => {
      const factor = await named(person, req.query['factor']);
      if (factor === undefined) return res.redirect(303, PAGE);
      const isLast = (await all(person)).length === 1;
      const must = isLast && (await accounts.mustHaveSecondFactor(person.account));
      return void res.send(removeFactorPage(person.frame, { factor, isLast, must, csrf: person.csrf }));
    }),
  );

  router.post(
    `${PAGE}/remove`,
    visits.forRecent(async (person, req, res) => {
      const factor = await named(person, field(req, 'factor'));
      if (factor === undefined) return res.redirect(303, PAGE);
      await secondFactors.remove(person.account.id, factor.kind, factor.id);
      // Whoever removes one because it was lost does not know who has it.
      if (field(req, 'elsewhere') !== '') await oidc.endings.endAccount(person.account.id, person.session.uid);
      return res.redirect(303, `${PAGE}?notice=factor_removed`);
    }),
  );

  router.get(
    `${PAGE}/codes`,
    visits.forRecent(async (person, _req, res) => {
      if (!person.account.secondFactor) return res.redirect(303, PAGE);
      const { codesLeft } = await secondFactors.of(person.account.id);
      return void res.send(newCodesPage(person.frame, { codesLeft, csrf: person.csrf }));
    }),
  );

  router.post(
    `${PAGE}/codes`,
    visits.forRecent(async (person, _req: Request, res) => {
      const codes = await secondFactors.renewCodes(person.account.id);
      const { loginName } = person.account;
      res.send(recoveryCodesPage(person.frame, { codes, loginName, nextUrl: PAGE }));
    }),
  );

  return router;
}
