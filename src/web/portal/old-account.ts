import { Router, type Request, type Response } from 'express';
import { linkGonePage } from '../../../views/journey/link.tsx';
import { oldAddressPage, oldLinkPage } from '../../../views/journey/oldAccount.tsx';
import { refusedPage } from '../../../views/journey/refused.tsx';
import { messageFor } from '../../../views/text.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Application, Applications } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import { barToTakingBack } from '../../journey/journey.ts';
import type { Legacy } from '../../legacy/legacy.ts';
import type { Profile, Profiles } from '../../profiles/profiles.ts';
import { field, param, statusOf } from '../form.ts';
import type { OldAccounts, OldPlace } from '../old-account.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = {
  contact: string;
  accounts: Pick<Accounts, 'groupsOf'>;
  applications: Pick<Applications, 'find' | 'get' | 'mayEnter'>;
  legacy: {
    readonly reclaim: Pick<Legacy['reclaim'], 'agreeToMove' | 'asksToMove' | 'hadByLink' | 'seeLink' | 'withLink'>;
  };
  oldAccounts: OldAccounts;
  profiles: Pick<Profiles, 'at' | 'own'>;
  visits: Visits;
};

/** What a link cannot help about: the person is told so, and the way ends. */
const REFUSALS: ReadonlySet<string> = new Set([
  'entry_refused',
  'new_profiles_barred',
  'old_name_taken',
  'own_profile',
  'quota_full',
]);

/** Accounts that people had at applications before, on their own pages. */
export function oldAccountRoutes(needs: Needs): Router {
  const { contact, accounts, applications, legacy, oldAccounts, profiles, visits } = needs;
  const { reclaim } = legacy;
  const router = Router();

  async function mayEnter({ account }: Person, application: Application): Promise<boolean> {
    const groups = (await accounts.groupsOf(account.id)).map(({ id }) => id);
    return applications.mayEnter(application, groups);
  }

  /**
   * What the forms stand on; nothing, and the page that says why, where nothing can be taken back now.
   * @throws {UserError} not_found, alike for what is not there and for what the person may not see
   */
  async function open(person: Person, req: Request, res: Response): Promise<OldPlace | undefined> {
    const { account, csrf } = person;
    const application = await applications.find(param(req, 'id'));
    if (application === undefined || !(await mayEnter(person, application))) throw new UserError('not_found');
    const base = await oldAccounts.baseAt(application, true, `/applications/${application.id}/old-account`);
    if (base === undefined) throw new UserError('not_found');
    const bar = barToTakingBack(application, await profiles.at(account.id, application));
    // What the form has brought about already may be what fills the number: it finds that then.
    const isSent = req.method === 'POST' && bar?.code === 'quota_full';
    if (bar !== undefined && !isSent) {
      const message = messageFor(person.frame.t, bar.code, bar.params);
      res.status(statusOf(bar.code));
      res.send(refusedPage(person.frame, { application, message, contact, backUrl: application.homeUrl }));
      return undefined;
    }
    return { account, application, base, csrf, back: '/' };
  }

  /** To the page that comes next for somebody who has just taken this back. */
  async function lead(res: Response, { account }: Person, { id, status }: Profile): Promise<void> {
    if (status !== 'active') return res.redirect(303, `/profiles/${id}?notice=name_taken_back`);
    const asks = await reclaim.asksToMove(account.id, id);
    res.redirect(303, `/profiles/${id}/${asks ? 'old-address' : 'ready'}`);
  }

  router.get(
    '/applications/:id/old-account',
    visits.forPerson(async (person, req, res) => {
      const place = await open(person, req, res);
      if (place !== undefined) res.send(await oldAccounts.page(person.frame, place));
    }),
  );

  for (const [below, take] of [
    ['', oldAccounts.takeForm],
    ['/offer', oldAccounts.takeOffer],
    ['/code', oldAccounts.takeCode],
  ] as const) {
    router.post(
      `/applications/:id/old-account${below}`,
      visits.forPerson(async (person, req, res) => {
        const place = await open(person, req, res);
        if (place === undefined) return;
        const taken = await take(req, res, person.frame, place);
        if ('page' in taken) res.send(taken.page);
        else await lead(res, person, taken.profile);
      }),
    );
  }

  router.get(
    '/profiles/:id/old-address',
    visits.forPerson(async ({ account, csrf, frame }, req, res) => {
      const { id, name, applicationId } = await profiles.own(account.id, param(req, 'id'));
      if (!(await reclaim.asksToMove(account.id, id))) return res.redirect(303, `/profiles/${id}`);
      const application = await applications.get(applicationId);
      res.send(oldAddressPage(frame, { action: `/profiles/${id}/old-address`, csrf, application, name }));
    }),
  );

  router.post(
    '/profiles/:id/old-address',
    visits.forPerson(async ({ account }, req, res) => {
      const { id } = await profiles.own(account.id, param(req, 'id'));
      const move = field(req, 'move');
      if (move !== 'yes' && move !== 'no') return res.redirect(303, `/profiles/${id}/old-address`);
      await reclaim.agreeToMove(account.id, id, move === 'yes');
      res.redirect(303, `/profiles/${id}/ready`);
    }),
  );

  /** What a link of the administrators is for. @throws {UserError} link_gone, entry_refused */
  async function seen(
    person: Person,
    req: Request,
  ): Promise<{ token: string; name: string; application: Application }> {
    const token = param(req, 'token');
    const found = token === '' ? undefined : await reclaim.seeLink(token);
    const application = found === undefined ? undefined : await applications.find(found.applicationId);
    if (found === undefined || application === undefined) throw new UserError('link_gone');
    if (!(await mayEnter(person, application))) throw new UserError('entry_refused');
    return { token, name: found.name, application };
  }

  /** What a link has given the person already. */
  async function had({ account }: Person, req: Request): Promise<Profile | undefined> {
    const token = param(req, 'token');
    return token === '' ? undefined : reclaim.hadByLink(account.id, token);
  }

  /** Why a link leads no further. */
  function refuse(res: Response, { frame }: Person, error: unknown): void {
    if (!(error instanceof UserError)) throw error;
    if (error.code !== 'link_gone' && !REFUSALS.has(error.code)) throw error;
    res.status(statusOf(error.code));
    if (error.code === 'link_gone') return void res.send(linkGonePage(frame, { contact: contact || undefined }));
    // The application stays unnamed: whoever may not enter it need not learn which one it is.
    const code = error.code === 'own_profile' ? 'old_link_own' : error.code;
    return void res.send(refusedPage(frame, { message: messageFor(frame.t, code, error.params), contact }));
  }

  router.get(
    '/old-account/:token',
    visits.forPerson(async (person, req, res) => {
      try {
        const own = await had(person, req);
        if (own !== undefined) return await lead(res, person, own);
        const { token, name, application } = await seen(person, req);
        const { account, csrf, frame } = person;
        const action = `/old-account/${token}`;
        res.send(oldLinkPage(frame, { action, csrf, application, name, loginName: account.loginName }));
      } catch (error) {
        refuse(res, person, error);
      }
    }),
  );

  router.post(
    '/old-account/:token',
    visits.forPerson(async (person, req, res) => {
      try {
        const own = await had(person, req);
        if (own !== undefined) return await lead(res, person, own);
        const { token } = await seen(person, req);
        await lead(res, person, await reclaim.withLink(person.account.id, token));
      } catch (error) {
        refuse(res, person, error);
      }
    }),
  );

  return router;
}
