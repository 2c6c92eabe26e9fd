import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { bundleNode, makeRelayPlace, type Node, type RelayPlace } from './relay-place.ts';
import { copiesOf, letterTo, openOutbox } from './relay-sender.ts';

/** A lease is over by then, in milliseconds. */
const LEASE_OVER = 6 * 60_000;
const ELSEWHERE = { ALUCO_RELAY: '127.0.0.1:0' };

let node: Awaited<ReturnType<typeof bundleNode>>;
let catcher: MailCatcher;
let isSlow = false;
const waitingToAnswer = new Set<() => void>();
let place: RelayPlace;
const nodes: Node[] = [];

beforeAll(async () => {
  node = await bundleNode();
  catcher = await openMailCatcher({
    onMailFrom(_address, _session, callback) {
      if (isSlow) waitingToAnswer.add(callback);
      else callback();
    },
  });
});
afterEach(async () => {
  for (const one of nodes.splice(0)) await one.kill();
  await place.remove();
});
afterAll(async () => {
  await catcher.close();
  await node.remove();
});

async function start(life: Parameters<RelayPlace['start']>[0]): Promise<Node> {
  const started = await place.start(life);
  nodes.push(started);
  return started;
}

/** Has so many messages wait in the database, in nobody's hand. */
async function fill(count: number): Promise<string[]> {
  place = await makeRelayPlace({ engine: 'postgres', node: node.file, smtp: catcher.smtp, profilesEach: 8 });
  await place.pause(true);
  const filling = await start({});
  const letters = Array.from({ length: count }, (_, number) =>
    letterTo(place.aliases[number % place.aliases.length] ?? ''),
  );
  const outbox = openOutbox(place.port);
  await outbox.send(letters);
  await filling.rounds(3);
  await filling.kill();
  await place.pause(false);
  expect(outbox.accepted.size).toBe(count);
  return letters.map(({ id }) => id);
}

describe('several nodes on PostgreSQL', () => {
  test('two share a queue of 120 messages: each arrives once', async () => {
    const before = catcher.letters.length;
    const ids = await fill(120);
    const [one, two] = await Promise.all([start({ settings: ELSEWHERE }), start({ settings: ELSEWHERE })]);
    await Promise.all([one?.emptied(), two?.emptied()]);
    const copies = copiesOf(catcher.letters.slice(before));
    expect(ids.filter((id) => copies.get(id) !== 1)).toEqual([]);
    expect(copies.size).toBe(ids.length);
    const { deliveries } = await place.left();
    expect(ids.filter((id) => deliveries.get(id)?.state !== 'delivered')).toEqual([]);
  });

  test('what one had in hand when it was killed the other takes once the lease is over, not before', async () => {
    const before = catcher.letters.length;
    const ids = await fill(60);
    isSlow = true;
    const first = await start({ settings: ELSEWHERE });
    // It has all of them in hand, and is about to send some.
    while (waitingToAnswer.size === 0) await pause(20);
    await first.rounds(1);
    const second = await start({ settings: ELSEWHERE });
    await second.rounds(5);
    await first.kill();
    isSlow = false;
    waitingToAnswer.clear();
    await second.rounds(10);
    expect([second.waiting(), catcher.letters.length - before]).toEqual([ids.length, 0]);
    second.passTime(LEASE_OVER);
    await second.emptied();
    const copies = copiesOf(catcher.letters.slice(before));
    expect(ids.filter((id) => copies.get(id) !== 1)).toEqual([]);
    const { deliveries } = await place.left();
    expect(ids.filter((id) => deliveries.get(id)?.mayBeTwice !== true)).toEqual([]);
  });
});
