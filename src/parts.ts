import { lookup } from 'node:dns/promises';
import { makeAccounts } from './accounts/accounts.ts';
import { makeHasher } from './accounts/hashing.ts';
import { makeSessions } from './accounts/sessions.ts';
import { makeApplications } from './applications/applications.ts';
import type { Config } from './config.ts';
import type { Job } from './jobs/clock.ts';
import { makeJourneys } from './journey/journey.ts';
import type { Log } from './log.ts';
import { makeOidc } from './oidc/oidc.ts';
import { systemLookup } from './oidc/private-networks.ts';
import { makeProfiles } from './profiles/profiles.ts';
import { loadSeals } from './storage/keys.ts';
import { openStorage } from './storage/open.ts';
import { makeTransients } from './storage/transient.ts';
import { makeOidcPages } from './web/oidc-pages.ts';
import { makeServer } from './web/server.ts';

/** Everything the program is made of. */
export type Parts = Awaited<ReturnType<typeof makeParts>>;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What comes from outside the program. */
export type World = { log: Log; now: () => number };

/** Makes every part once, in order. The only file that knows them all. */
export async function makeParts(config: Config, { log, now }: World) {
  const storage = await openStorage(config.ALUCO_DATABASE, config.ALUCO_DATA);
  try {
    const seals = await loadSeals(storage, config.ALUCO_MASTER_KEY, `${config.ALUCO_DATA}.key`);
    const transients = makeTransients({ storage, seals, now });
    const sessions = makeSessions({ storage, seals, now });
    const hasher = makeHasher();

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
      pages: makeOidcPages(config),
      profiles,
      seals,
      sessions,
      storage,
      transients,
    });
    const app = makeServer({ config, accounts, applications, journeys, log, now, oidc, profiles });

    const jobs: Job[] = [
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

    return { accounts, app, applications, hasher, jobs, oidc, profiles, seals, sessions, storage };
  } catch (error) {
    await storage.close();
    throw error;
  }
}
