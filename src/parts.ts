import { lookup } from 'node:dns/promises';
import type { Express } from 'express';
import {
  breachedPasswordsFile,
  makeAccounts,
  makeIsBreached,
  type Accounts,
  type Sessions,
} from './accounts/accounts.ts';
import { makeHasher, type Hasher } from './accounts/hashing.ts';
import { makeSessions } from './accounts/sessions.ts';
import { makeApplications, type Applications } from './applications/applications.ts';
import { withHouse, type Config } from './config.ts';
import { keptSettings, makeHouse, type House } from './house/house.ts';
import type { Job } from './jobs/clock.ts';
import { makeEntries } from './journey/entries.ts';
import { makeHolders } from './journey/holder.ts';
import { makeAsTold } from './journey/told.ts';
import { makeJourneys } from './journey/journey.ts';
import { makeTimekeeper, type Timekeeper } from './jobs/time.ts';
import { importsFolder, makeLegacy, type Legacy } from './legacy/legacy.ts';
import type { Log } from './log.ts';
import { makeCourier, type Courier } from './mail/courier/courier.ts';
import { makeMailKeys, type MailKeys } from './mail/dkim/dkim.ts';
import { makeDns, type Dns } from './mail/dns.ts';
import { makeLateness, type Lateness } from './mail/lateness.ts';
import { makeMail, type Mail } from './mail/mail.ts';
import { makeRefusals, type Refusals } from './mail/policy/policy.ts';
import { makeRelay, type Relay } from './mail/relay.ts';
import { makeSpool, type Spool } from './mail/spool/spool.ts';
import { makeMetrics, NO_METRICS, type Metrics, type Seen } from './metrics.ts';
import { makeModeration, type Moderation } from './moderation/moderation.ts';
import { endOfStored, makeOidc, makeSessionLife, type Oidc } from './oidc/oidc.ts';
import { makeRecentSignIns, type RecentSignIns } from './journey/recent-sign-ins.ts';
import { makeRegister, type Register } from './register/register.ts';
import { makeReach, systemLookup } from './private-networks.ts';
import { makeDepartures, makeProfiles, type Profiles } from './profiles/profiles.ts';
import { makeSaml, type Saml } from './saml/saml.ts';
import { forgetCopies } from './storage/copy.sqlite.ts';
import { isQuiet } from './storage/quiet.ts';
import { loadSeals } from './storage/keys.ts';
import { openStorage } from './storage/open.ts';
import { makeReadiness, type Readiness } from './storage/readiness.ts';
import type { Seals } from './storage/seal.ts';
import type { Storage } from './storage/storage.ts';
import { makeTransients } from './storage/transient.ts';
import { makeWatch, type Watch } from './storage/watch.ts';
import { makeLook } from './web/look.ts';
import { makeOidcPages } from './web/oidc-pages.ts';
import { makeServer } from './web/server.ts';

/** Everything the program is made of. */
export type Parts = {
  readonly accounts: Accounts;
  readonly app: Express;
  readonly applications: Applications;
  /** The settings these parts were made with. */
  readonly config: Config;
  readonly hasher: Hasher;
  readonly house: House;
  readonly jobs: readonly Job[];
  /** Names that applications had before: importing them, and giving them back. */
  readonly legacy: Legacy;
  /** The letters that go out. */
  readonly mail: Mail;
  /** The keys that mail is signed with. */
  readonly mailKeys: MailKeys;
  readonly metrics: Metrics;
  readonly moderation: Moderation;
  readonly oidc: Oidc;
  readonly profiles: Profiles;
  /** How the last sign-ins ended; `flush` before the storage is closed. */
  readonly recent: RecentSignIns;
  /** What mail to applications' profiles was last refused for; `flush` before the storage is closed. */
  readonly refusals: Refusals;
  /** Cases, what was looked at behind profiles, and the register of it. */
  readonly register: Register;
  /** Mail to relay addresses, and what becomes of it. */
  readonly relay: Relay;
  readonly saml: Saml;
  readonly seals: Seals;
  readonly sessions: Sessions;
  readonly storage: Storage;
  /** The same parts with the settings of this moment, on the same database. */
  again(): Promise<Parts>;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * What comes from outside the program. `uptime`: milliseconds that really went by, where `now` may jump against them.
 * `isStopping`: the program was told to end. `onHouseChanged`: makes the parts anew, after a change of the settings.
 */
export type World = {
  log: Log;
  now: () => number;
  uptime?: () => number;
  isStopping?: () => boolean;
  onHouseChanged?: () => Promise<void>;
  /** Hashes passwords; without it, at the usual cost. */
  hasher?: Hasher;
  /** Told of points that a message passes. */
  reached?: (point: string) => void;
};

/** What stays while parts are made anew: database, keys, the queue of password hashes, what was counted or waits. */
type Ground = {
  courier: Courier;
  dns: Dns;
  lateness: Lateness;
  mailKeys: MailKeys;
  spool: Spool;
  storage: Storage;
  seals: Seals;
  hasher: Hasher;
  metrics: Metrics;
  readiness: Readiness;
  recent: RecentSignIns;
  refusals: Refusals;
  time: Timekeeper;
  watch: Watch;
};

/** Makes every part once, in order. The only file that knows them all. */
export async function makeParts(config: Config, world: World): Promise<Parts> {
  const { log, now } = world;
  const metrics = config.ALUCO_METRICS_TOKEN === '' ? NO_METRICS : await makeMetrics(now);
  const watch = makeWatch(log, metrics.write);
  const storage = await openStorage(config.ALUCO_DATABASE, config.ALUCO_DATA, watch);
  try {
    const seals = await loadSeals(storage, config.ALUCO_MASTER_KEY, `${config.ALUCO_DATA}.key`);
    await tellOfDatabase(storage, log);
    const dns = makeDns(config.ALUCO_DNS);
    return await assemble(config, world, {
      courier: makeCourier({ config, dns, now, seals, storage }),
      dns,
      lateness: makeLateness(),
      mailKeys: makeMailKeys({ storage, seals, now }),
      spool: makeSpool({
        storage,
        seals,
        now,
        log,
        ...(world.reached === undefined ? {} : { reached: world.reached }),
      }),
      storage,
      seals,
      hasher: world.hasher ?? makeHasher(),
      metrics,
      readiness: makeReadiness(storage, watch, world.isStopping ?? (() => false)),
      recent: makeRecentSignIns({ storage, seals, now }),
      refusals: makeRefusals({ storage, seals, now }),
      time: makeTimekeeper({ storage, log, now, uptime: world.uptime ?? now }),
      watch,
    });
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/** What an administrator should know of the database that was just opened. */
async function tellOfDatabase(storage: Storage, log: Log): Promise<void> {
  if (storage.copy !== undefined) {
    const back =
      'to go back: stop, put the copy in the place of aluco.sqlite, start the version before (README, Upgrade)';
    log.warn({ event: 'database_upgraded', migrations: storage.applied.slice(0, 20), copy: storage.copy, back });
  } else if (storage.applied.length > 0) {
    log.info({ event: 'database_upgraded', migrations: storage.applied.slice(0, 20) });
  }
  if (await isQuiet(storage)) log.warn({ event: 'quiet', end: 'nothing is sent until: aluco house quiet off' });
}

async function assemble(given: Config, world: World, ground: Ground): Promise<Parts> {
  const { log, now } = world;
  const { storage, seals, hasher, metrics, readiness, recent, refusals, time, watch } = ground;
  const kept = await keptSettings(storage);
  const config = withHouse(given, kept);
  const house = makeHouse({ storage, config, kept });
  const look = await makeLook(config);
  const transients = makeTransients({ storage, seals, now });
  const life = makeSessionLife({
    idleDays: config.ALUCO_SESSION_IDLE_DAYS,
    longestDays: config.ALUCO_SESSION_DAYS,
    now,
  });
  const sessions = makeSessions({ storage, seals, now, endOf: (body) => endOfStored(life, body) });
  const mail = makeMail({
    storage,
    seals,
    log,
    now,
    metrics,
    config,
    isStopping: world.isStopping ?? (() => false),
    isSteady: () => time.isSteady(),
    async onRefused({ kind, values }) {
      if (kind === 'old_name_notice') await legacy.notices.refused(values['stop'] ?? '');
    },
  });
  const accounts = makeAccounts({
    storage,
    seals,
    now,
    hasher,
    accountLogDays: config.ALUCO_ACCOUNT_LOG_DAYS,
    connectionMonths: config.ALUCO_CONNECTION_MONTHS,
    address: config.ALUCO_URL,
    issuer: config.ALUCO_NAME,
    contextWords: [config.ALUCO_NAME, new URL(config.ALUCO_URL).hostname],
    isBreached: makeIsBreached(breachedPasswordsFile(config)),
    factorPolicy: config.ALUCO_SECOND_FACTOR,
    leaveDays: config.ALUCO_LEAVE_DAYS,
    signUpMode: config.ALUCO_SIGN_UP,
    termsVersion: config.ALUCO_TERMS_VERSION,
    hasMail: config.ALUCO_SMTP !== '',
    recoveryWaitHours: config.ALUCO_RECOVERY_WAIT_HOURS,
    post: mail.post,
    async destinationOf(applicationId) {
      const application = applicationId === undefined ? undefined : await applications.find(applicationId);
      return { name: application?.name ?? '', address: application?.homeUrl || config.ALUCO_URL };
    },
    onPasswordChanged: (accountId, keepUid) => oidc.endings.endAccount(accountId, keepUid),
    onSuspended: (accountId) => oidc.endings.endAccount(accountId),
    onReachable: (accountId) => relay.reachable(accountId),
  });
  const applications = makeApplications({ storage, now });
  const profiles = makeProfiles({
    applications,
    storage,
    seals,
    now,
    aliasDomain: config.ALUCO_ALIAS_DOMAIN,
    limits: { pending: config.ALUCO_REQUESTS_PENDING, refusals: config.ALUCO_REFUSALS_A_MONTH },
    onEnded: (accountId, profileId) => oidc.endings.endProfile(accountId, profileId),
    isHeld: (tx, profileId) => register.isHeld(tx, profileId),
    async onWiped(tx, profileId) {
      await relay.forget(tx, profileId);
      await moderation.forget(tx, profileId);
    },
    tell: (tx, happening) => moderation.happened(tx, happening),
    takeInvitation: (tx, use) => moderation.invitations.take(tx, use),
    endLater: (tx, due, profileId) => moderation.errands.add(tx, { due, kind: 'end-profile', profileId }),
    forgetLater: (tx, due, profileId) => moderation.errands.add(tx, { due, kind: 'forget-old-address', profileId }),
  });
  const relay = makeRelay({
    ...ground,
    accounts,
    applications,
    config,
    isStopping: world.isStopping ?? (() => false),
    isSteady: () => time.isSteady(),
    log,
    now,
    profiles,
  });
  const register = makeRegister({
    storage,
    seals,
    now,
    noticeDays: config.ALUCO_UNSEALING_NOTICE_DAYS,
    accounts,
    accountLog: accounts.log,
    administrators: accounts.administrators,
    applications,
    profiles,
    logProfile: (tx, entry) => moderation.log.write(tx, entry),
    addErrand: (tx, errand) => moderation.errands.add(tx, errand),
  });
  const moderation = makeModeration({
    accounts,
    applications,
    profiles,
    storage,
    seals,
    now,
    log,
    post: mail.post,
    logDays: config.ALUCO_PROFILE_LOG_DAYS,
    openCase: (tx, referral) => register.cases.open(tx, referral),
    errandHandlers: {
      'end-profile': { before: ({ profileId }) => profiles.moderated.ended(profileId) },
      'forget-old-address': { within: (tx, { profileId }) => profiles.forgetOldAddress(tx, profileId) },
      'tell-unsealed': { within: (tx, { about }) => register.unsealings.tell(tx, about) },
    },
  });
  const legacy = makeLegacy({
    accounts,
    applications,
    profiles,
    storage,
    seals,
    transients,
    now,
    log,
    post: mail.post,
    address: config.ALUCO_URL,
    aliasDomain: config.ALUCO_ALIAS_DOMAIN,
    folder: importsFolder(config.ALUCO_DATA),
    hasMail: config.ALUCO_SMTP !== '',
    lettersWaiting: () => mail.waiting(),
    hasRelay: relay.isListening(),
    isStopping: world.isStopping ?? (() => false),
  });
  const departures = makeDepartures({ accounts, applications, profiles, storage, now });
  const journeys = makeJourneys({
    accounts,
    applications,
    profiles,
    transients,
    now,
    offersOf: legacy.reclaim.offers,
    termsVersion: config.ALUCO_TERMS_VERSION,
  });
  const holders = makeHolders({ accounts, applications, profiles });
  const noteEntry = makeEntries({ log, now, profiles });
  const asTold = makeAsTold({ profiles });
  const oidc = await makeOidc({
    issuer: config.ALUCO_URL,
    aliasDomain: config.ALUCO_ALIAS_DOMAIN,
    privateNetworks: config.ALUCO_PRIVATE_NETWORKS,
    keyDays: config.ALUCO_KEY_DAYS,
    accounts,
    applications,
    holders,
    journeys,
    life,
    log,
    lookup: systemLookup(lookup),
    metrics,
    noteEntry,
    asTold,
    now,
    onUnavailable: watch.noticed,
    pages: makeOidcPages(config, look),
    profiles,
    recent,
    seals,
    sessions,
    storage,
    transients,
  });
  const saml = makeSaml({
    issuer: config.ALUCO_URL,
    aliasDomain: config.ALUCO_ALIAS_DOMAIN,
    applications,
    browserSessions: oidc,
    holders,
    journeys,
    log,
    metrics,
    noteEntry,
    asTold,
    now,
    reach: makeReach(config.ALUCO_PRIVATE_NETWORKS, systemLookup(lookup)),
    recent,
    seals,
    storage,
    transients,
  });
  const seen = async (): Promise<Seen> => ({
    hashes: hasher.counts(),
    logoutsWaiting: await oidc.logoutsWaiting().catch(() => undefined),
    lettersWaiting: await mail.waiting().catch(() => undefined),
    relayed: await relay.counts().catch(() => undefined),
    databaseLost: watch.lostUses.size > 0,
  });
  const app = makeServer({
    config,
    accounts,
    applications,
    diagnosisKeys: seals.keysFor('doctor'),
    house,
    isQuiet: () => isQuiet(storage),
    journeys,
    legacy,
    log,
    look,
    metrics,
    moderation,
    now,
    oidc,
    onHouseChanged: async () => world.onHouseChanged?.(),
    profiles,
    readiness,
    recent,
    refusals,
    register,
    relay: relay.isOn ? relay : undefined,
    saml,
    seals,
    seen,
    transients,
    watch,
  });

  const jobs: Job[] = [
    {
      name: 'settings of the house',
      everyMilliseconds: 5 * SECOND,
      async run() {
        if (await house.hasChanged()) await world.onHouseChanged?.();
      },
    },
    { name: 'lost database', everyMilliseconds: 2 * SECOND, run: () => readiness.recover() },
    { name: 'logout messages', everyMilliseconds: SECOND, run: () => oidc.deliverLogouts() },
    { name: 'letters', everyMilliseconds: 2 * SECOND, run: () => mail.deliver() },
    { name: 'mail relay', everyMilliseconds: SECOND, run: () => relay.deliver() },
    { name: 'mail in hand', everyMilliseconds: MINUTE, run: () => relay.keepLeases() },
    { name: 'last sign-ins', everyMilliseconds: 2 * SECOND, run: () => recent.flush() },
    { name: 'refused mail', everyMilliseconds: 2 * SECOND, run: () => refusals.flush() },
    { name: 'signing keys', everyMilliseconds: MINUTE, run: () => oidc.maintainKeys(time.isSteady()) },
    {
      name: 'SAML metadata',
      everyMilliseconds: 5 * MINUTE,
      async run() {
        if (!(await isQuiet(storage))) await saml.refreshDue();
      },
    },
    { name: 'SAML certificates', everyMilliseconds: HOUR, run: () => saml.maintainKeys(time.isSteady()) },
    { name: 'time of day', everyMilliseconds: 5 * MINUTE, run: () => time.remember() },
    { name: 'suspensions that are over', everyMilliseconds: 3 * MINUTE, run: () => accounts.reinstateDue() },
    { name: 'blocks that are over', everyMilliseconds: MINUTE, run: () => profiles.unblockDue() },
    { name: 'search by mailbox', everyMilliseconds: 5 * SECOND, run: () => accounts.fillSearch() },
    {
      name: 'requests for accounts',
      everyMilliseconds: HOUR,
      async run() {
        if (time.isSteady()) await accounts.applicants.sweep();
        await accounts.sendDigest();
      },
    },
    {
      name: 'deleted profiles',
      everyMilliseconds: HOUR,
      async run() {
        if (time.isSteady()) await profiles.sweep();
      },
    },
    {
      name: 'errands',
      everyMilliseconds: MINUTE,
      async run() {
        if (time.isSteady()) await moderation.errands.run();
      },
    },
    { name: 'files of old accounts', everyMilliseconds: 2 * SECOND, run: () => legacy.uploads.work() },
    { name: 'links to old names', everyMilliseconds: 5 * SECOND, run: () => legacy.handed.passOn() },
    { name: 'letters to old addresses', everyMilliseconds: 5 * SECOND, run: () => legacy.notices.run() },
    { name: 'moderators told at once', everyMilliseconds: MINUTE, run: () => moderation.digest.tellAtOnce() },
    {
      name: 'moderators told daily',
      everyMilliseconds: HOUR,
      async run() {
        await moderation.digest.tellDaily();
        await moderation.digest.tellOverdue();
      },
    },
    {
      name: 'people who leave',
      everyMilliseconds: HOUR,
      async run() {
        if (time.isSteady()) await departures.depart();
      },
    },
    {
      name: 'what has run out',
      everyMilliseconds: HOUR,
      async run() {
        if (!time.isSteady()) return;
        await sessions.sweep();
        await transients.sweep();
        await oidc.sweep();
        await saml.sweep();
        await accounts.sweepAttempts();
        await accounts.sweepConnections();
        await accounts.log.sweep();
        await accounts.sweepLinks();
        await moderation.invitations.sweep();
        await mail.sweep();
        await relay.sweep();
        await accounts.mailboxHealth.sweep();
        await moderation.sweep();
        await legacy.batches.sweep();
        await legacy.uploads.sweep();
        if (storage.engine === 'sqlite') forgetCopies(config.ALUCO_DATA, now());
      },
    },
  ];

  return {
    accounts,
    app,
    applications,
    config,
    hasher,
    house,
    jobs,
    legacy,
    mail,
    mailKeys: ground.mailKeys,
    metrics,
    moderation,
    oidc,
    profiles,
    recent,
    refusals,
    register,
    relay,
    saml,
    seals,
    sessions,
    storage,
    again: () => assemble(given, world, ground),
  };
}
