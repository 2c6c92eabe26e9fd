import type { Request, RequestHandler, Response } from 'express';
import type { Account, Accounts, Group } from '../accounts/accounts.ts';
import type { Application, Applications } from '../applications/applications.ts';
import type { Config } from '../config.ts';
import type { Metrics } from '../metrics.ts';
import { UserError } from '../errors.ts';
import { NO_ASKS, type Asks, type Journeys } from '../journey/journey.ts';
import type { Actor, Moderation } from '../moderation/moderation.ts';
import { isId } from '../storage/seal.ts';
import { journeyCookie, type BrowserSession, type Oidc } from '../oidc/oidc.ts';
import type { Frame } from '../../views/layout.tsx';
import { translator, type Language } from '../../views/text.ts';
import type { Look } from './look.ts';
import { checkFormToken, formToken } from './safety.ts';

/** A person on a page of their own. */
export type Person = {
  readonly account: Account;
  readonly session: BrowserSession;
  readonly csrf: string;
  readonly frame: Frame;
};

/** A person on a page of an application that they look after, or of any where they run the instance. */
export type Moderating = Person & { readonly actor: Actor; readonly application: Application };

/** A person on the page of all applications that they look after. */
export type ModeratingSome = Person & { readonly actor: Actor; readonly applications: readonly Application[] };

/** A person on the page of a group that they look after. */
export type Delegated = Person & { readonly group: Group };

/**
 * Whom a page is for; every guard marks its handler with it, so that a test can walk all addresses and see that nobody
 * else gets in (A91). `moderator`: of the application in the address; `some-moderator`: of any; `delegate`: of the group
 * in the address.
 */
export type Audience =
  'person' | 'recent' | 'administrator' | 'recent-administrator' | 'moderator' | 'some-moderator' | 'delegate';

/** A handler behind a guard. */
export type Guarded = RequestHandler & { readonly audience: Audience };

type Handler<Who extends Person> = (person: Who, req: Request, res: Response) => Promise<void> | void;

type PersonHandler = Handler<Person>;

/** What a page asks for beyond a signed-in person. */
type Terms<Who extends Person> = {
  audience: Audience;
  /**
   * Who the person is on this page.
   * @throws {UserError} forbidden, alike for all that they may not see, whether it exists or not
   */
  admit: (person: Person, req: Request) => Promise<Who> | Who;
  /** Whether the person must have proven who they are lately. */
  recent?: boolean;
  /** Whether it is also open to people who have not accepted the rules of the house. */
  beforeTerms?: boolean;
  /** Reads the body of a form that is not read for everybody. */
  take?: (req: Request, res: Response, person: Person) => Promise<void>;
};

type Needs = {
  config: Config;
  accounts: Pick<Accounts, 'applicants' | 'delegates' | 'find' | 'mustHaveSecondFactor' | 'signUp'>;
  applications: Pick<Applications, 'find' | 'list'>;
  journeys: Journeys;
  look: Look;
  metrics: Pick<Metrics, 'signIn'>;
  moderation: Pick<Moderation, 'moderators' | 'requests'>;
  now: () => number;
  oidc: Oidc;
};

export type Visits = ReturnType<typeof makeVisits>;

const YEAR = 31_536_000_000;
/** How old a proof may be to open a page of something sensitive, and to send its form, in milliseconds. */
const RECENT = { page: 10 * 60_000, form: 20 * 60_000 };

function cookies(req: Request): Record<string, string> {
  const pairs = (req.headers.cookie ?? '').split(';').map((part) => part.trim().split('=', 2));
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair.length === 2));
}

/** The value of a cookie; only characters that our own values have. */
export function cookie(req: Request, name: string): string | undefined {
  const value = cookies(req)[name];
  return value !== undefined && /^[\w.~-]{1,600}$/u.test(value) ? value : undefined;
}

/** Which language a page is in, and what surrounds it. */
export function makeFrames(config: Pick<Config, 'ALUCO_URL' | 'ALUCO_LANGUAGE'>, { instance }: Look) {
  const offered = instance.languages;
  const isLanguage = (text: string | undefined): text is Language =>
    (offered as readonly (string | undefined)[]).includes(text);
  const fallback = isLanguage(config.ALUCO_LANGUAGE) ? config.ALUCO_LANGUAGE : (offered[0] ?? config.ALUCO_LANGUAGE);
  const secure = config.ALUCO_URL.startsWith('https:');
  const languageCookie = secure ? '__Host-aluco-language' : 'aluco-language';

  function languageOf(req: Request, preferred: Language | undefined, locales: readonly string[]): Language {
    const chosen = cookie(req, languageCookie);
    if (isLanguage(preferred)) return preferred;
    if (isLanguage(chosen)) return chosen;
    const asked = locales.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage);
    if (asked !== undefined) return asked;
    const accepted = req.acceptsLanguages().map((tag) => tag.slice(0, 2).toLowerCase());
    return accepted.find(isLanguage) ?? fallback;
  }

  return {
    /** The frame of a page for nobody in particular. `locales`: what an application asked for. */
    frame(req: Request, locales: readonly string[] = [], account?: Account, csrf?: string): Frame {
      const language = languageOf(req, account?.language, locales);
      return {
        t: translator(language),
        language,
        instance,
        path: req.originalUrl.split('?', 1)[0] ?? '/',
        back: req.originalUrl,
        ...(account === undefined
          ? {}
          : { viewer: { loginName: account.loginName, administrator: account.role === 'administrator' } }),
        ...(csrf === undefined ? {} : { csrf }),
      };
    },

    /** Remembers the language of this browser. */
    remember(res: Response, language: string): void {
      if (!isLanguage(language)) return;
      res.cookie(languageCookie, language, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: YEAR });
    },
  };
}

/** Who is visiting. Everything a page needs is read here and handed on; nothing hangs on the request. */
export function makeVisits(needs: Needs) {
  const { config, accounts, applications, journeys, look, metrics, moderation, now, oidc } = needs;
  const { moderators, requests: waitingRequests } = moderation;
  const frames = makeFrames(config, look);
  const secure = config.ALUCO_URL.startsWith('https:');

  async function findPerson(req: Request, res: Response): Promise<Person | undefined> {
    const session = await oidc.readSession(req, res);
    const account = session === undefined ? undefined : await accounts.find(session.proof.accountId);
    if (session === undefined || account?.status !== 'active') return undefined;
    if (session.proof.at < account.proofsSince) return undefined;
    // A session of one factor is none where two are asked for: the journey asks for what is missing.
    if (session.proof.level < 2 && (account.secondFactor || (await accounts.mustHaveSecondFactor(account))))
      return undefined;
    const csrf = formToken(session.uid);
    const frame = frames.frame(req, [], account, csrf);
    return { account, session, csrf, frame: await withRoles(account, frame) };
  }

  /** What the navigation offers beyond the person's own pages. Their rights are asked on each page anew. */
  async function withRoles({ id, role }: Account, frame: Frame): Promise<Frame> {
    if (frame.viewer === undefined) return frame;
    const isAdministrator = role === 'administrator';
    const own = await moderators.applicationsOf(id);
    // Those of the applications that are not theirs have moderators of their own, whom they look in on.
    const waiting = own.length === 0 ? undefined : await waitingRequests.countAt(own);
    const isModerator = isAdministrator || own.length > 0;
    const delegate = (await accounts.delegates.groupsOf(id)).length > 0;
    const requests = isAdministrator ? await countRequests() : undefined;
    return {
      ...frame,
      viewer: { ...frame.viewer, requests, delegate, ...(isModerator ? { moderation: { waiting } } : {}) },
    };
  }

  /** Administrators see on every page how many people wait for their yes, where anybody may. */
  async function countRequests(): Promise<number | undefined> {
    const requests = await accounts.applicants.count();
    return requests > 0 || accounts.signUp.mode === 'approval' ? requests : undefined;
  }

  async function sendToSignIn(
    req: Request,
    res: Response,
    { asks, back, beforeTerms }: { asks: Asks; back: string; beforeTerms: boolean },
  ): Promise<void> {
    const beginning = { protocol: 'portal', asks, back, ...(beforeTerms ? { beforeTerms } : {}) } as const;
    const { journey, browser } = await journeys.begin(beginning, req.ip ?? '');
    metrics.signIn(undefined, 'begun');
    const path = `/journey/${journey.id}`;
    res.cookie(journeyCookie(config.ALUCO_URL), browser, { path, httpOnly: true, sameSite: 'lax', secure });
    res.redirect(303, path);
  }

  const asAdministrator = (person: Person): Person => {
    if (person.account.role !== 'administrator') throw new UserError('forbidden');
    return person;
  };

  const actorOf = ({ account }: Person): Actor => ({
    accountId: account.id,
    administrator: account.role === 'administrator',
  });

  /** Whoever does not look after the application learns nothing of whether there is one. */
  async function asModerator(person: Person, req: Request): Promise<Moderating> {
    const id = String(req.params['application']);
    const actor = actorOf(person);
    if (!actor.administrator && !(isId(id) && (await moderators.moderates(actor, id))))
      throw new UserError('forbidden');
    const application = await applications.find(id);
    if (application === undefined) throw new UserError('not_found');
    return { ...person, actor, application };
  }

  async function asSomeModerator(person: Person): Promise<ModeratingSome> {
    const actor = actorOf(person);
    const own = new Set(await moderators.applicationsOf(actor.accountId));
    if (own.size === 0 && !actor.administrator) throw new UserError('forbidden');
    const all = await applications.list();
    return { ...person, actor, applications: actor.administrator ? all : all.filter(({ id }) => own.has(id)) };
  }

  async function asDelegate(person: Person, req: Request): Promise<Delegated> {
    const group = await accounts.delegates.groupOf(person.account.id, String(req.params['group']));
    if (group === undefined) throw new UserError('forbidden');
    return { ...person, group };
  }

  function guard<Who extends Person>(
    handler: Handler<Who>,
    { audience, admit, recent = false, beforeTerms = false, take }: Terms<Who>,
  ): Guarded {
    const guarded: RequestHandler = async (req, res) => {
      const person = await findPerson(req, res);
      const isForm = req.method !== 'GET' && req.method !== 'HEAD';
      // One slash: two would be another host's address.
      const here = `/${req.originalUrl.replace(/^[/\\]+/u, '')}`;
      const isHeldUp = person !== undefined && !beforeTerms && journeys.termsDue(person.account);
      if (person === undefined || isHeldUp)
        return sendToSignIn(req, res, { asks: NO_ASKS, back: isForm ? '/' : here, beforeTerms });
      const admitted = await admit(person, req);
      if (recent && now() - person.session.proof.at > (isForm ? RECENT.form : RECENT.page))
        return sendToSignIn(req, res, { asks: { ...NO_ASKS, login: true }, back: here, beforeTerms });
      if (isForm) {
        await take?.(req, res, person);
        checkFormToken(req, person.session.uid);
      }
      return handler(admitted, req, res);
    };
    return Object.assign(guarded, { audience });
  }

  return {
    ...frames,

    findPerson,

    /**
     * A page of the signed-in person; anybody else is sent to sign in and comes back. A form is only taken from a page
     * made for this very session. Whoever has not accepted the rules of the house yet is asked to first, but where
     * `beforeTerms` is set: nobody has to accept anything to leave, nor to take along what is theirs.
     */
    forPerson: (handler: PersonHandler, open: Pick<Terms<Person>, 'beforeTerms'> = {}): Guarded =>
      guard(handler, { audience: 'person', admit: (person) => person, ...open }),

    /**
     * The same for something sensitive: whoever proved who they are too long ago does so again, with the second factor
     * where there is one, and comes back. The address of a form leads to its page by GET.
     */
    forRecent: (handler: PersonHandler, open: Pick<Terms<Person>, 'beforeTerms'> = {}): Guarded =>
      guard(handler, { audience: 'recent', admit: (person) => person, recent: true, ...open }),

    /**
     * A page of administrators. `take` reads the body of its forms, for them alone.
     * @throws {UserError} forbidden
     */
    forAdministrator: (handler: PersonHandler, take?: Terms<Person>['take']): Guarded =>
      guard(handler, { audience: 'administrator', admit: asAdministrator, ...(take === undefined ? {} : { take }) }),

    /**
     * The same for what opens an account, the administrator's own as well: see `forRecent` (A62).
     * @throws {UserError} forbidden
     */
    forRecentAdministrator: (handler: PersonHandler, take?: Terms<Person>['take']): Guarded =>
      guard(handler, {
        audience: 'recent-administrator',
        admit: asAdministrator,
        recent: true,
        ...(take === undefined ? {} : { take }),
      }),

    /**
     * A page of an application's moderators, and of administrators: the address names it as `:application`. What is
     * done there asks once more, in its transaction, whether they still are.
     * @throws {UserError} forbidden; not_found, for administrators alone
     */
    forModerator: (handler: Handler<Moderating>): Guarded =>
      guard(handler, { audience: 'moderator', admit: asModerator }),

    /**
     * A page of whoever looks after any application, and of administrators, who look after all.
     * @throws {UserError} forbidden
     */
    forSomeModerator: (handler: Handler<ModeratingSome>): Guarded =>
      guard(handler, { audience: 'some-moderator', admit: asSomeModerator }),

    /**
     * A page of a group's delegates: the address names it as `:group`. Administrators have pages of their own.
     * @throws {UserError} forbidden
     */
    forDelegate: (handler: Handler<Delegated>): Guarded => guard(handler, { audience: 'delegate', admit: asDelegate }),
  };
}
