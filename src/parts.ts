import { lookup } from 'node:dns/promises';
import type { Express } from 'express';
import { makeAccounts, type Accounts, type Sessions } from './accounts/accounts.ts';
import { makeHasher, type Hasher } from './accounts/hashing.ts';
import { makeSessions } from './accounts/sessions.ts';
import { makeApplications, type Applications } from './applications/applications.ts';
import { withHouse, type Config } from './config.ts';
import { keptSettings, makeHouse, type House } from './house/house.ts';
import type { Job } from './jobs/clock.ts';
import { makeJourneys } from './journey/journey.ts';
import type { Log } from './log.ts';
import { makeOidc, type Oidc } from './oidc/oidc.ts';
import { systemLookup } from './oidc/private-networks.ts';
import { makeProfiles, type Profiles } from './profiles/profiles.ts';
import { loadSeals } from './storage/keys.ts';
import { openStorage } from './storage/open.ts';
import type { Seals } from './storage/seal.ts';
import type { Storage } from './storage/storage.ts';
import { makeTransients } from './storage/transient.ts';
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
  readonly oidc: Oidc;
  readonly profiles: Profiles;
  readonly seals: Seals;
  readonly sessions: Sessions;
  readonly storage: Storage;
  /** The same parts with the settings of this moment, on the same database. */
  again(): Promise<Parts>;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What comes from outside the program. `onHouseChanged`: makes the parts anew, after a change of the settings. */
export type World = { log: Log; now: () => number; onHouseChanged?: () => Promise<void> };

/** What stays while parts are made anew: the database, the keys, the queue of password hashes. */
type Ground = { storage: Storage; seals: Seals; hasher: Hasher };

/** Makes every part once, in order. The only file that knows them all. */
export async function makeParts(config: Config, world: World): Promise<Parts> {
  const storage = await openStorage(config.ALUCO_DATABASE, config.ALUCO_DATA);
  try {
    const seals = await loadSeals(storage, config.ALUCO_MASTER_KEY, `${config.ALUCO_DATA}.key`);
    return await assemble(config, world, { storage, seals, hasher: makeHasher() });
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function assemble(given: Config, world: World, ground: Ground): Promise<Parts> {
  const { log, now } = world;
  const { storage, seals, hasher } = ground;
  const kept = await keptSettings(storage);
  const config = withHouse(given, kept);
  const house = makeHouse({ storage, config, kept });
  const look = await makeLook(config);
  const transients = makeTransients({ storage, seals, now });
  const sessions = makeSessions({ storage, seals, now });

  const accounts = makeAccounts({
    storage,
    seals,
    now,
    hasher,
    contextWords: [config.ALUCO_NAME, new URL(config.ALUCO_URL).hostname],
    onPasswordChanged: (accountId, keepUid) => oidc.endings.endAccount(accountId, keepUid),
    onSuspended: (accountId) => oidc.endings.endAccount(accountId),
  });
  const applications = makeApplications({ storage });
  const profiles = makeProfiles({
    storage,
    seals,
    now,
    onEnded: (accountId, profileId) => oidc.endings.endProfile(accountId, profileId),
  });
  const journeys = makeJourneys({ accounts, applications, profiles, transients, now });
  const oidc = await makeOidc({
    issuer: config.ALUCO_URL,
    aliasDomain: config.ALUCO_ALIAS_DOMAIN,
    privateNetworks: config.ALUCO_PRIVATE_NETWORKS,
    keyDays: config.ALUCO_KEY_DAYS,
    accounts,
    applications,
    journeys,
    log,
    lookup: systemLookup(lookup),
    now,
    pages: makeOidcPages(config, look),
    profiles,
    seals,
    sessions,
    storage,
    transients,
  });
  const app = makeServer({
    config,
    accounts,
    applications,
    house,
    journeys,
    log,
    look,
    now,
    oidc,
    onHouseChanged: async () => world.onHouseChanged?.(),
    profiles,
  });

  const jobs: Job[] = [
    {
      name: 'settings of the house',
      everyMilliseconds: 5 * SECOND,
      async run() {
        if (await house.hasChanged()) await world.onHouseChanged?.();
      },
    },
    { name: 'logout messages', everyMilliseconds: SECOND, run: () => oidc.deliverLogouts() },
    { name: 'signing keys', everyMilliseconds: MINUTE, run: () => oidc.maintainKeys() },
    { name: 'deleted profiles', everyMilliseconds: HOUR, run: () => profiles.sweep() },
    {
      name: 'what has run out',
      everyMilliseconds: HOUR,
      async run() {
        await sessions.sweep();
        await transients.sweep();
        await oidc.sweep();
        await accounts.sweepAttempts();
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
    oidc,
    profiles,
    seals,
    sessions,
    storage,
    again: () => assemble(given, world, ground),
  };
}
