import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Application, Applications, ServiceProvider } from '../applications/applications.ts';
import type { AsTold, Holders, Journeys, NoteEntry, RecentSignIns } from '../journey/journey.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Profile } from '../profiles/profiles.ts';
import type { Reach } from '../private-networks.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import type { Transients } from '../storage/transient.ts';
import { makeAnswers } from './answers.ts';
import type { BrowserSessions } from './browser-sessions.ts';
import { examineMessage, type Examined } from './examine.ts';
import { warnings } from './key-schedule.ts';
import { makeSamlKeys } from './keys.ts';
import { makeLogouts } from './logout.ts';
import { makeMetadataSources } from './metadata-source.ts';
import { isExpired, isUsable } from './metadata-validity.ts';
import { writeMetadata } from './metadata.ts';
import { oursUnder, placeFor, type OursShown } from './ours.ts';
import { previewAnswer, type Preview } from './preview.ts';
import { fromForm, fromQuery, type Received } from './received.ts';
import { makeSamlSessions } from './sessions.ts';
import { makeSignIns } from './sign-in.ts';
import { makeTurns } from './turns.ts';
import { makeWaiting } from './waiting.ts';
import type { Way } from './way.ts';

export type { Examined } from './examine.ts';
export { pemOf, type OursShown } from './ours.ts';
export type { Choice } from './sp-entity.ts';
export { isChoice } from './sp-metadata.ts';
export type { Preview } from './preview.ts';
export { FORM_BYTES } from './received.ts';
export type { Way } from './way.ts';

type Needs = {
  issuer: string;
  aliasDomain: string;
  applications: Applications;
  asTold: AsTold;
  browserSessions: BrowserSessions;
  holders: Holders;
  journeys: Journeys;
  log: Log;
  metrics: Pick<Metrics, 'signIn'>;
  noteEntry: NoteEntry;
  now: () => number;
  /** Reads from addresses that people give. */
  reach: Reach;
  recent: Pick<RecentSignIns, 'record'>;
  seals: Seals;
  storage: Storage;
  transients: Transients;
};

type Asking = IncomingMessage & { ip?: string | undefined };

/** A message of this length (UTF-16 units) costs as much as a journey that begins; real ones are shorter. */
const LIGHT = 8 * 1024;

const DAY = 86_400_000;

/** What is to be known of the certificates without starting the instance; writes nothing. Nothing where there is none. */
export async function samlCertificates(needs: Pick<Needs, 'storage' | 'seals' | 'now'>) {
  const existing = await makeSamlKeys({ ...needs, name: '' }).existing();
  if (existing === undefined) return undefined;
  const { signing, published } = existing;
  return {
    lastDay: new Date(signing.notAfter).toISOString().slice(0, 10),
    isNextReady: published.some(({ state }) => state === 'next'),
    warnings: warnings(published, needs.now()),
  };
}

export type Saml = ReturnType<typeof makeSaml>;

/** SAML 2.0: everything outside speaks to this door and never to the libraries. */
export function makeSaml(needs: Needs) {
  const { applications, browserSessions, holders, journeys, now } = needs;
  const ours = oursUnder(needs.issuer, needs.aliasDomain);
  const keys = makeSamlKeys({ storage: needs.storage, seals: needs.seals, now, name: ours.scope });
  const sessions = makeSamlSessions({ storage: needs.storage, seals: needs.seals, now });
  const waiting = makeWaiting(needs.transients, now);
  const turn = makeTurns();
  const answers = makeAnswers({ ...needs, keys, ours, sessions, turn, waiting });
  const signIns = makeSignIns({ ...needs, answers, ours, turn, waiting });
  const logouts = makeLogouts({ applications, browserSessions, keys, now, ours, sessions, waiting });
  const sources = makeMetadataSources({ applications, reach: needs.reach, now, log: needs.log });
  const written = new Map<string, string>();
  let warned = 0;

  async function metadata(): Promise<string> {
    const { signing, published } = await keys.current();
    const about = published.map(({ id, state }) => `${id} ${state}`).join();
    let xml = written.get(about);
    if (xml === undefined) {
      const { entityId, ssoUrl, sloUrl, scope } = ours;
      xml = writeMetadata({ entityId, signOn: ssoUrl, logout: sloUrl, scope, signing, published });
      written.clear();
      written.set(about, xml);
    }
    return xml;
  }

  /** What reading a message may cost, and the row that one by POST leaves, against the network it comes from (P8). */
  async function keepPace({ xml }: Received, network = '', rows: number): Promise<void> {
    const weight = rows + Math.floor(xml.length / LIGHT);
    if (weight > 0) await journeys.keepPace(network, weight);
  }

  return {
    /** Our metadata, signed; the same bytes while the certificates stay the same. */
    metadata,

    /** A sign-in request by the Redirect binding; `query` as it stands in the address. See `sign-in.ts`. */
    async receiveSignIn(req: Asking, res: ServerResponse, query: string): Promise<Way> {
      const received = fromQuery(query);
      await keepPace(received, req.ip, 0);
      return signIns.receive(req, res, received);
    },
    /** One by POST; `body` as it came. @returns the id for `resumeSignIn`. */
    async receivePostedSignIn(body: string, network: string): Promise<string> {
      const received = fromForm(body);
      await keepPace(received, network, 1);
      return signIns.receivePosted(received);
    },
    resumeSignIn: signIns.resume,

    finish: signIns.finish,
    abandon: signIns.abandon,
    noteRefusal: signIns.noteRefusal,
    unsolicited: signIns.unsolicited,
    beginUnsolicited: signIns.beginUnsolicited,

    /** A logout message by the Redirect binding. See `logout.ts`. */
    async receiveLogout(req: Asking, res: ServerResponse, query: string): Promise<Way> {
      const received = fromQuery(query);
      await keepPace(received, req.ip, 0);
      return logouts.receive(req, res, received);
    },
    /** One by POST. @returns the way on, or the id for `resumeLogout`. */
    async receivePostedLogout(body: string, network: string): Promise<Way | string> {
      const received = fromForm(body);
      await keepPace(received, network, 1);
      return logouts.receivePosted(received);
    },
    resumeLogout: logouts.resume,

    leavable: logouts.leavable,
    leave: logouts.leave,
    offersOf: logouts.offersOf,
    keepOffers: logouts.keepOffers,
    offers: logouts.offers,
    acceptOffer: logouts.acceptOffer,

    /** What service providers are to be told of us, and the state of our certificates. */
    async ours(): Promise<OursShown> {
      return placeFor(ours, (await keys.current()).published, now());
    },

    /** Makes the next certificate. @throws {UserError} certificate_already_next */
    prepareCertificate: keys.prepare,
    /** Lets it sign from now on. @throws {UserError} certificate_not_next */
    activateCertificate: keys.activate,

    /** How the metadata of service providers comes in: see `metadata-source.ts`. */
    understand: sources.understand,
    settingsFrom: sources.settingsFrom,
    refresh: sources.refresh,
    replaceMetadata: sources.replace,
    refreshDue: sources.refreshDue,
    /** Whether the metadata of a service provider is past its date, and whether it is used nevertheless. */
    validity(provider: ServiceProvider): { readonly expired: boolean; readonly usable: boolean } {
      return { expired: isExpired(provider, now()), usable: isUsable(provider, now()) };
    },

    /** What a service provider would be sent for an account's own profile; nothing where there is no answer. */
    async preview(
      accountId: string,
      application: Application,
      profile: Profile,
      provider: ServiceProvider,
    ): Promise<Preview | undefined> {
      const holder = await holders.shown(accountId, application, profile);
      const { signing } = await keys.current();
      return previewAnswer(ours, provider, holder, { signer: signing, metadata: await metadata(), now: now() });
    },

    /** Reads a message that somebody copied, and says what would become of it; acts on nothing. */
    examine: (of: { provider: ServiceProvider; application: Application }, text: string): Examined =>
      examineMessage(ours, of, text, now()),

    /** Replaces certificates on their schedule, and warns once a day. `mayForget`: those past use may go. */
    async maintainKeys(mayForget = true): Promise<void> {
      await keys.maintain(mayForget);
      const today = Math.floor(now() / DAY);
      if (today === warned) return;
      warned = today;
      const existing = await keys.existing();
      for (const { days } of existing === undefined ? [] : warnings(existing.published, now()))
        needs.log.warn({ event: 'certificate_ends', days });
    },

    /** Forgets what service providers were told and can no longer matter. */
    sweep: (): Promise<void> => sessions.sweep(),
  };
}
