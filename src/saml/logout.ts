import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Applications, ServiceProvider } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import type { BrowserSessions, Session } from './browser-sessions.ts';
import { checkDelivery } from './judge.ts';
import type { SamlKeys } from './keys.ts';
import { toForm, toRedirect, writeLogoutRequest, writeLogoutResponse } from './logout-message.ts';
import { openMessage, type LogoutRequest, type LogoutResponse } from './message.ts';
import { refuse } from './problem.ts';
import type { Received } from './received.ts';
import type { SamlSessions } from './sessions.ts';
import { SUCCESS } from './status.ts';
import type { Ours } from './ours.ts';
import type { LogoutTarget, Offers, Waiting, WaitingLogout } from './waiting.ts';
import type { Way } from './way.ts';

type Needs = {
  applications: Applications;
  browserSessions: BrowserSessions;
  keys: SamlKeys;
  now: () => number;
  ours: Ours;
  sessions: SamlSessions;
  waiting: Waiting;
};

type Binding = 'redirect' | 'post';

/** Something that came by POST waits for the browser; what came by Redirect goes on at once. */
type Read =
  { readonly logout: WaitingLogout } | { readonly answered: LogoutResponse; readonly provider: ServiceProvider };

/** An application that can be asked to end its session, and the addresses there that the browser goes through. */
export type Leavable = { readonly applicationId: string; readonly addresses: readonly string[] };

/** Where messages of this kind go: by the binding wished for, if it has that. */
function endpointOf({ logout }: ServiceProvider, wished: Binding, kind: 'request' | 'response') {
  const endpoint = logout.find(({ binding }) => binding === wished) ?? logout[0];
  if (endpoint === undefined) return undefined;
  const url = kind === 'response' ? (endpoint.responseUrl ?? endpoint.url) : endpoint.url;
  return { binding: endpoint.binding, url };
}

/**
 * Single logout (SAML Profiles §4.4), both ways, between us and one service provider at a time: others are not told,
 * for that would show them whose sessions end together (P1).
 */
export function makeLogouts({ applications, browserSessions, keys, now, ours, sessions, waiting }: Needs) {
  async function send(
    provider: ServiceProvider,
    message: { field: 'SAMLRequest' | 'SAMLResponse'; xml: string; relayState?: string | undefined },
    { binding, url }: { binding: Binding; url: string },
  ): Promise<Way> {
    const { field, xml, relayState } = message;
    const { signing } = await keys.current();
    if (binding === 'redirect') return { kind: 'redirect', location: toRedirect(url, field, xml, relayState, signing) };
    const state = relayState === undefined ? [] : [{ name: 'RelayState', value: relayState }];
    const fields = [{ name: field, value: toForm(xml) }, ...state];
    return { kind: 'post', action: url, fields, application: await applications.get(provider.applicationId) };
  }

  async function left(applicationId: string, confirmed: boolean): Promise<Way> {
    return { kind: 'left', application: await applications.get(applicationId), confirmed };
  }

  /** @throws {UserError} saml_message_invalid {reason} */
  async function read(received: Received): Promise<Read> {
    const opened = openMessage(received);
    const provider = await applications.serviceProviderNamed(opened.issuer);
    if (provider === undefined) refuse('issuer_unknown');
    const { message, signed } = opened.verify(provider.signingCertificates);
    if (message.kind === 'AuthnRequest') refuse('message_unexpected');
    if (!signed) refuse('signature_missing');
    checkDelivery(message, signed, { now: now(), destination: ours.sloUrl });
    if (message.kind === 'LogoutResponse') return { answered: message, provider };
    return { logout: await asked(message, provider, received) };
  }

  async function asked(message: LogoutRequest, provider: ServiceProvider, received: Received): Promise<WaitingLogout> {
    if (message.notOnOrAfter !== undefined && message.notOnOrAfter <= now()) refuse('stale');
    if (!(await waiting.once(provider.id, message.id))) refuse('replayed');
    return {
      providerId: provider.id,
      requestId: message.id,
      binding: received.binding,
      relayState: received.relayState,
      nameId: message.nameId?.value,
      sessionIndexes: [...message.sessionIndexes],
    };
  }

  /** Ends the one session that the service provider calls so, if it means the same person. */
  async function end(provider: ServiceProvider, sessionIndex: string, nameId: string | undefined): Promise<boolean> {
    const told = await sessions.find(provider.id, sessionIndex);
    // Ended already, or never its own: there is nothing here to be told apart.
    if (told === undefined) return true;
    if (!told.nameIds.some(({ value }) => value === nameId)) return false;
    await browserSessions.endParticipation(told.uid, provider.id, sessionIndex);
    await sessions.remove(provider.id, sessionIndex);
    return true;
  }

  /** Named by no SessionIndex, only the session of this very browser is meant: never more than that (A89). */
  async function indexesOf(req: IncomingMessage, res: ServerResponse, logout: WaitingLogout): Promise<string[]> {
    if (logout.sessionIndexes.length > 0) return logout.sessionIndexes;
    const session = await browserSessions.readSession(req, res);
    const held = session === undefined ? [] : await browserSessions.participations(session);
    return held.filter(({ participant }) => participant === logout.providerId).map(({ sid }) => sid);
  }

  async function carryOut(req: IncomingMessage, res: ServerResponse, logout: WaitingLogout): Promise<Way> {
    const provider = await applications.findServiceProvider(logout.providerId);
    if (provider === undefined) throw new UserError('expired');
    const indexes = await indexesOf(req, res, logout);
    const ended: boolean[] = [];
    for (const index of indexes) ended.push(await end(provider, index, logout.nameId));
    const status = ended.every(Boolean) ? 'Success' : 'UnknownPrincipal';
    const endpoint = endpointOf(provider, logout.binding, 'response');
    if (endpoint === undefined) return left(provider.applicationId, status === 'Success');
    const { xml } = writeLogoutResponse(
      {
        issuer: ours.entityId,
        destination: endpoint.url,
        now: now(),
        binding: endpoint.binding,
        inResponseTo: logout.requestId,
        status,
      },
      (await keys.current()).signing,
    );
    return send(provider, { field: 'SAMLResponse', xml, relayState: logout.relayState }, endpoint);
  }

  /** Asks the next service provider to end its session; when there is none left, the person is told. */
  async function askNext(applicationId: string, targets: readonly LogoutTarget[], confirmed: boolean): Promise<Way> {
    const [target, ...rest] = targets;
    if (target === undefined) return left(applicationId, confirmed);
    const provider = await applications.findServiceProvider(target.providerId);
    const endpoint = provider === undefined ? undefined : endpointOf(provider, 'redirect', 'request');
    if (provider === undefined || endpoint === undefined) return askNext(applicationId, rest, false);
    const { id, xml } = writeLogoutRequest(
      {
        issuer: ours.entityId,
        destination: endpoint.url,
        now: now(),
        binding: endpoint.binding,
        nameId: target.nameId,
        sessionIndexes: [target.sessionIndex],
      },
      (await keys.current()).signing,
    );
    await waiting.leavings.put({ applicationId, providerId: provider.id, rest }, id);
    return send(provider, { field: 'SAMLRequest', xml }, endpoint);
  }

  /** An answer to what we asked. One that we never asked for changes nothing. */
  async function answered(message: LogoutResponse, provider: ServiceProvider): Promise<Way> {
    const leaving = message.inResponseTo === undefined ? undefined : await waiting.leavings.take(message.inResponseTo);
    if (leaving?.providerId !== provider.id) refuse('answer_unexpected');
    return askNext(leaving.applicationId, leaving.rest, message.statusCodes[0] === SUCCESS);
  }

  /** What a session holds at service providers that can be asked to end it, by application. */
  async function targetsOf(session: Session): Promise<Map<string, LogoutTarget[]>> {
    const found = new Map<string, LogoutTarget[]>();
    for (const { participant, sid } of await browserSessions.participations(session)) {
      const provider = await applications.findServiceProvider(participant);
      const told = provider === undefined ? undefined : await sessions.find(provider.id, sid);
      const [nameId] = told?.nameIds ?? [];
      if (provider === undefined || nameId === undefined || provider.logout.length === 0) continue;
      const before = found.get(provider.applicationId) ?? [];
      const target = { providerId: provider.id, sessionIndex: sid, nameId };
      found.set(provider.applicationId, [...before, target]);
    }
    return found;
  }

  async function leavableFor(applicationId: string, targets: readonly LogoutTarget[]): Promise<Leavable> {
    const asked = await Promise.all(targets.map(({ providerId }) => applications.findServiceProvider(providerId)));
    const addresses = asked.flatMap((provider) => {
      const endpoint = provider === undefined ? undefined : endpointOf(provider, 'redirect', 'request');
      return endpoint?.url ?? [];
    });
    return { applicationId, addresses };
  }

  return {
    /**
     * A message that came by the Redirect binding.
     * @throws {UserError} saml_message_invalid {reason}, expired
     */
    async receive(req: IncomingMessage, res: ServerResponse, received: Received): Promise<Way> {
      const message = await read(received);
      if ('answered' in message) return answered(message.answered, message.provider);
      return carryOut(req, res, message.logout);
    },

    /**
     * A message that came by POST, without our cookies: an answer is taken at once, a request waits for the browser.
     * @returns the way on, or the id to come back with.
     * @throws {UserError} saml_message_invalid {reason}
     */
    async receivePosted(received: Received): Promise<Way | string> {
      const message = await read(received);
      if ('answered' in message) return answered(message.answered, message.provider);
      return waiting.logouts.put(message.logout);
    },

    /** The browser has come back. @throws {UserError} expired */
    async resume(req: IncomingMessage, res: ServerResponse, id: string): Promise<Way> {
      const logout = await waiting.logouts.take(id);
      if (logout === undefined) throw new UserError('expired');
      return carryOut(req, res, logout);
    },

    /** The applications that a session could still be ended at by their service providers. */
    async leavable(session: Session): Promise<readonly Leavable[]> {
      const targets = [...(await targetsOf(session))];
      return Promise.all(targets.map(([applicationId, rest]) => leavableFor(applicationId, rest)));
    },

    /** Ends what an application holds under this browser's session, here at once and then there. */
    async leave(req: IncomingMessage, res: ServerResponse, applicationId: string): Promise<Way> {
      const session = await browserSessions.readSession(req, res);
      const targets = session === undefined ? [] : ((await targetsOf(session)).get(applicationId) ?? []);
      await browserSessions.leaveApplication(req, res, applicationId);
      return askNext(applicationId, targets, true);
    },

    /**
     * For somebody who is about to sign out everywhere: what is needed to sign out of single applications afterwards,
     * while the session still says so. Each application is told only where the person asks for it.
     */
    async offersOf(session: Session): Promise<Offers> {
      return [...(await targetsOf(session))].map(([applicationId, rest]) => ({ applicationId, rest }));
    },

    /**
     * Keeps them for some minutes.
     * @returns a secret for the cookie of this very browser; nothing where there is nothing to offer.
     */
    async keepOffers(offers: Offers): Promise<string | undefined> {
      return offers.length === 0 ? undefined : waiting.offers.put([...offers]);
    },

    /** The applications that a secret of `keepOffers` is for. */
    async offers(token: string): Promise<readonly Leavable[]> {
      const offers = (await waiting.offers.find(token)) ?? [];
      return Promise.all(offers.map(({ applicationId, rest }) => leavableFor(applicationId, rest)));
    },

    /** Carries one of them out. @throws {UserError} expired */
    async acceptOffer(token: string, applicationId: string): Promise<Way> {
      const offers = (await waiting.offers.find(token)) ?? [];
      const offer = offers.find((one) => one.applicationId === applicationId);
      if (offer === undefined) throw new UserError('expired');
      await waiting.offers.put(
        offers.filter((one) => one !== offer),
        token,
      );
      return askNext(applicationId, offer.rest, true);
    },
  };
}
