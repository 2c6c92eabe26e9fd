import type { Request, Response } from 'express';
import { otherAccountPage } from '../../../views/journey/link.tsx';
import { accountMadePage, newAccountPage, requestSentPage, signUpClosedPage } from '../../../views/journey/signUp.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { PASSWORD_LENGTH, type Account, type Accounts, type OpenLink } from '../../accounts/accounts.ts';
import type { Applications } from '../../applications/applications.ts';
import type { Config } from '../../config.ts';
import { UserError } from '../../errors.ts';
import type { Journeys } from '../../journey/journey.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import { ACCOUNT_FIELDS, KEPT_MAX } from '../account-form.ts';
import { blank, field, param, statusOf, withError } from '../form.ts';
import type { Visits } from '../visit.ts';
import type { Arrival, Arrivals } from './arrival.ts';
import type { LinkPages } from './link.ts';
import type { Way, Ways } from './way.ts';

type Needs = {
  config: Pick<Config, 'ALUCO_CONTACT' | 'ALUCO_RULES_URL' | 'ALUCO_TERMS_VERSION'>;
  accounts: Pick<Accounts, 'applicants' | 'signUp'>;
  applications: Pick<Applications, 'find'>;
  arrival: Pick<Arrival, 'arrived'>;
  arrivals: Pick<Arrivals, 'note'>;
  journeys: Pick<Journeys, 'save'>;
  now: () => number;
  oidc: Pick<Oidc, 'startSession'>;
  visits: Visits;
  ways: Ways;
};

const NEW_FIELDS: Readonly<Record<string, string>> = {
  ...ACCOUNT_FIELDS,
  words_too_few: 'reason',
  words_too_many: 'reason',
  terms_required: 'terms',
  requests_full: 'reason',
};
const KEPT = ['loginName', 'reason', 'terms'] as const;
/** Longer than any reason that is taken. */
const REASON_MAX = 8000;

/**
 * The link from the letter: whoever holds it has the mailbox, and makes an account. In the browser that asked for it
 * the journey goes on; elsewhere the way ends at the address of the application.
 */
export function makeSignUpLink(needs: Needs): LinkPages {
  const { config, accounts, applications, arrival, arrivals, journeys, now, oidc, visits, ways } = needs;
  const { signUp } = accounts;
  const version = config.ALUCO_TERMS_VERSION;

  /** Somebody who is signed in: this is for another account, theirs or not. */
  async function isSomebodys(req: Request, res: Response): Promise<boolean> {
    const person = await visits.findPerson(req, res);
    if (person === undefined) return false;
    if (req.method === 'POST') res.status(409);
    res.send(otherAccountPage(person.frame, { loginName: person.account.loginName, csrf: person.csrf }));
    return true;
  }

  /** The journey that the link was asked for on, where it still stands and this browser is the one that began it. */
  async function findWay(req: Request, res: Response, journeyId: string | undefined): Promise<Way | undefined> {
    if (journeyId === undefined || req.params['id'] !== journeyId) return undefined;
    try {
      return await ways.find(req, res);
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
  }

  async function render(req: Request, res: Response, link: OpenLink, form: Form): Promise<void> {
    const { mailbox, journeyId, applicationId } = whatFor(link);
    const frame = visits.frame(req);
    if (!signUp.isOffered) {
      res.send(signUpClosedPage(frame, { contact: config.ALUCO_CONTACT || undefined }));
      return;
    }
    const isApproved = signUp.mode === 'approval';
    const here = `/link/${param(req, 'token')}`;
    res.send(
      newAccountPage(frame, {
        // Below the journey, so that its cookie comes along if there is one.
        action: journeyId === undefined ? here : `/journey/${journeyId}${here}`,
        form,
        mailbox,
        application: applicationId === undefined ? undefined : await applications.find(applicationId),
        passwordMinimum: PASSWORD_LENGTH.min,
        approval: isApproved ? { days: await accounts.applicants.usualWait() } : undefined,
        terms: version === '' ? undefined : { version, rulesUrl: config.ALUCO_RULES_URL || undefined },
      }),
    );
  }

  /** @throws {UserError} link_gone */
  function whatFor(link: OpenLink) {
    const found = signUp.whatFor(link);
    if (found === undefined) throw new UserError('link_gone');
    return found;
  }

  /** Nobody decided yet: where the journey stands it shows how that goes on, elsewhere the letter leads there. */
  async function leaveWaiting(req: Request, res: Response, account: Account, way: Way | undefined): Promise<void> {
    if (way === undefined) return void res.send(requestSentPage(visits.frame(req)));
    await journeys.save({ ...way.journey, applicant: account.id });
    res.redirect(303, way.path);
  }

  /** The account may be used: on with the journey, or to where it came from. */
  async function letIn(req: Request, res: Response, account: Account, link: OpenLink, way: Way | undefined) {
    if (way !== undefined) return arrival.arrived(req, res, way, account, 1);
    await oidc.startSession(req, res, { accountId: account.id, at: now(), level: 1 });
    await arrivals.note(req, res, account);
    const { applicationId } = whatFor(link);
    const application = applicationId === undefined ? undefined : await applications.find(applicationId);
    res.send(accountMadePage(visits.frame(req), { application, loginName: account.loginName }));
  }

  return {
    async show(req, res, link) {
      if (!(await isSomebodys(req, res))) await render(req, res, link, blank());
    },
    async use(req, res, link) {
      if (await isSomebodys(req, res)) return;
      try {
        const way = await findWay(req, res, whatFor(link).journeyId);
        const account = await signUp.accept(param(req, 'token'), {
          loginName: field(req, 'loginName'),
          password: field(req, 'password'),
          language: visits.frame(req).language,
          reason: field(req, 'reason'),
          // Nobody accepts what their page did not show.
          acceptsTerms: field(req, 'terms') !== '' && field(req, 'version') === version,
        });
        await (account.status === 'awaiting'
          ? leaveWaiting(req, res, account, way)
          : letIn(req, res, account, link, way));
      } catch (error) {
        if (!(error instanceof UserError) || error.code === 'link_gone') throw error;
        res.status(statusOf(error.code));
        if (error.code === 'sign_up_closed') return render(req, res, link, blank());
        const values = Object.fromEntries(
          KEPT.map((name) => [name, field(req, name).slice(0, name === 'reason' ? REASON_MAX : KEPT_MAX)]),
        );
        await render(req, res, link, withError(visits.frame(req).t, values, error, NEW_FIELDS));
      }
    },
  };
}
