import { eq } from 'drizzle-orm';
import type { Parts } from '../../src/parts.ts';
import { openHouse } from '../house.ts';
import { addApplication, PEOPLE } from '../people.ts';

const HOUR = 3_600_000;
const NAMES = ['heron', 'sparrow', 'plover', 'magpie', 'siskin', 'wagtail'];

/**
 * Six profiles at three applications, of one account or of six, which are deleted at the same moment: after how many
 * hours each profile ended, as whoever sees only the profiles can tell. `arrange` may spoil the parts before.
 */
export async function endsOf(
  people: 'one' | 'many',
  arrange: (parts: Parts) => void = () => undefined,
): Promise<number[]> {
  const start = Date.UTC(2026, 10, 21, 9, 30, 7);
  let time = start;
  const house = await openHouse({ now: () => time, settings: { ALUCO_LEAVE_DAYS: '0' } });
  try {
    const { parts } = house;
    const { accounts, profiles, storage } = parts;
    arrange(parts);
    const places = [];
    for (const place of ['Meadow', 'Harbour', 'Wiki'])
      places.push(await addApplication(parts, place, `http://${place}.localhost`, { quota: 2 }));
    const owners = new Set<string>();
    for (const [at, name] of NAMES.entries()) {
      const loginName = people === 'one' ? 'alix' : `alix${at}`;
      const { password } = PEOPLE.alix;
      const { id } =
        (await accounts.findByLogin(loginName)) ?? (await accounts.add({ loginName, password, language: 'en' }));
      owners.add(id);
      const place = places[at % places.length];
      if (place !== undefined) await profiles.create(id, place, { name, note: '' });
    }
    for (const id of owners) await accounts.leave(id);
    const { profile } = storage.tables;
    const ends = new Map<string, number>();
    for (; ends.size < NAMES.length && time < start + 15 * 24 * HOUR; time += HOUR) {
      for (const job of parts.jobs) if (job.name === 'people who leave') await job.run();
      const gone = await storage.read.select({ id: profile.id }).from(profile).where(eq(profile.status, 'retired'));
      for (const { id } of gone) if (!ends.has(id)) ends.set(id, (time - start) / HOUR);
    }
    return [...ends.values()];
  } finally {
    await house.close();
  }
}

/**
 * Whether the ends give away that the profiles belong together. Of six hours drawn among three hundred, fewer than four
 * different ones come by chance not once in a hundred thousand times.
 */
export function sharedEnds(hours: readonly number[]): boolean {
  return new Set(hours).size < 4;
}
