import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Applications, ServiceProvider } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import {
  NO_ASKS,
  outcomeOfRefusal,
  type Asks,
  type Journey,
  type Journeys,
  type RecentSignIns,
} from '../journey/journey.ts';
import type { Metrics } from '../metrics.ts';
import { randomId } from '../storage/seal.ts';
import { journeyRef, type Asked, type Done, type makeAnswers } from './answers.ts';
import type { BrowserSessions } from './browser-sessions.ts';
import { USUAL } from './judge-context.ts';
import { judgeAuthnRequest, usualConsumer } from './judge.ts';
import { openMessage } from './message.ts';
import { isUsable } from './metadata-validity.ts';
import type { Ours } from './ours.ts';
import { reasonOf, refuse } from './problem.ts';
import type { Received } from './received.ts';
import type { Turn } from './turns.ts';
import type { Waiting, WaitingSignIn } from './waiting.ts';
import type { Way } from './way.ts';

type Needs = {
  answers: ReturnType<typeof makeAnswers>;
  applications: Applications;
  browserSessions: BrowserSessions;
  journeys: Journeys;
  metrics: Pick<Metrics, 'signIn'>;
  now: () => number;
  ours: Ours;
  recent: Pick<RecentSignIns, 'record'>;
  turn: Turn;
  waiting: Waiting;
};

const asksOf = ({ forceAuthn, level, subject }: WaitingSignIn): Asks => ({
  ...NO_ASKS,
  login: forceAuthn,
  level,
  subject,
});

/** Sign-ins that service providers ask for (SAML Profiles §4.1): the same journey as every other. */
export function makeSignIns(needs: Needs) {
  const { answers, applications, browserSessions, journeys, metrics, now, ours, recent, turn, waiting } = needs;

  async function begin(asked: Asked, network: string, profileId?: string): Promise<Way> {
    const { application, waiting: kept } = asked;
    const id = randomId();
    const beginning = { protocol: 'saml', applicationId: application.id, asks: asksOf(kept) } as const;
    const { journey, browser } = await journeys.begin(beginning, network, id);
    await waiting.signIns.put(kept, id);
    if (profileId !== undefined) await journeys.save(journeys.chosen(journey, profileId));
    metrics.signIn(application.id, 'begun');
    answers.note(asked, { outcome: 'begun', stranger: true, refs: [journeyRef(id)] });
    return { kind: 'journey', id, browser };
  }

  /** The service provider that says it sent a message, and what the message asks for. */
  async function read(received: Received): Promise<WaitingSignIn> {
    await turn();
    const opened = openMessage(received);
    const provider = await applications.serviceProviderNamed(opened.issuer);
    if (provider === undefined) refuse('issuer_unknown');
    const application = await applications.get(provider.applicationId);
    try {
      if (!isUsable(provider, now())) refuse('metadata_expired');
      const { message, signed } = opened.verify(provider.signingCertificates);
      if (message.kind !== 'AuthnRequest') refuse('message_unexpected');
      const { forceAuthn, isPassive } = message;
      const judged = judgeAuthnRequest(message, signed, provider, {
        now: now(),
        destination: ours.ssoUrl,
        entityId: ours.entityId,
        sendsAddress: application.email === 'alias',
      });
      return {
        ...judged,
        providerId: provider.id,
        requestId: message.id,
        signed,
        relayState: received.relayState,
        forceAuthn,
        isPassive,
      };
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== undefined)
        answers.note({ provider, application }, { outcome: 'saml_refused', asked: reason, stranger: true });
      throw error;
    }
  }

  /** Answers a request at once where nothing is missing; otherwise a journey begins. */
  async function go(
    req: IncomingMessage & { ip?: string | undefined },
    res: ServerResponse,
    kept: WaitingSignIn,
  ): Promise<Way> {
    const asked = await answers.askedBy(kept);
    const { application, provider } = asked;
    if (kept.status !== undefined) return answers.sayNo(asked, kept.status, !kept.signed);
    const session = await browserSessions.readSession(req, res);
    const standing = await browserSessions.standingProfile(session, application.id, provider.id);
    const step = await journeys.consider(asksOf(kept), application, session?.proof, standing);
    if (step.name === 'done') return answers.answer(req, res, asked, step, undefined);
    if (kept.isPassive) return answers.sayNo(asked, 'NoPassive', !kept.signed);
    return begin(asked, req.ip ?? '');
  }

  return {
    /**
     * A request that came by the Redirect binding.
     * @throws {UserError} saml_message_invalid {reason}, saml_answered_already, try_later {seconds}, expired
     */
    async receive(req: IncomingMessage, res: ServerResponse, received: Received): Promise<Way> {
      return go(req, res, await read(received));
    },

    /**
     * A request that came by POST, from another site and so without our cookies: it waits for the browser to come back.
     * @returns the id to come back with.
     * @throws {UserError} saml_message_invalid {reason}
     */
    async receivePosted(received: Received): Promise<string> {
      return waiting.postedSignIns.put(await read(received));
    },

    /** The browser has come back. @throws {UserError} as `receive` */
    async resume(req: IncomingMessage, res: ServerResponse, id: string): Promise<Way> {
      const kept = await waiting.postedSignIns.find(id);
      if (kept === undefined) throw new UserError('expired');
      return go(req, res, kept);
    },

    /**
     * Answers the request of a journey that is done.
     * @throws {UserError} expired, saml_answered_already
     */
    async finish(req: IncomingMessage, res: ServerResponse, journey: Journey, step: Done): Promise<Way> {
      return answers.answer(req, res, await answers.askedBy(await waiting.signIns.find(journey.id)), step, journey);
    },

    /**
     * Ends a journey that the person gave up: the application hears `RequestDenied`, and `NoAuthnContext` where it
     * `isUnmet` how strong a sign-in it asked for; where it asked for nothing, the way leads back to us.
     * @throws {UserError} expired
     */
    async abandon(journey: Journey, isUnmet = false): Promise<Way> {
      const asked = await answers.askedBy(await waiting.signIns.find(journey.id));
      await journeys.end(journey);
      if (asked.waiting.requestId === undefined) return { kind: 'redirect', location: '/' };
      return answers.sayNo(asked, isUnmet ? 'NoAuthnContext' : 'RequestDenied', false, [journeyRef(journey.id)]);
    },

    /** Takes note that a journey came to a refusal, for the application's administrators. */
    async noteRefusal(journey: Journey, code: string): Promise<void> {
      const kept = await waiting.signIns.find(journey.id);
      if (kept === undefined || journey.applicationId === undefined) return;
      const outcome = outcomeOfRefusal(code);
      const refs = [journeyRef(journey.id)];
      recent.record(journey.applicationId, { clientId: kept.providerId, outcome, stranger: false, refs });
    },

    /** The service provider of an application that people may enter from their own pages. */
    async unsolicited(applicationId: string): Promise<ServiceProvider | undefined> {
      const { email } = await applications.get(applicationId);
      return (await applications.serviceProvidersOf(applicationId)).find(
        (provider) =>
          provider.unsolicited &&
          isUsable(provider, now()) &&
          (provider.nameId !== 'emailAddress' || email === 'alias'),
      );
    },

    /**
     * Begins a sign-in that no service provider asked for (SAML Profiles §4.1.5), with the profile chosen beforehand.
     * @throws {UserError} not_found, try_later {seconds}
     */
    async beginUnsolicited(network: string, applicationId: string, profileId: string): Promise<Way> {
      const provider = await this.unsolicited(applicationId);
      const consumer = provider === undefined ? undefined : usualConsumer(provider);
      if (provider === undefined || consumer === undefined) throw new UserError('not_found');
      const kept: WaitingSignIn = {
        providerId: provider.id,
        signed: false,
        consumer,
        nameId: provider.nameId,
        ...USUAL,
        ...(provider.unsolicitedState === undefined ? {} : { relayState: provider.unsolicitedState }),
        forceAuthn: false,
        isPassive: false,
      };
      return begin(await answers.askedBy(kept), network, profileId);
    },
  };
}
