import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPlace, type Place } from '../mail/leaks-place.ts';
import { notify, intrude } from './handing-over.ts';
import { findCrossings, findExactTimes, findPaths, steal, type Copy } from './stolen.ts';

const PEOPLE = ['alix', 'alix', 'bruno', 'maud'] as const;

describe.each(['sqlite', 'postgres'] as const)('a stolen copy of waiting and held mail on %s', (engine) => {
  let place: Place;
  let copy: Copy;
  let tags: string[];

  beforeAll(async () => {
    place = await openPlace({ engine });
    const { sender, profiles } = await place.scene(...PEOPLE);
    const { parts } = place.house;
    // In the same hour: each gets one that is refused, one that waits, one that is held, and a stranger's.
    place.mailbox.behaviour = { code: 550, text: '5.7.1 not today' };
    for (const profile of profiles) await notify(place, sender, [profile]);
    await place.settle();
    place.mailbox.behaviour = undefined;
    await parts.relay.steering.pause(true);
    place.clock.time += 3000;
    for (const [at, profile] of profiles.entries()) {
      const { owner } = parts.relay;
      const id = place.accounts.get(PEOPLE[at] ?? 'alix')?.id ?? '';
      await notify(place, sender, [profile], { subject: 'waits' });
      await owner.setStrangers(id, profile.id, 'hold');
      await intrude(place, profile);
      await owner.setMode(id, profile.id, 'held');
      await notify(place, sender, [profile], { text: 'held\n'.repeat(at * 100 + 1) });
    }
    await place.settle();
    tags = profiles.map(({ id }) => parts.seals.tag('relay-profile', id));
    copy = await steal(parts.storage);
  });
  afterAll(() => place.close());

  /** What the rows of one profile show: states, sizes and hours, and nothing else. */
  const shapeOf = (tag: string): string[] =>
    copy
      .filter(({ values }) => values['profileTag'] === tag)
      .map(({ table, values }) => {
        const shown = Object.entries(values).map(([column, value]) =>
          typeof value === 'number' || column === 'status'
            ? `${column} ${value}`
            : `${column} of ${String(value ?? '').length}`,
        );
        return [table, ...shown].join(', ');
      })
      .toSorted();

  test('P2: looks the same for two profiles of one person as for those of two people', () => {
    const [heron, ...others] = tags.map(shapeOf);
    expect(heron?.length).toBeGreaterThan(4);
    for (const other of others) expect(other).toEqual(heron);
  });

  test('P2: leads from no profile to another, nor to an account, and tells no exact time', () => {
    expect(new Set(tags).size).toBe(4);
    expect(findPaths(copy)).toEqual([]);
    expect(findCrossings(copy)).toEqual([]);
    expect(findExactTimes(copy)).toEqual([]);
    // A message of one is none of another's.
    const owners = new Map<unknown, Set<unknown>>();
    for (const { values } of copy.filter(({ table }) => table === 'delivery')) {
      if (values['spoolId'] === null) continue;
      owners.set(values['spoolId'], (owners.get(values['spoolId']) ?? new Set()).add(values['profileTag']));
    }
    expect(owners.size).toBeGreaterThan(8);
    for (const of of owners.values()) expect(of.size).toBe(1);
  });
});
