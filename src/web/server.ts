import path from 'node:path';
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import { busyPage } from '../../views/journey/busy.tsx';
import { errorPage } from '../../views/journey/error.tsx';
import { expiredPage } from '../../views/journey/expired.tsx';
import { notFoundPage } from '../../views/journey/notFound.tsx';
import { unavailablePage } from '../../views/journey/unavailable.tsx';
import { messageFor } from '../../views/text.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import { ROOT, type Config } from '../config.ts';
import { UserError } from '../errors.ts';
import type { House } from '../house/house.ts';
import type { Journeys, RecentSignIns } from '../journey/journey.ts';
import type { Legacy } from '../legacy/legacy.ts';
import { describeError, type Log } from '../log.ts';
import type { RelayOwner } from '../mail/owner.ts';
import type { Metrics, Seen } from '../metrics.ts';
import type { Moderation } from '../moderation/moderation.ts';
import type { Oidc } from '../oidc/oidc.ts';
import type { Profiles } from '../profiles/profiles.ts';
import type { Register } from '../register/register.ts';
import type { Saml } from '../saml/saml.ts';
import type { Readiness } from '../storage/readiness.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import { isUnavailable } from '../storage/storage.ts';
import type { Transients } from '../storage/transient.ts';
import type { Watch } from '../storage/watch.ts';
import { applicationRoutes } from './admin/applications.ts';
import { clientRoutes } from './admin/clients.ts';
import { groupRoutes } from './admin/groups.ts';
import { diagnosisRoutes } from './diagnosis.ts';
import { accountRoutesForAdministrators } from './admin/account.ts';
import { accountsRoutes } from './admin/accounts.ts';
import { addServiceProviderRoutes } from './admin/add-service-provider.ts';
import { examineRoutes } from './admin/examine.ts';
import { houseRoutes } from './admin/house.ts';
import { mailSenderRoutes, type RefusalsRead } from './admin/mail-senders.ts';
import { oldAccountsRoutes } from './admin/old-accounts.ts';
import { oldAccountsFileRoutes } from './admin/old-accounts-file.ts';
import { oldAccountsHandRoutes } from './admin/old-accounts-hand.ts';
import { oldAccountsNoticesRoutes } from './admin/old-accounts-notices.ts';
import { oldAccountsTellRoutes } from './admin/old-accounts-tell.ts';
import { oldAccountsUploadRoutes } from './admin/old-accounts-upload.ts';
import { relayAdminRoutes, type RelayDesk } from './admin/relay.ts';
import { accountLogRoutes } from './admin/account-log.ts';
import { caseRoutes } from './admin/cases.ts';
import { moderatorRoutes } from './admin/moderators.ts';
import { unsealingRoutes } from './admin/unsealing.ts';
import { registerRoutes } from './admin/register.ts';
import { requestRoutes } from './admin/requests.ts';
import { samlAdminRoutes } from './admin/saml.ts';
import { serviceProviderRoutes } from './admin/service-providers.ts';
import { appealRoutes } from './moderation/appeals.ts';
import { decisionRoutes } from './moderation/decisions.ts';
import { digestRoutes } from './moderation/digest.ts';
import { exceptionRoutes } from './moderation/exceptions.ts';
import { moderationLogRoutes } from './moderation/log.ts';
import { overviewRoutes } from './moderation/overview.ts';
import { moderatedProfileRoutes } from './moderation/profiles.ts';
import { reasonRoutes } from './moderation/reasons.ts';
import { ruleRoutes } from './moderation/rules.ts';
import { moderationRequestRoutes } from './moderation/requests.ts';
import { FIRST_RUN_PATH, firstRunRoutes } from './first-run.ts';
import { tryRoutes } from './admin/try.ts';
import { templateRoutes } from './admin/templates.ts';
import { field, statusOf } from './form.ts';
import { believeOnly, isTrusted } from './forwarded.ts';
import { healthRoutes, measure } from './health.ts';
import { makeArrivals } from './journey/arrival.ts';
import { journeyRoutes } from './journey/journey.ts';
import { linkRoutes } from './journey/link.ts';
import { makeWays } from './journey/way.ts';
import type { Look } from './look.ts';
import { colleagueRoutes } from './moderation/colleagues.ts';
import { profileInvitationRoutes } from './moderation/invitations.ts';
import { delegatedRoutes } from './portal/delegated.ts';
import { invitedRoutes } from './portal/invited.ts';
import { accountRoutes } from './portal/account.ts';
import { mailboxRoutes } from './portal/mailbox.ts';
import { passwordRoutes } from './portal/password.ts';
import { homeRoutes } from './portal/home.ts';
import { passkeyRoutes } from './portal/passkeys.ts';
import { ownDecisionRoutes } from './portal/decisions.ts';
import { dataRoutes } from './portal/data.ts';
import { makeProfilePage } from './portal/profile-page.ts';
import { oldAccountRoutes } from './portal/old-account.ts';
import { profileRequestRoutes } from './portal/profile-request.ts';
import { profileRoutes } from './portal/profiles.ts';
import { relayRoutes } from './portal/relay.ts';
import { securityRoutes } from './portal/security.ts';
import { leaveRoutes } from './portal/leave.ts';
import { sessionRoutes } from './portal/sessions.ts';
import { samlRoutes } from './saml.ts';
import { makeNewProfiles } from './new-profile.ts';
import { stopNoticesRoutes } from './stop-notices.ts';
import { makeOldAccounts } from './old-account.ts';
import { signedOutRoutes } from './signed-out.ts';
import { neverStore, ownHostOnly, sameOriginOnly, securityHeaders } from './safety.ts';
import { FORM_FIELDS, FORM_LIMIT } from './upload.ts';
import { makeVisits, type Visits } from './visit.ts';
import { makeWork } from './work.ts';

type Needs = {
  config: Config;
  accounts: Accounts;
  /** What `aluco doctor` shows that it holds the master key with. */
  diagnosisKeys: readonly string[];
  applications: Applications;
  house: House;
  journeys: Journeys;
  /** Whether this instance sends nothing by itself. */
  isQuiet: () => Promise<boolean>;
  legacy: Legacy;
  log: Log;
  look: Look;
  metrics: Metrics;
  moderation: Moderation;
  now: () => number;
  oidc: Oidc;
  /** Takes up settings of the house that have just been changed. */
  onHouseChanged: () => Promise<void>;
  profiles: Profiles;
  readiness: Readiness;
  recent: RecentSignIns;
  refusals: RefusalsRead;
  register: Register;
  /** The relay of mail, for people and for administrators; nothing where no mail is forwarded. */
  relay: (RelayDesk & { readonly owner: RelayOwner }) | undefined;
  saml: Saml;
  seals: Seals;
  seen: () => Promise<Seen>;
  transients: Transients;
  watch: Watch;
};

/** Longer addresses are no request of anybody's; Node itself stops at 16 KiB of headers. */
const ADDRESS_LIMIT = 12 * 1024;
const WEEK = 604_800_000;
/** When to come back while the database is away, in seconds. */
const AGAIN_AFTER = 10;
/**
 * Where forms are sent. Asked for as a page (a reload after an error, a change of language), each leads back to the
 * page that the form stands on.
 */
const FORM_ADDRESS =
  /^(\/(?:journey|profiles|applications|account|sessions|mail|admin|moderation|groups|invited)(?:\/[^/]+)*)\/(?:sign-in|create|profile|name|password|mailbox|language|note|groups|switch|undo|secret|add|remove|rename|delete|end|end-all|role|suspend|reinstate|end-sessions|link|unlink|enter|leave|refresh|metadata|examine|prepare|activate|passkey|options|keep|terms|factor|question|again|withdraw|stop-link|discard|answer|mode|strangers|block|unblock|resume|pause|retry|decide|acknowledge|close|confirm|decline|show|credentials|import|stop|go-on|begin|forget|take-back|offer|code)$/u;

/** One exit for everything that goes wrong on a page: a `UserError` in words, anything else as a reference number. */
function errorHandler(visits: Visits, log: Log, watch: Watch): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    if (isUnavailable(error)) watch.noticed(error);
    if (res.headersSent) {
      // Too late for a page. Express would print the error as it is.
      if (!isUnavailable(error)) log.error({ event: 'internal', ...describeError(error) });
      req.socket.destroy();
      return res;
    }
    if (isUnavailable(error)) return unavailable(visits, req, res);
    const refused = asUserError(error);
    const reference = refused === undefined ? randomId() : undefined;
    const code = refused?.code ?? 'internal';
    if (reference === undefined) log.info({ event: 'refused', code, ...reasonIn(refused) });
    else log.error({ event: 'internal', reference, ...describeError(error) });

    const status = statusOf(code);
    res.status(status);
    const retryAfter = Number(refused?.params['retryAfter'] ?? 0);
    if (code === 'busy') res.setHeader('retry-after', String(retryAfter));
    if (req.accepts(['html', 'json']) === 'json')
      return res.json({ error: code, ...(reference === undefined ? {} : { reference }) });
    const frame = visits.frame(req);
    if (code === 'busy') return res.send(busyPage(frame, { retryAfter }));
    if (code === 'not_found') return res.send(notFoundPage(frame, {}));
    if (code === 'expired') return res.send(expiredPage(frame, { homeUrl: '/' }));
    return res.send(
      errorPage(frame, { status, reference, message: messageFor(frame.t, code, refused?.params), homeUrl: '/' }),
    );
  };
}

/** Why a message was refused, in one word of ours, where it was for one. */
function reasonIn(error: UserError | undefined): { reason?: string } {
  const reason = error?.code === 'saml_message_invalid' ? error.params['reason'] : undefined;
  return reason === undefined ? {} : { reason: String(reason) };
}

/** The database cannot be used: the same request may be sent again a little later. */
function unavailable(visits: Visits, req: Request, res: Response): Response {
  res.status(503).setHeader('retry-after', String(AGAIN_AFTER));
  if (isProtocol(req) && req.accepts(['json', 'html']) === 'json') {
    return res.json({ error: 'temporarily_unavailable', error_description: 'try again in a few seconds' });
  }
  if (req.accepts(['html', 'json']) === 'json') return res.json({ error: 'unavailable' });
  return res.send(unavailablePage(visits.frame(req), {}));
}

/** What the person can mend, also where the HTTP parser found it first. */
function asUserError(error: unknown): UserError | undefined {
  if (error instanceof UserError) return error;
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status === 413) return new UserError('too_large');
  if (typeof status === 'number' && status >= 400 && status < 500) return new UserError('request_invalid');
  return undefined;
}

/** The whole of HTTP, in the order a request passes it. */
export function makeServer(needs: Needs): Express {
  const { config, accounts, applications, house, journeys, legacy, log, look, metrics, moderation, now } = needs;
  const { oidc, onHouseChanged, profiles, readiness, recent, refusals, register, relay, saml, seen, watch } = needs;
  const secure = config.ALUCO_URL.startsWith('https:');
  const visits = makeVisits({ config, accounts, applications, journeys, look, metrics, moderation, now, oidc });
  const ways = makeWays({ config, accounts, journeys, metrics, now, oidc, saml, visits });
  const work = makeWork({ accounts, seals: needs.seals, transients: needs.transients, now });
  const arrivals = makeArrivals({ config, accounts, oidc });
  const oldAccounts = makeOldAccounts({ legacy, profiles });
  const newProfiles = makeNewProfiles({ accounts, moderation, now, oldAccounts, profiles });
  const aliasDomain = config.ALUCO_ALIAS_DOMAIN;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', isTrusted(config.ALUCO_TRUSTED_PROXIES));

  app.use(measure(metrics));
  app.use(securityHeaders(secure));
  app.use(healthRoutes({ readiness, metrics, token: config.ALUCO_METRICS_TOKEN, seen }));
  app.use(diagnosisRoutes({ keys: needs.diagnosisKeys, now, isTrusted: isTrusted(config.ALUCO_TRUSTED_PROXIES) }));
  app.use(believeOnly(config.ALUCO_TRUSTED_PROXIES));
  app.use(look.routes);
  app.use(
    '/assets',
    express.static(path.join(ROOT, 'views/assets'), {
      maxAge: WEEK,
      index: false,
      redirect: false,
      fallthrough: false,
    }),
  );
  app.use((req, _res, next) => {
    if (req.originalUrl.length > ADDRESS_LIMIT) throw new UserError('request_invalid');
    next();
  });

  // The protocol's addresses parse their own bodies and are called across origins by design: they come first.
  app.use((req, res, next) => {
    if (!isProtocol(req)) return next();
    if (req.path === '/oidc/jwks' || req.path.startsWith('/.well-known/'))
      res.setHeader('cache-control', 'public, max-age=300');
    return oidc.handle(req, res);
  });
  app.use(samlRoutes({ config, saml, visits }));

  // A mail program's request comes from no page of ours.
  app.use(stopNoticesRoutes({ legacy, visits }));

  const fromOurPages = sameOriginOnly(config.ALUCO_URL);
  const fromAnyAddress = ownHostOnly(config.ALUCO_URL);
  app.use(neverStore, async (req, res, next) => {
    // Before there is an administrator, nobody has said yet what our address is.
    const isUnderAnyAddress =
      req.path === FIRST_RUN_PATH || (req.path === '/language' && (await accounts.firstRun.isNeeded()));
    if (isUnderAnyAddress) return fromAnyAddress(req, res, next);
    return fromOurPages(req, res, next);
  });
  app.use(express.urlencoded({ extended: false, limit: FORM_LIMIT, parameterLimit: FORM_FIELDS }));

  app.post('/language', async (req, res) => {
    const language = field(req, 'language') === 'en' ? 'en' : 'fr';
    const person = await visits.findPerson(req, res);
    if (person !== undefined && look.instance.languages.includes(language))
      await accounts.setLanguage(person.account.id, language);
    visits.remember(res, language);
    res.redirect(303, `/${field(req, 'back').replace(/^[/\\]+/u, '')}`);
  });

  app.use(signedOutRoutes({ config, applications, oidc, saml, visits }));
  app.use(firstRunRoutes({ config, accounts, house, log, onHouseChanged, visits }));
  app.use(linkRoutes({ config, accounts, applications, arrivals, journeys, moderation, now, oidc, visits, ways }));
  app.use(
    journeyRoutes({
      config,
      accounts,
      arrivals,
      applications,
      journeys,
      legacy,
      log,
      metrics,
      moderation,
      newProfiles,
      now,
      oidc,
      oldAccounts,
      profiles,
      saml,
      visits,
      ways,
      work,
    }),
  );
  app.use(
    homeRoutes({
      contact: config.ALUCO_CONTACT,
      accounts,
      applications,
      aliasDomain,
      legacy,
      newProfiles,
      now,
      oldAccounts,
      profiles,
      visits,
    }),
  );
  const contact = config.ALUCO_CONTACT;
  app.use(oldAccountRoutes({ contact, accounts, applications, legacy, oldAccounts, profiles, visits }));
  const show = makeProfilePage({ accounts, legacy, moderation, oidc, profiles, relay: relay?.owner, saml });
  app.use(profileRoutes({ accounts, applications, config, now, oidc, profiles, saml, show, visits }));
  app.use(profileRequestRoutes({ accounts, applications, now, profiles, show, visits }));
  app.use(relayRoutes({ aliasDomain, applications, profiles, relay: relay?.owner, visits }));
  app.use(invitedRoutes({ contact, accounts, applications, moderation, now, oldAccounts, profiles, visits }));
  app.use(delegatedRoutes({ accounts, visits }));
  app.use(passkeyRoutes({ accounts, journeys, oidc, visits }));
  app.use(securityRoutes({ accounts, oidc, visits }));
  app.use(accountRoutes({ accounts, config, oidc, saml, visits }));
  app.use(sessionRoutes({ accounts, config, now, oidc, saml, visits }));
  app.use(
    dataRoutes({
      config,
      accounts,
      applications,
      legacy,
      moderation,
      now,
      oidc,
      profiles,
      relay: relay?.owner,
      saml,
      visits,
    }),
  );
  app.use(leaveRoutes({ accounts, config, now, oidc, visits }));
  app.use(passwordRoutes({ accounts, config, now, oidc, visits }));
  app.use(mailboxRoutes({ accounts, config, relay: relay?.owner, visits }));
  app.use(applicationRoutes({ accounts, applications, visits }));
  app.use(moderatorRoutes({ accounts, applications, issuer: config.ALUCO_URL, moderation, now, visits }));
  app.use(colleagueRoutes({ moderation, visits }));
  app.use(profileInvitationRoutes({ issuer: config.ALUCO_URL, moderation, now, visits }));
  app.use(oldAccountsRoutes({ applications, legacy, visits }));
  app.use(oldAccountsUploadRoutes({ applications, legacy, visits }));
  app.use(oldAccountsFileRoutes({ applications, legacy, now, visits }));
  app.use(oldAccountsNoticesRoutes({ applications, config, isQuiet: needs.isQuiet, legacy, visits }));
  app.use(oldAccountsHandRoutes({ applications, issuer: config.ALUCO_URL, legacy, visits }));
  app.use(oldAccountsTellRoutes({ applications, issuer: config.ALUCO_URL, legacy, visits }));
  app.use(mailSenderRoutes({ applications, config, refusals, visits }));
  app.use(tryRoutes({ config, accounts, applications, journeys, now, oidc, profiles, recent, saml, visits }));
  app.use(templateRoutes({ applications, config, saml, visits }));
  app.use(clientRoutes({ applications, issuer: config.ALUCO_URL, visits }));
  app.use(addServiceProviderRoutes({ applications, saml, visits }));
  app.use(serviceProviderRoutes({ applications, now, saml, visits }));
  app.use(examineRoutes({ applications, profiles, saml, visits }));
  app.use(samlAdminRoutes({ applications, saml, visits }));
  app.use(accountsRoutes({ accounts, issuer: config.ALUCO_URL, now, visits }));
  app.use(accountRoutesForAdministrators({ accounts, issuer: config.ALUCO_URL, now, visits }));
  app.use(requestRoutes({ accounts, applications, visits }));
  app.use(accountLogRoutes({ accounts, days: config.ALUCO_ACCOUNT_LOG_DAYS, visits }));
  app.use(caseRoutes({ accounts, applications, moderation, profiles, register, visits }));
  const noticeDays = config.ALUCO_UNSEALING_NOTICE_DAYS;
  const hasConnections = config.ALUCO_CONNECTION_MONTHS > 0;
  app.use(unsealingRoutes({ applications, hasConnections, noticeDays, profiles, register, visits }));
  app.use(registerRoutes({ noticeDays, register, visits }));
  app.use(overviewRoutes({ moderation, visits }));
  app.use(moderationRequestRoutes({ moderation, visits }));
  app.use(digestRoutes({ moderation, visits }));
  app.use(moderatedProfileRoutes({ moderation, register, visits }));
  app.use(decisionRoutes({ moderation, visits }));
  app.use(moderationLogRoutes({ moderation, visits }));
  app.use(appealRoutes({ moderation, visits }));
  app.use(exceptionRoutes({ moderation, visits }));
  app.use(reasonRoutes({ moderation, visits }));
  app.use(ruleRoutes({ moderation, profiles, visits }));
  app.use(ownDecisionRoutes({ applications, moderation, profiles, visits }));
  app.use(groupRoutes({ accounts, visits }));
  app.use(relayAdminRoutes({ desk: relay, visits }));
  app.use(houseRoutes({ applications, config, house, look, onHouseChanged, visits }));

  app.get(FORM_ADDRESS, (req, res) => {
    res.redirect(303, FORM_ADDRESS.exec(req.path)?.[1] ?? '/');
  });

  app.use(() => {
    throw new UserError('not_found');
  });
  app.use(errorHandler(visits, log, watch));
  return app;
}

function isProtocol(req: Request): boolean {
  return req.path.startsWith('/oidc/') || req.path === '/.well-known/openid-configuration';
}
