import type { Request, RequestHandler, Response } from 'express';
import type { Account, Accounts } from '../accounts/accounts.ts';
import type { Config } from '../config.ts';
import type { Metrics } from '../metrics.ts';
import { UserError } from '../errors.ts';
import { NO_ASKS, type Asks, type Journeys } from '../journey/journey.ts';
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

type PersonHandler = (person: Person, req: Request, res: Response) => Promise<void> | void;

/** What a page asks for beyond a signed-in person. */
type Terms = {
  administrator?: boolean;
  /** Whether the person must have proven who they are lately. */
  recent?: boolean;
  /** Whether it is also open to people who have not accepted the rules of the house. */
  beforeTerms?: boolean;
  /** Reads the body of a form that is not read for everybody. */
  take?: (req: Request, res: Response) => Promise<void>;
};

type Needs = {
  config: Config;
  accounts: Pick<Accounts, 'applicants' | 'find' | 'mustHaveSecondFactor' | 'signUp'>;
  journeys: Journeys;
  look: Look;
  metrics: Pick<Metrics, 'signIn'>;
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
export function makeVisits({ config, accounts, journeys, look, metrics, now, oidc }: Needs) {
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
    return { account, session, csrf, frame: account.role === 'administrator' ? await withRequests(frame) : frame };
  }

  /** Administrators see on every page how many people wait for their yes, where anybody may. */
  async function withRequests(frame: Frame): Promise<Frame> {
    const requests = await accounts.applicants.count();
    const isShown = requests > 0 || accounts.signUp.mode === 'approval';
    return frame.viewer === undefined || !isShown ? frame : { ...frame, viewer: { ...frame.viewer, requests } };
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

  function guard(
    handler: PersonHandler,
    { administrator = false, recent = false, beforeTerms = false, take }: Terms,
  ): RequestHandler {
    return async (req, res) => {
      const person = await findPerson(req, res);
      const isForm = req.method !== 'GET' && req.method !== 'HEAD';
      // One slash: two would be another host's address.
      const here = `/${req.originalUrl.replace(/^[/\\]+/u, '')}`;
      const isHeldUp = person !== undefined && !beforeTerms && journeys.termsDue(person.account);
      if (person === undefined || isHeldUp)
        return sendToSignIn(req, res, { asks: NO_ASKS, back: isForm ? '/' : here, beforeTerms });
      if (administrator && person.account.role !== 'administrator') throw new UserError('forbidden');
      if (recent && now() - person.session.proof.at > (isForm ? RECENT.form : RECENT.page))
        return sendToSignIn(req, res, { asks: { ...NO_ASKS, login: true }, back: here, beforeTerms });
      if (isForm) {
        await take?.(req, res);
        checkFormToken(req, person.session.uid);
      }
      return handler(person, req, res);
    };
  }

  return {
    ...frames,

    findPerson,

    /**
     * A page of the signed-in person; anybody else is sent to sign in and comes back. A form is only taken from a page
     * made for this very session. Whoever has not accepted the rules of the house yet is asked to first, but where
     * `beforeTerms` is set: nobody has to accept anything to leave, nor to take along what is theirs.
     */
    forPerson: (handler: PersonHandler, open: Pick<Terms, 'beforeTerms'> = {}): RequestHandler => guard(handler, open),

    /**
     * The same for something sensitive: whoever proved who they are too long ago does so again, with the second factor
     * where there is one, and comes back. The address of a form leads to its page by GET.
     */
    forRecent: (handler: PersonHandler, open: Pick<Terms, 'beforeTerms'> = {}): RequestHandler =>
      guard(handler, { recent: true, ...open }),

    /**
     * A page of administrators. `take` reads the body of its forms, for them alone.
     * @throws {UserError} forbidden
     */
    forAdministrator: (handler: PersonHandler, take?: Terms['take']): RequestHandler =>
      guard(handler, { administrator: true, ...(take === undefined ? {} : { take }) }),

    /**
     * The same for what opens an account, the administrator's own as well: see `forRecent` (A62).
     * @throws {UserError} forbidden
     */
    forRecentAdministrator: (handler: PersonHandler): RequestHandler =>
      guard(handler, { administrator: true, recent: true }),
  };
}
