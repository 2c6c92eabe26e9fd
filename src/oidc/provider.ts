import { AsyncLocalStorage } from 'node:async_hooks';
import { errors, Provider, type AdapterFactory, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { isSecret, type Application, type Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { coarse, type Journeys, type NoteEntry, type RecentSignIns } from '../journey/journey.ts';
import { describeError, type Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { randomId } from '../storage/seal.ts';
import { isUnavailable } from '../storage/storage.ts';
import type { Transients } from '../storage/transient.ts';
import { askedScopes } from './asked-scopes.ts';
import { findCurrentSessions } from './current-session.ts';
import type { Claims } from './claims.ts';
import { acrFor, amrOf, isAcrUnreachable, levelOf } from './acr.ts';
import { fixedConfiguration, INTERACTION_LIFE, mayRefresh } from './configuration.ts';
import { answerFields } from './form-post.ts';
import type { makeGrants } from './grants.ts';
import type { SigningKey } from './keys.ts';
import type { OidcPages, PageApplication } from './pages.ts';
import { previewTokens } from './preview.ts';
import { applicationIdOf, makePolicy, type Requests } from './prompts.ts';
import type { SessionLife } from './session-life.ts';
import type { Found } from './session-merge.ts';
import { watchSignIns } from './watch.ts';

type Needs = {
  issuer: string;
  adapter: AdapterFactory;
  applications: Applications;
  cookieKeys: string[];
  fetch: (url: string | URL, options: RequestInit) => Promise<Response>;
  grants: ReturnType<typeof makeGrants>;
  claims: Claims;
  journeys: Journeys;
  life: SessionLife;
  log: Log;
  metrics: Metrics;
  now: () => number;
  /** The network address of the request being served. */
  network: () => string;
  /** Takes note of a profile that an application was answered with. */
  noteEntry: NoteEntry;
  /** Told of an error that ended a request because the database is away. */
  onUnavailable: (error: unknown) => void;
  pages: OidcPages;
  recent: RecentSignIns;
  requests: Requests;
  transients: Transients;
};

/** What a logout page remembers until it is answered. */
export type LogoutChoice = {
  sessionUid: string;
  applicationId: string | undefined;
  returnUri: string | undefined;
  state: string | undefined;
};

/** How long a logout page may stay open, in milliseconds. */
const LOGOUT_LIFE = 3_600_000;
/** When to come back while the database is away, in seconds. */
const AGAIN_AFTER = '10';

/** The cookie that binds a journey to its browser; its path is the journey's. */
export function journeyCookie(issuer: string): string {
  return issuer.startsWith('https:') ? '__Secure-aluco-journey' : 'aluco-journey';
}

function pageApplication(application: Application | undefined): PageApplication | undefined {
  if (application === undefined) return undefined;
  return { name: application.name, iconUrl: application.iconUrl, homeUrl: application.homeUrl };
}

/** The error for a sign-in that is not as strong as asked (OpenID Connect Unmet Authentication Requirements 1.0). */
export const UNMET = 'unmet_authentication_requirements';

/** What a finished journey says of the proof given on it; `isFresh`: all of it was, the first factor included. */
export type Login = {
  readonly accountId: string;
  /** In seconds. */
  readonly ts: number;
  readonly acr: string;
  readonly isFresh: boolean;
};

/** While this is set, the subject handed to the library is already the one to emit. */
const subjectIsFinal = new AsyncLocalStorage<true>();

type Cookies = NonNullable<Configuration['cookies']>;
type CookieOptions = NonNullable<Cookies['long']>;

type Rest<F> = F extends (first: never, ...rest: infer R) => unknown ? R : never;

type LogoutClient = { backchannelLogoutUri?: string; backchannelLogout(subject: string, sid: string): Promise<void> };

/** Sends a back-channel logout token for a subject (OpenID Connect Back-Channel Logout §2.5). */
export async function sendLogout(provider: Provider, clientId: string, subject: string, sid: string): Promise<void> {
  // The library's types leave this method out.
  const client = (await provider.Client.find(clientId)) as unknown as undefined | LogoutClient;
  if (client?.backchannelLogoutUri === undefined) return;
  await subjectIsFinal.run(true, () => client.backchannelLogout(subject, sid));
}

/** What would be sent to a client for a profile; `available` has the subject to emit. */
export function preview(provider: Provider, ...rest: Rest<typeof previewTokens>): ReturnType<typeof previewTokens> {
  return subjectIsFinal.run(true, () => previewTokens(provider, ...rest));
}

/** A parameter of the request, where it is text. */
function textParam(ctx: KoaContextWithOIDC, name: string): string | undefined {
  const value = ctx.oidc.params?.[name];
  return typeof value === 'string' ? value : undefined;
}

/** Where a sign-out leads: the address the application registered, with the state it sent along. */
export function withState(returnUri: string, state: string | undefined): string {
  const url = new URL(returnUri);
  if (state !== undefined) url.searchParams.set('state', state);
  return url.href;
}

/**
 * A provider for one set of keys. It keeps nothing of its own, so a new one may take over at any moment; that is how
 * keys are replaced without a restart.
 */
export function buildProvider(needs: Needs, keys: readonly SigningKey[]): Provider {
  const { issuer, applications, claims, journeys, log, metrics, now, pages, requests, transients } = needs;
  const secure = issuer.startsWith('https:');
  const fixed = fixedConfiguration(secure);

  const applicationOf = async (ctx: KoaContextWithOIDC): Promise<Application | undefined> => {
    const id = applicationIdOf(ctx);
    return id === '' ? undefined : applications.find(id);
  };

  const provider = new Provider(issuer, {
    ...fixed,
    ttl: {
      ...fixed.ttl,
      // A browser that nobody is signed in with is remembered for as long as a page of ours may stay open.
      Session: (_ctx, session) =>
        session.accountId === undefined ? INTERACTION_LIFE : needs.life.secondsLeft((session.loginTs ?? 0) * 1000),
    },
    adapter: needs.adapter,
    cookies: { ...fixed.cookies, keys: needs.cookieKeys },
    jwks: { keys: keys },
    fetch: needs.fetch as never,
    findAccount: claims.find,
    loadExistingGrant: needs.grants,
    pairwiseIdentifier: async (ctx, accountId, client) => {
      if (subjectIsFinal.getStore() === true) return accountId;
      return claims.subject(ctx, accountId, String(client['aluco_application']));
    },
    interactions: {
      policy: makePolicy(requests),
      async url(ctx, interaction) {
        const path = `/journey/${interaction.uid}`;
        const beginning = {
          protocol: 'oidc',
          applicationId: applicationIdOf(ctx),
          asks: requests.asksOf(ctx),
          locales: textParam(ctx, 'ui_locales')?.split(' ').slice(0, 10),
        } as const;
        const { browser } = await journeys
          .begin(beginning, needs.network(), interaction.uid)
          .catch(async (error: unknown) => {
            // The library has kept its own record already: refused, nothing may stay (P8).
            await interaction.destroy().catch((cause: unknown) => {
              if (!isUnavailable(cause)) throw cause;
            });
            throw error instanceof UserError ? new errors.TemporarilyUnavailable(error.code) : error;
          });
        metrics.signIn(applicationIdOf(ctx), 'begun');
        ctx.cookies.set(journeyCookie(issuer), browser, {
          path,
          httpOnly: true,
          sameSite: 'lax',
          secure,
          signed: false,
        });
        return path;
      },
    },
    extraParams: {
      // Not a parameter anybody sends: its check is the one place where the library lets us put back a scope.
      async aluco_offline(ctx) {
        const { params, client } = ctx.oidc;
        if (params === undefined || !mayRefresh(client) || !askedScopes(ctx).includes('offline_access')) return;
        const scopes = new Set((textParam(ctx, 'scope') ?? '').split(' '));
        params['scope'] = [...scopes.add('offline_access')].join(' ').trim();
      },
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: { enabled: false },
      userinfo: { enabled: true },
      claimsParameter: {
        enabled: true,
        async assertClaimsParameter(_ctx, claims) {
          // Before anybody types a password (OpenID Connect Core §5.5.1.1).
          if (isAcrUnreachable(claims)) throw new errors.CustomOIDCProviderError(UNMET, 'no such acr is offered');
        },
      },
      backchannelLogout: { enabled: true },
      introspection: {
        enabled: true,
        async allowedPolicy(ctx, client, token) {
          const grantId = (token as { grantId?: string }).grantId;
          const accountId = (token as { accountId?: string }).accountId;
          const of = token.clientId === undefined ? undefined : await applications.findClient(token.clientId);
          if (grantId === undefined || accountId === undefined || of === undefined) return false;
          if (of.applicationId !== client['aluco_application']) return false;
          if (client.tokenEndpointAuthMethod === 'none' && of.id !== client.clientId) return false;
          return (await claims.holderOf(ctx, accountId, grantId, of.applicationId)) !== undefined;
        },
      },
      revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: {
        enabled: true,
        async logoutSource(ctx) {
          const application = await applicationOf(ctx);
          const choice: LogoutChoice = {
            sessionUid: ctx.oidc.session?.uid ?? '',
            applicationId: application?.id,
            returnUri: textParam(ctx, 'post_logout_redirect_uri'),
            state: textParam(ctx, 'state'),
          };
          const token = randomId();
          await transients.put('Logout', token, choice, now() + LOGOUT_LIFE);
          ctx.type = 'html';
          ctx.body = pages.logout(ctx.req, {
            token,
            application: pageApplication(application),
            returnOrigin: choice.returnUri,
          });
        },
        async postLogoutSuccessSource(ctx) {
          ctx.type = 'html';
          ctx.body = pages.signedOut(ctx.req, pageApplication(await applicationOf(ctx)));
        },
      },
    },
    async renderError(ctx, out, error) {
      if (isUnavailable(error)) {
        needs.onUnavailable(error);
        ctx.status = 503;
        ctx.set('retry-after', AGAIN_AFTER);
        ctx.type = 'html';
        ctx.body = pages.unavailable(ctx.req);
        return;
      }
      const internal = out.error === 'server_error';
      const reference = internal ? randomId() : undefined;
      if (internal) log.error({ event: 'internal', reference, route: ctx.oidc?.route, ...describeError(error) });
      const application = await applicationOf(ctx).catch(() => undefined);
      ctx.type = 'html';
      ctx.body = pages.error(ctx.req, {
        status: ctx.status,
        code: internal ? 'internal' : errorCode(out.error),
        reference,
        application: pageApplication(application),
      });
    },
  });

  provider.proxy = true;
  // Without a listener the framework below would print what it could not answer, as it is.
  (provider as NodeJS.EventEmitter).on('error', (error: unknown) => {
    if (isUnavailable(error)) needs.onUnavailable(error);
    else log.error({ event: 'internal', ...describeError(error) });
  });
  teach(provider, transients, fixed.cookies ?? {});
  // The page for `response_mode=form_post` is ours, and browsers hold its form against our form-action.
  provider.use(async (ctx: KoaContextWithOIDC, next) => {
    await next();
    const uri = ctx.oidc?.params?.['response_mode'] === 'form_post' ? textParam(ctx, 'redirect_uri') : undefined;
    const fields = answerFields(ctx.body);
    const application = uri === undefined ? undefined : await applicationOf(ctx);
    const allowed = uri !== undefined && ctx.oidc.client?.redirectUriAllowed(uri) === true;
    if (allowed && fields !== undefined && application !== undefined)
      ctx.body = pages.handOver(ctx.req, { returnUri: uri, fields, application });
    // Asked to sign out with nobody signed in there is nothing to ask: the way back at once, not the library's own page.
    if (ctx.oidc?.route !== 'end_session' || ctx.status !== 200 || ctx.oidc.session?.accountId !== undefined) return;
    const back = textParam(ctx, 'post_logout_redirect_uri');
    if (back === undefined) ctx.body = pages.signedOut(ctx.req, pageApplication(await applicationOf(ctx)));
    else ctx.redirect(withState(back, textParam(ctx, 'state')));
  });
  async function noteEntry(ctx: KoaContextWithOIDC): Promise<void> {
    const step = await requests.step(ctx);
    if (step.name !== 'done' || step.profileId === undefined) return;
    needs.noteEntry(step.accountId, { id: step.profileId, applicationId: applicationIdOf(ctx) });
  }
  // A request that names two applications, two places to go or two states has no one meaning: nobody is told (A06).
  provider.on('authorization.error', (ctx, error) => {
    if (['client_id', 'redirect_uri', 'state'].some((name) => Array.isArray(ctx.query[name])))
      Object.assign(error, { allow_redirect: false });
  });
  provider.on('authorization.success', (ctx) => {
    metrics.signIn(applicationIdOf(ctx), 'done');
    noteEntry(ctx).catch((error: unknown) => log.error({ event: 'entry_not_noted', ...describeError(error) }));
  });
  provider.on('authorization.error', (ctx, error) => metrics.signIn(applicationIdOf(ctx), 'refused', error.error));
  provider.on('grant.success', (ctx) => metrics.token(applicationIdOf(ctx), textParam(ctx, 'grant_type') ?? ''));
  provider.on('grant.error', (ctx, error) => metrics.token(applicationIdOf(ctx), '', error.error));
  watchSignIns(provider, needs);
  provider.on('server_error', (ctx, error) => {
    if (!isUnavailable(error)) {
      log.error({ event: 'internal', route: ctx.oidc?.route, ...describeError(error) });
      return;
    }
    // A client is told in its own words, and may send the same again.
    needs.onUnavailable(error);
    ctx.status = 503;
    ctx.set('retry-after', AGAIN_AFTER);
    if (typeof ctx.body === 'object' && ctx.body !== null) {
      ctx.body = { error: 'temporarily_unavailable', error_description: 'try again in a few seconds' };
    }
  });
  return provider;
}

function errorCode(error: string): string {
  if (error === 'invalid_client') return 'application_unknown';
  if (error === 'invalid_redirect_uri') return 'return_address_unknown';
  return error === 'access_denied' ? 'forbidden' : 'request_invalid';
}

/** Whether a token says of itself nothing but that it is a JWT: logout tokens, signed with the same keys, say more. */
function isIdToken(jwt: string): boolean {
  const { typ } = JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()) as { typ?: unknown };
  return typ === undefined || typ === 'JWT';
}

/** Replaces what the library does by what we promise: secrets kept as hashes, coarse sign-in times, replay on any node. */
function teach(provider: Provider, transients: Transients, cookies: Cookies): void {
  const client = provider.Client.prototype as unknown as {
    clientSecret?: string;
    compareClientSecret(secret: string): boolean;
  };
  client.compareClientSecret = function compareClientSecret(this: { clientSecret?: string }, secret: string): boolean {
    return this.clientSecret !== undefined && isSecret(secret, this.clientSecret);
  };

  const session = provider.Session.prototype as unknown as { loginTs?: number; authTime(): number | undefined };
  session.authTime = function authTime(this: { loginTs?: number }): number | undefined {
    const causedHere = (Provider.ctx?.oidc.result as { login?: Login } | undefined)?.login?.isFresh === true;
    if (this.loginTs === undefined || causedHere) return this.loginTs;
    return coarse(this.loginTs * 1000) / 1000;
  };

  const context = (provider as unknown as { OIDCContext: { prototype: object } }).OIDCContext.prototype;
  type Request = { params?: Record<string, unknown>; session: { acr?: string } };
  Object.defineProperties(context, {
    acr: {
      get(this: Request) {
        return acrFor(this.params, levelOf(this.session.acr));
      },
    },
    amr: {
      get(this: Request) {
        return amrOf(levelOf(this.session.acr));
      },
    },
  });

  rememberFoundSessions(provider, cookies.long ?? {});
  findCurrentSessions(provider, cookies);

  const idToken = provider.IdToken as unknown as { validate(jwt: string, client: unknown): Promise<unknown> };
  const validate = idToken.validate.bind(idToken);
  idToken.validate = async (jwt, hinted) => {
    if (!isIdToken(jwt)) throw new errors.InvalidRequest('id_token_hint is a token of another type');
    return validate(jwt, hinted);
  };

  const replay = provider.ReplayDetection as unknown as {
    unique(iss: string, jti: string, exp: number): Promise<boolean>;
  };
  replay.unique = (iss, jti, exp) => transients.putOnce('Replay', `${iss.length}:${iss}${jti}`, true, exp * 1000);
}

type SavedSession = {
  jti: string;
  oldId?: string | undefined;
  loginTs?: number | undefined;
  acr?: string | undefined;
  authorizations?: unknown;
  found?: Found;
};

/**
 * Has a session carry what was found of it to our storage, which then gives it its new id in one step, and merges what
 * requests beside this one wrote. The library would remove the old one and write the new one whatever became of the
 * session since. Where such a request was faster its id stands, and the browser is told that one.
 */
function rememberFoundSessions(provider: Provider, cookie: CookieOptions): void {
  const model = provider.Session as unknown as {
    IN_PAYLOAD: string[];
    prototype: SavedSession & { save(ttl: number): Promise<string> };
  };
  Object.defineProperty(model, 'IN_PAYLOAD', { value: [...model.IN_PAYLOAD, 'found'] });
  const { save } = model.prototype;
  model.prototype.save = async function saveFound(this: SavedSession, ttl: number): Promise<string> {
    this.oldId = undefined;
    this.found ??= {};
    const value = await save.call(this as never, ttl);
    const { id, loginTs, acr, authorizations } = this.found;
    if (id === undefined) return value;
    // What was written is what the rest of this request goes on with, and may write once more.
    if (authorizations !== undefined && authorizations !== JSON.stringify(this.authorizations ?? {})) {
      this.authorizations = JSON.parse(authorizations) as unknown;
      this.loginTs = loginTs;
      this.acr = acr;
    }
    if (id === this.jti) return value;
    this.jti = id;
    Provider.ctx?.oidc.cookies.set(provider.cookieName('session'), id, cookie);
    return id;
  };
}
