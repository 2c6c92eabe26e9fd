import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Journeys, Standing } from '../../src/journey/journey.ts';
import { journeysOf, sendAtRandom } from './walks/machine.ts';
import { openPlace, type Place } from './walks/place.ts';

/** The other half is in `journey-machine-goes-on.test.ts`, which runs at the same time. */
const SEQUENCES = 50_000;
/** So many are enough to meet each of the faults below many times over. */
const TO_CATCH = 15_000;
const GUARD = 1_800_000;

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());

test(
  'A50: of 50,000 random sequences of requests by two browsers none signs anybody in without every proof, or as somebody else',
  async () => {
    const ends = await sendAtRandom(place, SEQUENCES, 20_261_127, journeysOf(place));
    // They get somewhere often enough to mean something.
    expect(ends.done).toBeGreaterThan(SEQUENCES / 100);
    expect(ends.strong).toBeGreaterThan(SEQUENCES / 200);
    expect(ends.silent).toBeGreaterThan(SEQUENCES / 5000);
    expect(ends.refused).toBeGreaterThan(SEQUENCES / 10);
    expect(ends.back).toBeGreaterThan(SEQUENCES / 5000);
  },
  GUARD,
);

type Fault = { readonly what: string; spoil(journeys: Journeys): Journeys };

const asDone = ({ account, journey }: Standing, profileId: string | undefined): Standing['step'] => ({
  name: 'done',
  accountId: account?.id ?? '',
  authenticatedAt: journey.proof?.at ?? 0,
  level: journey.proof?.level ?? 1,
  profileId,
});

/** What could be wrong with the journeys: each must be noticed. */
const FAULTS: readonly Fault[] = [
  {
    what: 'pages of a journey open in a browser that did not begin it',
    spoil: (journeys) => ({
      ...journeys,
      find: async (id, browser) => (await journeys.findForDoor(id)) ?? journeys.find(id, browser),
    }),
  },
  {
    what: 'the second factor of somebody who has one is passed over',
    spoil: (journeys) => ({
      ...journeys,
      async stand(...asked) {
        const standing = await journeys.stand(...asked);
        if (standing.step.name !== 'factor' || standing.application !== undefined) return standing;
        return { ...standing, step: asDone(standing, undefined) };
      },
    }),
  },
  {
    what: 'another password keeps the second factor that was shown before it',
    spoil: (journeys) => ({
      ...journeys,
      proven: (record, accountId, level) => journeys.proven(record, accountId, record.proof?.level ?? level),
    }),
  },
  {
    what: 'a second factor counts whatever step comes next',
    spoil: (journeys) => ({
      ...journeys,
      strengthened: ({ journey }, session) => ({
        ...journey,
        proof: { ...(journey.proof ?? session ?? { accountId: place.people.bruno.id, at: 0 }), level: 2 },
      }),
    }),
  },
  {
    what: 'somebody who is to prove anew who they are need not',
    spoil: (journeys) => ({
      ...journeys,
      stand: (record, session, standing) =>
        journeys.stand({ ...record, asks: { ...record.asks, login: false } }, session, standing),
    }),
  },
  {
    what: 'a profile is chosen without a look at whose it is',
    spoil: (journeys) => ({
      ...journeys,
      async stand(...asked) {
        const standing = await journeys.stand(...asked);
        const { profileId } = standing.journey;
        return standing.step.name === 'choose' && profileId !== undefined
          ? { ...standing, step: asDone(standing, profileId) }
          : standing;
      },
    }),
  },
  {
    what: 'a name from before is offered before a second factor that is asked for',
    spoil: (journeys) => ({
      ...journeys,
      async stand(...asked) {
        const standing = await journeys.stand(...asked);
        const [offer] = standing.offers;
        return standing.step.name === 'enrol' && offer !== undefined
          ? { ...standing, step: { name: 'reclaim', offer: offer.name } }
          : standing;
      },
    }),
  },
  {
    what: 'a name from before counts as taken back once it is offered',
    spoil: (journeys) => ({
      ...journeys,
      async stand(...asked) {
        const standing = await journeys.stand(...asked);
        return standing.step.name === 'reclaim' ? { ...standing, step: asDone(standing, undefined) } : standing;
      },
    }),
  },
];

describe('the sequences notice it where', () => {
  test.each(FAULTS)(
    '$what',
    async ({ spoil }) => {
      const sending = sendAtRandom(place, TO_CATCH, 7, spoil(journeysOf(place)));
      const error: unknown = await sending.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      const { cause } = (error ?? {}) as { cause?: unknown };
      expect(String(cause)).toMatch(/AssertionError: .*(without|with more than was shown|whose profile)/u);
    },
    GUARD,
  );
});
