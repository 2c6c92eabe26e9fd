import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Application, Applications, ServiceProvider } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import {
  coarse,
  NO_ASKS,
  type Asks,
  type Holder,
  type Holders,
  type Journey,
  type Journeys,
  type NoteEntry,
  type RecentSignIns,
  type Report,
  type Step,
} from '../journey/journey.ts';
import type { Metrics } from '../metrics.ts';
import { randomId } from '../storage/seal.ts';
import { attributesOf, lastingNameId } from './attributes.ts';
import type { BrowserSessions } from './browser-sessions.ts';
import { contextClassFor } from './judge-context.ts';
import { judgeAuthnRequest } from './judge.ts';
import type { SamlKeys } from './keys.ts';
import { toForm } from './logout-message.ts';
import { openMessage } from './message.ts';
import { isUsable } from './metadata-validity.ts';
import { problem, reasonOf } from './problem.ts';
import type { Received } from './received.ts';
import { writeResponse, writeStatus, type Answer, type Refusal } from './response.ts';
import type { SamlSessions } from './sessions.ts';
import type { Turn } from './turns.ts';
import { NAME_ID_URIS } from './vocabulary.ts';
import type { Waiting, WaitingSignIn } from './waiting.ts';
import type { Way } from './way.ts';

/** Our entity ID and addresses. */
export type Ours = {
  readonly entityId: string;
  readonly ssoUrl: string;
  readonly sloUrl: string;
  /** After the @ of subject attributes. */
  readonly scope: string;
  readonly aliasDomain: string;
};

type Needs = {
  applications: Applications;
  browserSessions: BrowserSessions;
  holders: Holders;
  journeys: Journeys;
  keys: SamlKeys;
  metrics: Pick<Metrics, 'signIn'>;
  noteEntry: NoteEntry;
  now: () => number;
  ours: Ours;
  recent: Pick<RecentSignIns, 'record'>;
  sessions: SamlSessions;
  turn: Turn;
  waiting: Waiting;
};

type Done = Step & { readonly name: 'done' };

/** A request under way: what was asked, who asked, and at which application. */
type Asked = { readonly waiting: WaitingSignIn; readonly provider: ServiceProvider; readonly application: Application };

/** What an unsigned request, or one without a person behind it, may be kept of: nobody in particular caused it. */
type Noted = Pick<Report, 'outcome' | 'stranger'> & { readonly asked?: string; readonly refs?: readonly string[] };

const journeyRef = (id: string): string => `journey:${id}`;

/** What an answer says, but for where it goes. */
export function contentOf(
  ours: Ours,
  provider: ServiceProvider,
  holder: Holder,
  nameId: Answer['nameId'],
): Pick<Answer, 'issuer' | 'audience' | 'nameId' | 'attributes' | 'encryption'> {
  const { aliasDomain, scope } = ours;
  const [certificate] = provider.encryptionCertificates;
  const algorithm = provider.encryptionAlgorithms[0] ?? 'aes256-cbc';
  return {
    issuer: ours.entityId,
    audience: provider.entityId,
    nameId,
    attributes: attributesOf({ provider, holder, aliasDomain, scope }),
    encryption: provider.encrypt && certificate !== undefined ? { certificate, algorithm } : undefined,
  };
}

/** Sign-ins that service providers ask for (SAML Profiles §4.1): the same journey as every other, and its answers. */
export function makeSignIns(needs: Needs) {
  const { applications, browserSessions, holders, journeys, keys, metrics } = needs;
  const { now, ours, recent, sessions, turn, waiting } = needs;

  function note({ provider, application }: Pick<Asked, 'provider' | 'application'>, noted: Noted): void {
    recent.record(application.id, { clientId: provider.id, ...noted });
  }

  async function askedBy(kept: WaitingSignIn | undefined): Promise<Asked> {
    const provider = kept === undefined ? undefined : await applications.findServiceProvider(kept.providerId);
    if (kept === undefined || provider === undefined) throw new UserError('expired');
    // An address that is registered no longer gets nothing, whatever was asked before.
    if (!provider.consumers.some(({ url }) => url === kept.consumer)) throw new UserError('expired');
    // Nor does one whom nobody vouches for any more, or who is to sign what it asks by now (P4).
    if (!isUsable(provider, now())) throw problem('metadata_expired');
    if (kept.requestId === undefined && !provider.unsolicited) throw new UserError('expired');
    if (provider.signedRequests && !kept.signed && kept.requestId !== undefined) throw problem('signature_missing');
    return { waiting: kept, provider, application: await applications.get(provider.applicationId) };
  }

  const asksOf = ({ forceAuthn, subject }: WaitingSignIn): Asks => ({ ...NO_ASKS, login: forceAuthn, subject });

  function hand({ waiting: kept, application }: Asked, xml: string): Way {
    const state = kept.relayState === undefined ? [] : [{ name: 'RelayState', value: kept.relayState }];
    const fields = [{ name: 'SAMLResponse', value: toForm(xml) }, ...state];
    return { kind: 'post', action: kept.consumer, fields, application };
  }

  const envelopeOf = ({ consumer, requestId }: WaitingSignIn) => ({
    issuer: ours.entityId,
    destination: consumer,
    inResponseTo: requestId,
    now: now(),
  });

  /** Tells the application why there is no sign-in. */
  async function refuse(asked: Asked, status: string, stranger: boolean, refs: readonly string[] = []): Promise<Way> {
    const { signing } = await keys.current();
    note(asked, { outcome: status === 'RequestDenied' ? 'gave_up' : 'saml_status', asked: status, stranger, refs });
    metrics.signIn(asked.application.id, 'refused', status);
    return hand(asked, writeStatus({ ...envelopeOf(asked.waiting), status: status as Refusal['status'] }, signing));
  }

  /** As whom the service provider knows this session: a lasting NameID, or the one it was told before. */
  async function nameIdFor(
    { waiting: { nameId: format }, provider }: Asked,
    holder: Holder,
    { uid, sid }: { uid: string; sid: string },
  ): Promise<Answer['nameId']> {
    const uri = NAME_ID_URIS[format];
    const before = await sessions.find(provider.id, sid);
    const lasting = lastingNameId(format, { holder, aliasDomain: ours.aliasDomain });
    const told = before?.uid === uid ? before.nameIds : [];
    const same = told.find(({ format: known, value }) => known === uri && (lasting ?? value) === value);
    if (same !== undefined) return same;
    const nameId = { format: uri, value: lasting ?? randomId() };
    const nameIds = [nameId, ...told.filter(({ format: known }) => known !== uri)];
    await sessions.put(provider.id, sid, { uid, nameIds, expiresAt: now() + browserSessions.longestHold });
    return nameId;
  }

  /** Gives the answer that a person has earned, once for each request. Who they are is asked anew (P4). */
  async function answer(
    req: IncomingMessage,
    res: ServerResponse,
    asked: Asked,
    step: Done,
    journey: Journey | undefined,
  ): Promise<Way> {
    const { waiting: kept, provider, application } = asked;
    const holder = await holders.usable(step.accountId, application.id, step.profileId ?? '');
    if (holder === undefined) throw new UserError('expired');
    if (kept.requestId !== undefined && !(await waiting.once(provider.id, kept.requestId)))
      throw new UserError('saml_answered_already');
    const isFresh = journey?.proof !== undefined;
    const proof = { accountId: step.accountId, at: step.authenticatedAt };
    const entered = await browserSessions.enter(req, res, {
      participant: provider.id,
      profileId: holder.profile.id,
      proof,
      isFresh,
    });
    const { signing } = await keys.current();
    const nameId = await nameIdFor(asked, holder, entered);
    const xml = await writeResponse(
      {
        ...envelopeOf(kept),
        ...contentOf(ours, provider, holder, nameId),
        sessionIndex: entered.sid,
        // Exact where this very request caused the sign-in, else only about when (P1).
        authnInstant: isFresh ? proof.at : coarse(proof.at),
        contextClass: kept.contextClass,
      },
      signing,
      turn,
    );
    needs.noteEntry(step.accountId, holder.profile);
    note(asked, {
      outcome: 'saml_answered',
      stranger: false,
      ...(journey === undefined ? {} : { refs: [journeyRef(journey.id)] }),
    });
    metrics.signIn(application.id, 'done');
    if (journey !== undefined) await journeys.end(journey);
    return hand(asked, xml);
  }

  async function begin(asked: Asked, network: string, profileId?: string): Promise<Way> {
    const { application, waiting: kept } = asked;
    const id = randomId();
    const beginning = { protocol: 'saml', applicationId: application.id, asks: asksOf(kept) } as const;
    const { journey, browser } = await journeys.begin(beginning, network, id);
    await waiting.signIns.put(kept, id);
    if (profileId !== undefined) await journeys.save(journeys.chosen(journey, profileId));
    metrics.signIn(application.id, 'begun');
    note(asked, { outcome: 'begun', stranger: true, refs: [journeyRef(id)] });
    return { kind: 'journey', id, browser };
  }

  /** The service provider that says it sent a message, and what the message asks for. */
  async function read(received: Received): Promise<WaitingSignIn> {
    await turn();
    const opened = openMessage(received);
    const provider = await applications.serviceProviderNamed(opened.issuer);
    if (provider === undefined) throw problem('issuer_unknown');
    const application = await applications.get(provider.applicationId);
    try {
      if (!isUsable(provider, now())) throw problem('metadata_expired');
      const { message, signed } = opened.verify(provider.signingCertificates);
      if (message.kind !== 'AuthnRequest') throw problem('message_unexpected');
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
        note({ provider, application }, { outcome: 'saml_refused', asked: reason, stranger: true });
      throw error;
    }
  }

  /** Answers a request at once where nothing is missing; otherwise a journey begins. */
  async function go(
    req: IncomingMessage & { ip?: string | undefined },
    res: ServerResponse,
    kept: WaitingSignIn,
  ): Promise<Way> {
    const asked = await askedBy(kept);
    const { application, provider } = asked;
    if (kept.status !== undefined) return refuse(asked, kept.status, !kept.signed);
    const session = await browserSessions.readSession(req, res);
    const standing = await browserSessions.standingProfile(session, application.id, provider.id);
    const step = await journeys.consider(asksOf(kept), application, session?.proof, standing);
    if (step.name === 'done') return answer(req, res, asked, step, undefined);
    if (kept.isPassive) return refuse(asked, 'NoPassive', !kept.signed);
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
      return answer(req, res, await askedBy(await waiting.signIns.find(journey.id)), step, journey);
    },

    /**
     * Ends a journey that the person gave up: the application hears `RequestDenied`; where it asked for nothing, the way
     * leads back to us.
     * @throws {UserError} expired
     */
    async abandon(journey: Journey): Promise<Way> {
      const asked = await askedBy(await waiting.signIns.find(journey.id));
      await journeys.end(journey);
      if (asked.waiting.requestId === undefined) return { kind: 'redirect', location: '/' };
      return refuse(asked, 'RequestDenied', false, [journeyRef(journey.id)]);
    },

    /** Takes note that a journey came to a refusal, for the application's administrators. */
    async noteRefusal(journey: Journey, code: string): Promise<void> {
      const kept = await waiting.signIns.find(journey.id);
      if (kept === undefined || journey.applicationId === undefined) return;
      const outcome = code === 'quota_full' || code === 'names_awaited' ? code : 'entry_refused';
      const refs = [journeyRef(journey.id)];
      recent.record(journey.applicationId, { clientId: kept.providerId, outcome, stranger: false, refs });
    },

    /** The service provider of an application that people may enter from their own pages. */
    async unsolicited(applicationId: string): Promise<ServiceProvider | undefined> {
      return (await applications.serviceProvidersOf(applicationId)).find(
        (provider) => provider.unsolicited && isUsable(provider, now()),
      );
    },

    /**
     * Begins a sign-in that no service provider asked for (SAML Profiles §4.1.5), with the profile chosen beforehand.
     * @throws {UserError} not_found, try_later {seconds}
     */
    async beginUnsolicited(network: string, applicationId: string, profileId: string): Promise<Way> {
      const provider = await this.unsolicited(applicationId);
      const consumer = provider?.consumers.find(({ isDefault }) => isDefault) ?? provider?.consumers[0];
      if (provider === undefined || consumer === undefined) throw new UserError('not_found');
      const kept: WaitingSignIn = {
        providerId: provider.id,
        signed: false,
        consumer: consumer.url,
        nameId: provider.nameId,
        contextClass: contextClassFor(undefined) ?? '',
        ...(provider.unsolicitedState === undefined ? {} : { relayState: provider.unsolicitedState }),
        forceAuthn: false,
        isPassive: false,
      };
      return begin(await askedBy(kept), network, profileId);
    },
  };
}
