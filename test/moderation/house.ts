import { afterAll, beforeAll, describe } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Actor } from '../../src/moderation/moderation.ts';
import { openHouse, type House } from '../house.ts';

/** A whole instance whose clock only moves when told to. */
export type Place = House & { readonly clock: { time: number } };

/** Runs the same tests in a house on each engine. */
export function inBothHouses(
  name: string,
  tests: (place: () => Place) => void,
  settings: Record<string, string> = {},
): void {
  describe.each(['sqlite', 'postgres'] as const)(`${name} on %s`, (engine) => {
    let place: Place;
    beforeAll(async () => {
      const clock = { time: Date.UTC(2026, 10, 21, 9, 30) };
      const house = await openHouse({ engine, now: () => clock.time, settings });
      place = Object.assign(house, { clock });
    });
    afterAll(() => place.close());
    tests(() => place);
  });
}

/** Somebody who acts, as the pages see them. */
export const actorOf = ({ id, role }: Account): Actor => ({ accountId: id, administrator: role === 'administrator' });
