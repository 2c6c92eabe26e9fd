import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { POINTS } from '../../src/mail/spool/spool.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { bundleNode, makeRelayPlace, type Node, type RelayPlace } from './relay-place.ts';
import { copiesOf, letterTo, openOutbox } from './relay-sender.ts';

type Point = (typeof POINTS)[number];
type Plan = {
  /** The program is killed when the point was reached so many times. */
  readonly times: number;
  readonly size?: number;
  /** A life before that one, which ends at another point. */
  readonly before?: Point;
  /** So many messages are put off by the mailbox's server. */
  readonly deferred?: number;
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** What is put off, and the lease of a process that is gone, is over by then. */
const LATER = 10 * MINUTE;
/** A body that belongs to no message is forgotten by then. */
const MUCH_LATER = 8 * HOUR;
const LETTERS = 12;

const PLANS: Record<Point, Plan> = {
  // Of three pieces each.
  'piece kept': { times: 5, size: 700_000 },
  'body kept': { times: 3 },
  committing: { times: 3 },
  committed: { times: 5 },
  // What was just accepted is leased from the start: only what another life left is taken by lease.
  leased: { times: 1, before: 'committed' },
  'put off': { times: 2, deferred: 4 },
  settling: { times: 3 },
  settled: { times: 3 },
};

let node: Awaited<ReturnType<typeof bundleNode>>;
let catcher: MailCatcher;
let deferred = 0;
let place: RelayPlace | undefined;
let running: Node | undefined;

beforeAll(async () => {
  node = await bundleNode();
  catcher = await openMailCatcher({
    onRcptTo(_address, _session, callback) {
      deferred -= 1;
      callback(deferred < 0 ? null : Object.assign(new Error('4.2.0 come back later'), { responseCode: 450 }));
    },
  });
});
afterEach(async () => {
  await running?.kill();
  await place?.remove();
  running = undefined;
  place = undefined;
});
afterAll(async () => {
  await catcher.close();
  await node.remove();
});

/** Ends the program at a point while messages come, starts it again, and looks where all of them are. */
async function endAt(point: Point, engine: 'sqlite' | 'postgres'): Promise<void> {
  const { times, size, before, deferred: toDefer = 0 } = PLANS[point];
  const arrivedBefore = catcher.letters.length;
  deferred = toDefer;
  const here = await makeRelayPlace({ engine, node: node.file, smtp: catcher.smtp, profilesEach: 1 });
  place = here;
  const letters = Array.from({ length: LETTERS }, (_, number) => letterTo(here.aliases[number % 4] ?? '', size));
  const outbox = openOutbox(here.port);

  const lives =
    before === undefined
      ? [{ point, times }]
      : [
          { point: before, times: 5 },
          { point, times, clock: LATER },
        ];
  const sent = outbox.send(letters);
  for (const life of lives) {
    running = await here.start(life);
    expect(await running.ended()).toBe('SIGKILL');
  }
  const inFlight = [...(await here.left()).deliveries.values()].filter(({ state }) => state === 'waiting').length;

  running = await here.start({ clock: lives.length * LATER });
  await sent;
  await running.emptied();
  await running.kill();
  const { deliveries, pieces } = await here.left(MUCH_LATER);
  const copies = copiesOf(catcher.letters.slice(arrivedBefore));
  const ids = letters.map(({ id }) => id);

  expect([...outbox.accepted].toSorted()).toEqual(ids.toSorted());
  expect(outbox.retries).toBeGreaterThan(0);
  // Each accepted message arrived, and its owner's log says so; nothing waits, and nothing is left of what was half kept.
  expect(ids.filter((id) => !copies.has(id))).toEqual([]);
  expect(ids.map((id) => deliveries.get(id)?.state)).toEqual(ids.map(() => 'delivered'));
  expect([copies.size, deliveries.size, pieces]).toEqual([LETTERS, LETTERS, 0]);
  const twice = ids.filter((id) => (copies.get(id) ?? 0) > 1);
  expect(twice.filter((id) => copies.get(id) !== 2 || deliveries.get(id)?.mayBeTwice !== true)).toEqual([]);
  expect(twice.length).toBeLessThanOrEqual(inFlight);
}

describe('the program is killed between two steps of a message', () => {
  test.each(POINTS)('%j: every message that was accepted arrives, those that may come twice are marked', (point) =>
    endAt(point, 'sqlite'),
  );
  test.each(['leased', 'settling'] as const)('%j, on PostgreSQL: the same', (point) => endAt(point, 'postgres'));
});
