import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  NAME_ID_URIS,
  type Application,
  type Applications,
  type ServiceProvider,
} from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import {
  coarse,
  isFresh,
  type AsTold,
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
import type { SamlKeys } from './keys.ts';
import { toForm } from './logout-message.ts';
import { isUsable } from './metadata-validity.ts';
import type { Ours } from './ours.ts';
import { refuse } from './problem.ts';
import { writeResponse, writeStatus, type Answer } from './response.ts';
import type { SamlSessions } from './sessions.ts';
import type { Status } from './status.ts';
import type { Turn } from './turns.ts';
import type { Waiting, WaitingSignIn } from './waiting.ts';
import type { Way } from './way.ts';

type Needs = {
  applications: Pick<Applications, 'findServiceProvider' | 'get'>;
  asTold: AsTold;
  browserSessions: BrowserSessions;
  holders: Holders;
  journeys: Pick<Journeys, 'end'>;
  keys: SamlKeys;
  metrics: Pick<Metrics, 'signIn'>;
  noteEntry: NoteEntry;
  now: () => number;
  ours: Ours;
  recent: Pick<RecentSignIns, 'record'>;
  sessions: SamlSessions;
  turn: Turn;
  waiting: Pick<Waiting, 'once'>;
};

export type Done = Step & { readonly name: 'done' };

/** A request under way: what was asked, who asked, and at which application. */
export type Asked = {
  readonly waiting: WaitingSignIn;
  readonly provider: ServiceProvider;
  readonly application: Application;
};

/** What an unsigned request, or one without a person behind it, may be kept of: nobody in particular caused it. */
type Noted = Pick<Report, 'outcome' | 'stranger'> & { readonly asked?: string; readonly refs?: readonly string[] };

/** What the reports of one journey are known by. */
export const journeyRef = (id: string): string => `journey:${id}`;

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

/** What service providers are answered (SAML Profiles §4.1.4), and what is noted of it for administrators. */
export function makeAnswers(needs: Needs) {
  const { applications, asTold, browserSessions, holders, journeys, keys, metrics } = needs;
  const { now, ours, recent, sessions, turn, waiting } = needs;

  function note({ provider, application }: Pick<Asked, 'provider' | 'application'>, noted: Noted): void {
    recent.record(application.id, { clientId: provider.id, ...noted });
  }

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

  /** As whom the service provider knows this session: a lasting NameID, or the one it was told before. */
  async function nameIdFor(
    { waiting: { nameId: format }, provider }: Asked,
    holder: Holder,
    { uid, sid }: { uid: string; sid: string },
  ): Promise<Answer['nameId']> {
    const uri = NAME_ID_URIS[format];
    const before = await sessions.find(provider.id, sid);
    const lasting = lastingNameId(format, { holder, aliasDomain: ours.aliasDomain });
    // The application was told addresses when this began, and is told none any more.
    if (lasting === undefined && format !== 'transient') throw new UserError('expired');
    const told = before?.uid === uid ? before.nameIds : [];
    const same = told.find(({ format: known, value }) => known === uri && (lasting ?? value) === value);
    if (same !== undefined) return same;
    const nameId = { format: uri, value: lasting ?? randomId() };
    const nameIds = [nameId, ...told.filter(({ format: known }) => known !== uri)];
    await sessions.put(provider.id, sid, { uid, nameIds, expiresAt: now() + browserSessions.longestHold });
    return nameId;
  }

  return {
    note,

    /**
     * Who asked for what was kept, as they stand now.
     * @throws {UserError} expired, where any of it is gone; saml_message_invalid: metadata_expired, signature_missing.
     */
    async askedBy(kept: WaitingSignIn | undefined): Promise<Asked> {
      const provider = kept === undefined ? undefined : await applications.findServiceProvider(kept.providerId);
      if (kept === undefined || provider === undefined) throw new UserError('expired');
      // An address that is registered no longer gets nothing, whatever was asked before.
      if (!provider.consumers.some(({ url }) => url === kept.consumer)) throw new UserError('expired');
      // Nor does one whom nobody vouches for any more, or who is to sign what it asks by now (P4).
      if (!isUsable(provider, now())) refuse('metadata_expired');
      if (kept.requestId === undefined && !provider.unsolicited) throw new UserError('expired');
      if (provider.signedRequests && !kept.signed && kept.requestId !== undefined) refuse('signature_missing');
      return { waiting: kept, provider, application: await applications.get(provider.applicationId) };
    },

    /** Tells the application why there is no sign-in. */
    async sayNo(asked: Asked, status: Status, stranger: boolean, refs: readonly string[] = []): Promise<Way> {
      const { signing } = await keys.current();
      note(asked, { outcome: status === 'RequestDenied' ? 'gave_up' : 'saml_status', asked: status, stranger, refs });
      metrics.signIn(asked.application.id, 'refused', status);
      return hand(asked, writeStatus({ ...envelopeOf(asked.waiting), status }, signing));
    },

    /**
     * Gives the answer that a person has earned, once for each request. Who they are is asked anew (P4).
     * @throws {UserError} expired, saml_answered_already
     */
    async answer(
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
      const wasProven = journey?.proof !== undefined;
      const proof = { accountId: step.accountId, at: step.authenticatedAt, level: step.level };
      const entered = await browserSessions.enter(req, res, {
        participant: provider.id,
        profileId: holder.profile.id,
        proof,
        isFresh: wasProven,
      });
      const { signing } = await keys.current();
      const nameId = await nameIdFor(asked, holder, entered);
      const write = (told: Holder): Promise<string> =>
        writeResponse(
          {
            ...envelopeOf(kept),
            ...contentOf(ours, provider, told, nameId),
            sessionIndex: entered.sid,
            // Exact where this very request caused the sign-in, else only about when (P1).
            authnInstant: journey !== undefined && isFresh(journey) ? proof.at : coarse(proof.at),
            contextClass: (proof.level === 2 ? kept.strongClass : undefined) ?? kept.contextClass,
          },
          signing,
          turn,
        );
      const written = await write(holder);
      // An answer that could be written is the sign-in that succeeded; where another one was faster it says less.
      const told = await asTold(holder);
      const xml = told === holder ? written : await write(told);
      needs.noteEntry(step.accountId, holder.profile);
      note(asked, {
        outcome: 'saml_answered',
        stranger: false,
        ...(journey === undefined ? {} : { refs: [journeyRef(journey.id)] }),
      });
      metrics.signIn(application.id, 'done');
      if (journey !== undefined) await journeys.end(journey);
      return hand(asked, xml);
    },
  };
}
