import { eq } from 'drizzle-orm';
import { makeApplications, type Application, type ApplicationSettings } from '../../src/applications/applications.ts';
import { holding } from '../../src/profiles/holding.ts';
import { makeProfiles, type Happening, type Profile } from '../../src/profiles/profiles.ts';
import { randomId } from '../../src/storage/seal.ts';
import type { Db } from '../../src/storage/storage.ts';
import type { Ground } from '../engines.ts';
import { addApplication } from '../people.ts';

export const DAY = 86_400_000;

export type Place = Awaited<ReturnType<typeof openPlace>>;

/**
 * Alix and Bruno at an application of its own, whose clock moves when it is told to. What is ended, happens or is to be
 * ended later is written down.
 */
export async function openPlace(
  { storage, seals }: Pick<Ground, 'storage' | 'seals'>,
  more: Partial<ApplicationSettings> = {},
) {
  const clock = { time: Date.UTC(2026, 10, 21, 23, 59) };
  const ended: string[] = [];
  const wiped: string[] = [];
  const happened: Happening[] = [];
  const cases = new Set<string>();
  const later: { due: number; profileId: string }[] = [];
  const applications = makeApplications({ storage });
  const profiles = makeProfiles({
    applications,
    storage,
    seals,
    now: () => clock.time,
    aliasDomain: 'relay.example',
    onEnded: async (_, profileId) => void ended.push(profileId),
    onWiped: async (_, profileId) => void wiped.push(profileId),
    tell: async (_, happening) => void happened.push(happening),
    isHeld: async (_, profileId) => cases.has(profileId),
    endLater: async (_, due, profileId) => void later.push({ due, profileId }),
  });
  const meadow: Application = await addApplication({ applications }, 'Meadow', 'https://meadow.example', more);
  return {
    applications,
    profiles,
    moderated: profiles.moderated,
    storage,
    clock,
    ended,
    wiped,
    happened,
    later,
    /** The profiles about which a case is open. */
    cases,
    meadow,
    alix: randomId(),
    bruno: randomId(),
    /** Changes what the application says, for good. */
    change: (settings: Partial<ApplicationSettings>): Promise<Application> =>
      applications.change(meadow.id, { ...meadow, ...settings }),
    /** The application as it is at this moment. */
    current: (): Promise<Application> => applications.get(meadow.id),
    create: (accountId: string, name: string): Promise<Profile> =>
      profiles.create(accountId, meadow, { name, note: '' }),
    request: (accountId: string, name: string, urgent = false): Promise<Profile> =>
      profiles.request(accountId, meadow, { name, note: '', words: 'please', urgent }),
    /** One decision of a moderator, in a transaction of its own. */
    decide: <T>(work: (tx: Db) => Promise<T>): Promise<T> => storage.write(work),
    async status(id: string): Promise<string | undefined> {
      return (await profiles.find(id))?.status;
    },
    /** Whether the person may use the profile at this moment. */
    async isUsable(accountId: string, id: string): Promise<boolean> {
      return (await profiles.usable(accountId, id)) !== undefined;
    },
    async row(id: string) {
      const { profile } = storage.tables;
      const [row] = await storage.read.select().from(profile).where(eq(profile.id, id));
      return row;
    },
    /** What the account holds, opened. */
    async held(accountId: string) {
      const tag = seals.tag('holding', accountId, meadow.id);
      const [row] = await storage.read.select().from(storage.tables.holding).where(eq(storage.tables.holding.tag, tag));
      return holding.parse(JSON.parse(seals.open('holding', tag, row?.sealed ?? '')));
    },
    /** Lets days pass, with the clock's job run on each as it would be. */
    async pass(days: number): Promise<void> {
      for (let day = 0; day < days; day += 1) {
        clock.time += DAY;
        await profiles.sweep();
      }
    },
  };
}
