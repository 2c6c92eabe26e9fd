import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { Accounts, Sessions } from '../accounts/accounts.ts';
import type { Applications, Client } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import {
  isFresh,
  outcomeOfRefusal,
  type AsTold,
  type Holders,
  type Journey,
  type Journeys,
  type NoteEntry,
  type RecentSignIns,
  type Step,
} from '../journey/journey.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { makeFetch, type Lookup } from '../private-networks.ts';
import type { Profile, Profiles } from '../profiles/profiles.ts';
import { hashId, type Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import type { Transients } from '../storage/transient.ts';
import { makeAdapter } from './adapter.ts';
import { makeClaims } from './claims.ts';
import { acrOf } from './acr.ts';
import { describeDevice } from './device.ts';
import { makeBrowserSessions } from './browser-sessions.ts';
import { makeEndings, type SessionBody } from './endings.ts';
import { makeGrants } from './grants.ts';
import { makeSigningKeys } from './keys.ts';
import { makeLogoutQueue } from './logout-queue.ts';
import { makePace } from './pace.ts';
import type { OidcPages } from './pages.ts';
import { makeRequests } from './prompts.ts';
import { journeyRefs } from './watch.ts';
import type { AskedFor, Sent } from './preview.ts';
import { preview, buildProvider, sendLogout, UNMET, withState, type Login, type LogoutChoice } from './provider.ts';
import type { SessionLife } from './session-life.ts';
import { makeTokenStore } from './store.ts';
import { completeLogout, postedQuery, tolerateDoubleCredentials } from './tolerance.ts';

export type { BrowserSession } from './browser-sessions.ts';
export type { OidcPages } from './pages.ts';
export { claimScopes, lifetimes } from './preview.ts';
export { endOfStored, makeSessionLife } from './session-life.ts';
export { journeyCookie } from './provider.ts';

type Needs = {
  issuer: string;
  aliasDomain: string;
  privateNetworks: Parameters<typeof makeFetch>[0];
  keyDays: number;
  accounts: Pick<Accounts, 'endProofs'>;
  applications: Applications;
  asTold: AsTold;
  holders: Holders;
  journeys: Journeys;
  life: SessionLife;
  log: Log;
  lookup: Lookup;
  metrics: Metrics;
  noteEntry: NoteEntry;
  now: () => number;
  pages: OidcPages;
  /** Told of an error that ended a request because the database is away. */
  onUnavailable: (error: unknown) => void;
  profiles: Pick<Profiles, 'find' | 'all'>;
  recent: RecentSignIns;
  seals: Seals;
  sessions: Sessions;
  storage: Storage;
  transients: Transients;
};

export type Oidc = Awaited<ReturnType<typeof makeOidc>>;

/** OpenID Connect: everything outside speaks to this door and never to the library. */
export async function makeOidc(needs: Needs) {
  const { issuer, applications, journeys, now, seals, sessions, storage, transients } = needs;
  const serving = new AsyncLocalStorage<IncomingMessage>();
  const isTooFast = makePace();
  const url = new URL(issuer);

  const tokens = makeTokenStore({ storage, seals, request: () => serving.getStore() });
  const requests = makeRequests({ journeys, applications, tokens });
  const claims = makeClaims({ ...needs, tokens });
  const keys = makeSigningKeys({ storage, seals, now });
  const providerNeeds = {
    ...needs,
    requests,
    claims,
    grants: makeGrants({ now, requests, tokens }),
    fetch: makeFetch(needs.privateNetworks, needs.lookup),
    cookieKeys: seals.keysFor('cookies'),
    network: () => (serving.getStore() as { ip?: string } | undefined)?.ip ?? '',
    adapter: makeAdapter({
      applications,
      sessions,
      tokens,
      transients,
      issuer,
      now,
      device: () => describeDevice(serving.getStore()),
    }),
  };

  await keys.ensure();
  let published = await keys.current();
  let provider: Provider = buildProvider(providerNeeds, published);
  let answer = provider.callback();

  const queue = makeLogoutQueue({
    storage,
    seals,
    now,
    log: needs.log,
    metrics: needs.metrics,
    send: ({ clientId, subject, sid }) => sendLogout(provider, clientId, subject, sid),
  });
  const endings = makeEndings({
    accounts: needs.accounts,
    applications,
    profiles: needs.profiles,
    sessions,
    tokens,
    queue,
    now,
  });
  const browserSessions = makeBrowserSessions({
    applications,
    endings,
    life: needs.life,
    now,
    pinAddress,
    provider: () => provider,
    requests,
    secure: url.protocol === 'https:',
    serve: (req, work) => serving.run(req, work),
    sessions,
    tokens,
  });

  /** The library builds addresses from the request's host: it is always told the configured one. */
  function pinAddress(req: IncomingMessage): void {
    for (const name of ['x-forwarded-host', 'x-forwarded-port', 'forwarded']) delete req.headers[name];
    req.headers.host = url.host;
    req.headers['x-forwarded-proto'] = url.protocol.slice(0, -1);
  }

  const { open: _, ...sessionsForPages } = browserSessions;

  return {
    /** What was granted, ended: for accounts, profiles and sessions. */
    endings,
    ...sessionsForPages,
    /** Ends what one participant holds under a session: see `endings.ts`. */
    endParticipation: endings.endParticipation,
    claimsOf: claims.claimsOf,

    /**
     * What a client would be sent for an account's own profile, made by the code that issues it; nothing where the
     * client is gone. Values that differ each time are null.
     */
    async preview(accountId: string, profile: Profile, client: Client, asked: AskedFor): Promise<Sent | undefined> {
      const application = await applications.get(client.applicationId);
      const available = await claims.claimsFor(accountId, application, profile);
      return preview(provider, issuer, client, available, asked);
    },

    /** The browser behind a request in words, such as "Firefox, Linux"; empty when it does not say. */
    deviceOf: describeDevice,

    /** Answers a request to one of the protocol's addresses. */
    async handle(req: IncomingMessage & { ip?: string | undefined }, res: ServerResponse): Promise<void> {
      pinAddress(req);
      if (await isTooFast(req, res, req.ip ?? '')) return;
      const location = await postedQuery(req);
      if (location !== undefined) {
        res.writeHead(303, { location, 'cache-control': 'no-store' }).end();
        return;
      }
      await tolerateDoubleCredentials(req, applications);
      await completeLogout(req, applications);
      await serving.run(req, () => answer(req, res));
    },

    /**
     * Hands a finished journey back to the protocol.
     * @returns the address to send the browser to.
     * @throws {UserError} expired
     */
    async finish(
      req: IncomingMessage,
      res: ServerResponse,
      journey: Journey,
      step: Step & { name: 'done' },
    ): Promise<string> {
      pinAddress(req);
      const interaction = await provider.interactionDetails(req, res).catch(() => {
        throw new UserError('expired');
      });
      if (interaction.uid !== journey.id) throw new UserError('expired');
      // Another person on the same browser: nothing of the first may be left (A59), also where they came after this
      // journey began.
      const { session } = await browserSessions.open(req, res);
      const isOther = session.accountId !== undefined && session.accountId !== step.accountId;
      if (isOther) {
        await endings.endSession(session as unknown as SessionBody, undefined);
        await session.destroy();
        // Also where a request beside this one has just given it another id.
        await sessions.removeByHandle(hashId(session.uid));
      }
      if (interaction.session !== undefined && (isOther || interaction.session.uid !== session.uid)) {
        delete (interaction as { session?: unknown }).session;
        await interaction.persist();
      }
      const login: Login = {
        accountId: step.accountId,
        ts: Math.floor(step.authenticatedAt / 1000),
        acr: acrOf(step.level),
        isFresh: isFresh(journey),
      };
      const result = { ...(journey.proof === undefined ? {} : { login }), select_account: {}, create: {}, consent: {} };
      return provider.interactionResult(req, res, result, { mergeWithLastSubmission: false });
    },

    /**
     * Hands a journey back that the person gave up or may not finish.
     * @returns the address to send the browser to: the application hears `access_denied`, and where it `isUnmet` how
     * strong a sign-in it asked for, that.
     * @throws {UserError} expired
     */
    async abandon(req: IncomingMessage, res: ServerResponse, isUnmet = false): Promise<string> {
      pinAddress(req);
      const result = {
        error: isUnmet ? UNMET : 'access_denied',
        error_description: 'the sign-in was not finished',
      };
      return provider.interactionResult(req, res, result, { mergeWithLastSubmission: false }).catch(() => {
        throw new UserError('expired');
      });
    },

    /** Takes note that a journey came to a refusal, for the application's administrators. */
    async noteRefusal(req: IncomingMessage, res: ServerResponse, code: string): Promise<void> {
      pinAddress(req);
      const interaction = await provider.interactionDetails(req, res).catch(() => undefined);
      const id = interaction?.params['client_id'];
      const client = typeof id === 'string' ? await applications.findClient(id) : undefined;
      if (interaction === undefined || client === undefined) return;
      const report = { outcome: outcomeOfRefusal(code), stranger: false, refs: journeyRefs(interaction) };
      needs.recent.record(client.applicationId, { clientId: client.id, ...report });
    },

    /** The origin the browser will be sent to at the end of a journey, for the page's form-action. */
    async returnOrigin(req: IncomingMessage, res: ServerResponse): Promise<string | undefined> {
      pinAddress(req);
      const interaction = await provider.interactionDetails(req, res).catch(() => undefined);
      return originOf(interaction?.params['redirect_uri']);
    },

    /**
     * Carries out what a logout page was answered with.
     * @returns where to send the browser, or the application whose "signed out" page to show.
     * @throws {UserError} expired
     */
    async leave(
      req: IncomingMessage,
      res: ServerResponse,
      token: string,
      everything: boolean,
    ): Promise<{ location: string | undefined; applicationId: string | undefined }> {
      const kept = await transients.find('Logout', token);
      const session = await browserSessions.readSession(req, res);
      const choice = kept?.value as LogoutChoice | undefined;
      if (choice === undefined || (session !== undefined && session.uid !== choice.sessionUid))
        throw new UserError('expired');
      await transients.remove('Logout', token);
      if (session !== undefined) {
        if (everything || choice.applicationId === undefined)
          await browserSessions.endSession(req, res, choice.applicationId);
        else await browserSessions.leaveApplication(req, res, choice.applicationId);
      }
      const location = choice.returnUri === undefined ? undefined : withState(choice.returnUri, choice.state);
      return { location, applicationId: choice.applicationId };
    },

    /** Sends the logout messages that are due. */
    deliverLogouts: () => queue.deliverDue(),

    /** How many logout messages wait to leave. */
    logoutsWaiting: () => queue.waiting(),

    /** Begins the replacement of the signing keys. */
    rotateKeys: () => keys.rotate(),

    /** Replaces keys on their schedule and takes up what changed on any node. `mayForget`: keys past use may go. */
    async maintainKeys(mayForget = true): Promise<void> {
      await keys.maintain(needs.keyDays, mayForget);
      const fresh = await keys.current();
      if (fresh.map(({ kid }) => kid).join() === published.map(({ kid }) => kid).join()) return;
      published = fresh;
      provider = buildProvider(providerNeeds, published);
      answer = provider.callback();
    },

    /** Forgets tokens that have run out. */
    sweep: () => tokens.sweep(now()),
  };
}

/** The origin of an address for a Content-Security-Policy: scheme and host, or the scheme of a native application. */
export function originOf(address: unknown): string | undefined {
  if (typeof address !== 'string' || !URL.canParse(address)) return undefined;
  const { protocol, origin } = new URL(address);
  return protocol === 'https:' || protocol === 'http:' ? origin : protocol;
}
