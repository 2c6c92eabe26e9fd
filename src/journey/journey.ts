import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { mayBeKept, siteOf, type Account, type Accounts } from '../accounts/accounts.ts';
import type { Application, Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { subjectOf, type Entrance, type OwnProfile, type Profiles } from '../profiles/profiles.ts';
import { hashId, randomId } from '../storage/seal.ts';
import type { Transients } from '../storage/transient.ts';
import { makeOffers, mayTakeBack, OFFERS, type Offer, type OffersOf } from './offers.ts';
import { journeyRecord, type Beginning, type Journey } from './record.ts';
import {
  nextStep,
  provenAs,
  refusals,
  type Asks,
  type Facts,
  type Level,
  type Progress,
  type Proof,
  type Step,
} from './step.ts';

export type { NoteEntry } from './entries.ts';
export type { Holder, Holders } from './holder.ts';
export type { AsTold } from './told.ts';
export { barToTakingBack, mayTakeBack, type Counted, type Offer } from './offers.ts';
export {
  isUnderWay,
  outcomeOfRefusal,
  type Outcome,
  type RecentSignIns,
  type Report,
  type SignInEntry,
} from './recent-sign-ins.ts';
export type { Beginning, Journey } from './record.ts';
export { coarse, type Asks, type Level, type Proof, type Step } from './step.ts';

/** The facts about an account that do not depend on where it wants to go, read once. */
type Who = { readonly account: Account | undefined; readonly standing: Facts['account'] };

/** Everything a page of a journey needs to know. */
export type Standing = {
  readonly journey: Journey;
  readonly step: Step;
  readonly application: Application | undefined;
  readonly account: Account | undefined;
  readonly profiles: readonly OwnProfile[];
  /** What the person may do about a further profile; undefined where the journey leads to no application. */
  readonly entrance: Entrance | undefined;
  /** Names from before that the person may take back; none are looked for where one of their profiles can be used. */
  readonly offers: readonly Offer[];
  /** Whether they may take back any other, if they can prove that it was theirs. */
  readonly mayTakeBack: boolean;
};

/** What one look at the facts shows. */
type Look = Pick<Standing, 'step' | 'profiles' | 'entrance' | 'account' | 'offers' | 'mayTakeBack'>;

export type Journeys = ReturnType<typeof makeJourneys>;

const MODEL = 'Journey';
/** How long a person may take from the first page to the last, in milliseconds. */
export const JOURNEY_LIFE = 3_600_000;

/** How many sign-ins one network may begin in a minute: each keeps a row for an hour, whoever began it (P8). */
const PER_MINUTE = 600;

/** Whether the proof of a journey was given on it as a whole: not where one of before was only strengthened. */
export function isFresh({ proof: given, startedAt }: Pick<Journey, 'proof' | 'startedAt'>): boolean {
  return given !== undefined && given.at >= startedAt;
}

/** What asks for nothing in particular. */
export const NO_ASKS: Asks = {
  login: false,
  select: false,
  create: false,
  confirm: false,
  maxAge: undefined,
  level: 1,
  subject: undefined,
};

function asksOf({ asks }: Journey): Asks {
  return { ...NO_ASKS, ...asks };
}

type Needs = {
  accounts: Pick<Accounts, 'find' | 'groupsOf' | 'mustHaveSecondFactor'>;
  applications: Applications;
  profiles: Pick<Profiles, 'at'>;
  transients: Transients;
  now: () => number;
  offersOf: OffersOf;
  /** The version of the rules of the house that everybody accepts; empty where there is none. */
  termsVersion: string;
};

/** The sign-ins on their way. One record each, whatever the protocol; `nextStep` alone says where it goes (P4). */
export function makeJourneys(needs: Needs) {
  const { accounts, applications, profiles, transients, now, offersOf, termsVersion } = needs;
  const offersTo = makeOffers(offersOf);
  const pace = new RateLimiterMemory({ points: PER_MINUTE, duration: 60 });

  async function keepPace(network: string, weight = 1): Promise<void> {
    try {
      await pace.consume(siteOf(network), weight);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new UserError('try_later', { seconds: Math.min(60, Math.ceil(refusal.msBeforeNext / 1000)) });
    }
  }

  async function save(record: Journey): Promise<void> {
    await transients.put(MODEL, record.id, record, record.startedAt + JOURNEY_LIFE);
  }

  /** The facts about an application, for an account and what it holds there. */
  async function factsAt(
    accountId: string,
    application: Application,
    held: Awaited<ReturnType<Profiles['at']>>,
    offers: readonly Offer[],
    others: Omit<Facts, 'application'>,
    standing: string | undefined,
  ): Promise<Facts> {
    const groups = application.entry.kind === 'groups' ? await accounts.groupsOf(accountId) : [];
    const mayEnter = applications.mayEnter(
      application,
      groups.map(({ id }) => id),
    );
    // Subjects as the application knows them, for it names the one it means.
    const own = held.profiles.map((profile) => ({
      ...profile,
      subject: subjectOf(application, profile),
      barred: profile.refusedBy !== undefined,
      notice: profile.standing.warnings.length > 0 || profile.standing.rename !== undefined,
    }));
    const names = offers.map(({ name }) => name);
    return { ...others, application: { mayEnter, profiles: own, further: held.entrance, offers: names, standing } };
  }

  async function whoIs(proven: Pick<Proof, 'accountId' | 'at'> | undefined): Promise<Who> {
    const account = proven === undefined ? undefined : await accounts.find(proven.accountId);
    if (account === undefined || proven === undefined || proven.at < account.proofsSince)
      return { account: undefined, standing: 'none' };
    if (account.status === 'active') return { account, standing: 'active' };
    if (mayBeKept(account, now())) return { account, standing: 'leaving' };
    return { account: undefined, standing: 'none' };
  }

  /** Whether there are rules of the house that the account's owner has not accepted yet. */
  const termsDue = ({ termsAccepted }: Pick<Account, 'termsAccepted'>): boolean =>
    termsVersion !== '' && termsAccepted !== termsVersion;

  /** What is asked of an account wherever it goes. A proof of two factors meets every rule: none is looked up then. */
  async function rulesFor(
    { account, standing }: Who,
    level: Level,
    application: Application | undefined,
  ): Promise<Pick<Facts, 'account' | 'secondFactor' | 'termsDue'>> {
    if (account === undefined) return { account: 'none', secondFactor: { has: false, must: false }, termsDue: false };
    const must = level < 2 && (application?.secondFactor === true || (await accounts.mustHaveSecondFactor(account)));
    return { account: standing, secondFactor: { has: account.secondFactor, must }, termsDue: termsDue(account) };
  }

  /** Reads the facts of this moment for the account in question at the application. */
  async function look(
    asks: Asks,
    progress: Progress,
    application: Application | undefined,
    session: Proof | undefined,
    standing: string | undefined,
    beforeTerms = false,
  ): Promise<Look> {
    const proven = provenAs(asks, progress, { session, now: now() });
    const who = await whoIs(proven);
    const { account } = who;
    const asked = await rulesFor(who, proven?.level ?? 1, application);
    const rules = { ...asked, termsDue: asked.termsDue && !beforeTerms };
    if (account === undefined || application === undefined) {
      const facts: Facts = { now: now(), session, ...rules, application: undefined };
      const step = nextStep(asks, progress, facts);
      return { step, account, profiles: [], entrance: undefined, offers: [], mayTakeBack: false };
    }
    const held = await profiles.at(account.id, application);
    const offers = await offersTo(account.id, application, held);
    const facts = await factsAt(account.id, application, held, offers, { now: now(), session, ...rules }, standing);
    const step = nextStep(asks, progress, facts);
    const { profiles: own, entrance } = held;
    return { step, account, profiles: own, entrance, offers, mayTakeBack: mayTakeBack(application, held) };
  }

  return {
    /**
     * Counts something that anybody can ask for, and that keeps a row or costs as much, against the network it comes
     * from: as `weight` such things. What begins a journey counts by itself.
     * @throws {UserError} try_later {seconds}
     */
    keepPace,

    termsDue,

    /**
     * Begins a journey under `id` (random where the protocol has none). `browser` is a secret for the browser's
     * cookie: without it no page of the journey opens. `network` is the address it is begun from.
     * @throws {UserError} try_later {seconds}
     */
    async begin(
      beginning: Beginning,
      network: string,
      id: string = randomId(),
    ): Promise<{ journey: Journey; browser: string }> {
      await keepPace(network);
      const browser = randomId();
      const record = journeyRecord.parse({ ...beginning, id, browserHash: hashId(browser), startedAt: now() });
      await save(record);
      return { journey: record, browser };
    },

    /**
     * The journey, for the browser that began it.
     * @throws {UserError} expired, also when it is another browser's.
     */
    async find(id: string, browser: string | undefined): Promise<Journey> {
      const kept = await transients.find(MODEL, id);
      const record = kept === undefined ? undefined : journeyRecord.parse(kept.value);
      if (record === undefined || browser === undefined || hashId(browser) !== record.browserHash) {
        throw new UserError('expired');
      }
      return record;
    },

    /** The journey by its id, for the door that carries its protocol and has bound it to the browser itself. */
    async findForDoor(id: string): Promise<Journey | undefined> {
      const kept = await transients.find(MODEL, id);
      return kept === undefined ? undefined : journeyRecord.parse(kept.value);
    },

    /** Where the journey stands now. `standing` is the profile of the session's grant at the application, if any. */
    async stand(record: Journey, session: Proof | undefined, standing: string | undefined): Promise<Standing> {
      const application =
        record.applicationId === undefined ? undefined : await applications.find(record.applicationId);
      if (record.applicationId !== undefined && application === undefined) throw new UserError('application_unknown');
      // A session that was only strengthened here, and has ended since, is not brought back.
      const stands = isFresh(record) || session?.accountId === record.proof?.accountId;
      const progress = {
        proof: stands ? record.proof : undefined,
        profileId: record.profileId,
        hasAsked: record.hasAsked,
        putAside: record.putAside,
      };
      const beforeTerms = record.beforeTerms === true && application === undefined;
      return {
        journey: record,
        application,
        ...(await look(asksOf(record), progress, application, session, standing, beforeTerms)),
      };
    },

    /** What `nextStep` says before any journey exists: a request that may be answered at once. */
    async consider(
      asks: Asks,
      application: Application,
      session: Proof | undefined,
      standing: string | undefined,
    ): Promise<Step> {
      const { step } = await look(asks, { proof: undefined, profileId: undefined }, application, session, standing);
      return step;
    },

    /** Every rule that would refuse an account at an application now, as codes. */
    async refusals(accountId: string, application: Application): Promise<string[]> {
      const who = await whoIs({ accountId, at: Infinity });
      const held = await profiles.at(accountId, application);
      const others = { now: now(), session: undefined, ...(await rulesFor(who, 2, application)) };
      const offers = await offersTo(accountId, application, held);
      return refusals(await factsAt(accountId, application, held, offers, others, undefined));
    },

    /**
     * The journey of somebody who has proven who they are, just now, by one factor or by two at once. A choice made as
     * somebody else is forgotten.
     */
    proven(record: Journey, accountId: string, level: Level = 1): Journey {
      const { profileId: _, hasAsked: __, putAside: ___, ...rest } = record;
      return { ...rest, proof: { accountId, at: now(), level } };
    },

    /**
     * The journey after the account that stands behind it (`standing`) proved its second factor, or set one up. The
     * time stays that of the first factor.
     * @throws {UserError} expired, where nobody's proof waits for one.
     */
    strengthened(standing: Standing, session: Proof | undefined): Journey {
      const { journey: record, step, account } = standing;
      const first = provenAs(asksOf(record), { proof: record.proof, profileId: undefined }, { session, now: now() });
      if ((step.name !== 'factor' && step.name !== 'enrol') || first === undefined || first.accountId !== account?.id)
        throw new UserError('expired');
      return { ...record, proof: { ...first, level: 2 } };
    },

    /** The journey with a choice. Whether it may be chosen is decided by `nextStep`, here as everywhere. */
    chosen(record: Journey, profileId: string): Journey {
      return { ...record, profileId };
    },

    /** The journey after a name from before was offered on it, and is not wanted now. */
    putAside(record: Journey, name: string): Journey {
      return { ...record, putAside: [...new Set([...(record.putAside ?? []), name])].slice(-OFFERS) };
    },

    /** The journey after a new profile was asked for on it, which waits for a yes. */
    asked(record: Journey): Journey {
      return { ...record, hasAsked: true };
    },

    /** Writes down how far a journey has come. */
    save,

    /** Forgets a journey that has ended. */
    async end(record: Journey): Promise<void> {
      await transients.remove(MODEL, record.id);
    },
  };
}
