import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { openRelayHouse, type RelayHouse, type Sender } from '../mail/relay-house.ts';
import { PEOPLE } from '../people.ts';
import { notify } from './handing-over.ts';
import { alter } from './troubles.ts';

/** More than is kept in memory until the commit: its body is written piece by piece. */
const LARGE = 'A line of a long letter.\n'.repeat(40_000);

/** How a write goes wrong: not begun, undone at its end, or done without anybody being told. */
const WAYS = ['refused', 'undone', 'done and not told'] as const;

describe.each(['sqlite', 'postgres'] as const)('250 means kept on %s', (engine) => {
  let place: RelayHouse;
  let meadow: Sender;
  let [alix, bruno] = [{} as Account, {} as Account];
  let [heron, magpie] = [{} as Profile, {} as Profile];
  let storage: Storage;
  /** By how much the clock of the house runs ahead, in milliseconds. */
  let ahead = 0;

  beforeAll(async () => {
    place = await openRelayHouse({ engine, now: () => Date.now() + ahead });
    meadow = await place.addSender('Meadow', 'meadow.example');
    [alix, bruno] = [await place.person('alix'), await place.person('bruno')];
    heron = await place.profile(alix, meadow, 'heron_lakeside');
    magpie = await place.profile(bruno, meadow, 'magpie_oaktree');
    ({ storage } = place.house.parts);
    // Nothing leaves meanwhile: what is kept can be counted.
    await place.house.parts.relay.steering.pause(true);
  });
  afterAll(() => place.close());

  /** What lies in the tables themselves, past everything that the program remembers. */
  async function kept(): Promise<{ messages: number; deliveries: number }> {
    const { spool, delivery } = storage.tables;
    const messages = (await storage.read.select().from(spool)).map(({ id }) => id);
    const deliveries = await storage.read.select().from(delivery);
    const whole = deliveries.filter(({ spoolId }) => spoolId !== null && messages.includes(spoolId));
    return { messages: new Set(whole.map(({ spoolId }) => spoolId)).size, deliveries: whole.length };
  }

  /** Hands one message for both over; whatever is no answer is one of ours that says "later". */
  async function hand(text: string): Promise<number> {
    try {
      return (await notify(place, meadow, [heron, magpie], { text })).code;
    } catch {
      return 451;
    }
  }

  /** Has the write number `at` from now on go wrong; returns how many there were in the end, and what mends it. */
  function breakWrite(at: number, way: (typeof WAYS)[number]): { count: () => number; mend: () => void } {
    const write = storage.write.bind(storage);
    let count = 0;
    storage.write = async (run) => {
      count += 1;
      if (count !== at) return write(run);
      const fault = new Error('the database went away');
      if (way === 'refused') throw fault;
      await write(async (tx) => {
        await run(tx);
        if (way === 'undone') throw fault;
      });
      throw fault;
    };
    return { count: () => count, mend: () => void (storage.write = write) };
  }

  test.each([
    ['a short message', 'Hello.'],
    ['a large one', LARGE],
  ])(
    'P5: %s is answered 250 once it lies in the tables for each of its recipients, and not before',
    async (_, text) => {
      const before = await kept();
      // Asked in the same moment as the answer comes.
      const [code, after] = await notify(place, meadow, [heron, magpie], { text }).then(
        async (reply) => [reply.code, await kept()] as const,
      );
      expect(code).toBe(250);
      expect(after).toEqual({ messages: before.messages + 1, deliveries: before.deliveries + 2 });
    },
  );

  test.each(WAYS.flatMap((way) => [['a short message', way, 'Hello.'] as const, ['a large one', way, LARGE] as const]))(
    'P5: where any write of %s is %s, no 250 is said that is not true',
    async (_, way, text) => {
      let broken = 0;
      for (let at = 1; ; at += 1) {
        const before = await kept();
        const fault = breakWrite(at, way);
        const code = await hand(text);
        fault.mend();
        const { messages, deliveries } = await kept();
        if (code === 250) expect([messages - before.messages, deliveries - before.deliveries]).toEqual([1, 2]);
        // All or nothing: a message that was kept without our knowing comes again, and is known by then.
        else expect([0, 2]).toContain(deliveries - before.deliveries);
        if (way !== 'done and not told' && code !== 250) expect(deliveries).toBe(before.deliveries);
        if (fault.count() < at) break;
        if (code !== 250) broken += 1;
      }
      expect(broken).toBeGreaterThanOrEqual(text === LARGE ? 2 : 1);
    },
  );

  test.each(['spool', 'spool_chunk', 'delivery', 'correspondent', 'relay_choice'])(
    'P5: while the table %s cannot be used, nothing is answered 250 that is not kept',
    async (table) => {
      const before = await kept();
      await alter(storage, `ALTER TABLE ${table} RENAME TO ${table}_away`);
      const codes = [await hand('Hello.'), await hand(LARGE)];
      await alter(storage, `ALTER TABLE ${table}_away RENAME TO ${table}`);
      const { deliveries } = await kept();
      const taken = codes.filter((code) => code === 250).length;
      expect(deliveries - before.deliveries).toBe(2 * taken);
      // A short message needs no pieces of a body.
      expect(codes).toEqual([table === 'spool_chunk' ? 250 : 451, 451]);
      expect(await hand('Hello.')).toBe(250);
    },
  );

  test('P5: all that was answered 250 arrives in the end', async () => {
    const { deliveries } = await kept();
    await place.house.parts.relay.steering.pause(false);
    const arrived = (): number =>
      place.catcher.letters.filter(({ to }) => [PEOPLE.alix.mailbox, PEOPLE.bruno.mailbox].includes(to as never))
        .length;
    // In the end: what did not leave on a busy machine is tried again, each time later than before.
    for (let rounds = 0; rounds < 4 || (rounds < 60 && (await kept()).deliveries > 0); rounds += 1) {
      // Longer than a lease: what nobody has in hand is taken again.
      ahead += 6 * 60_000;
      await place.settle();
    }
    expect(arrived()).toBe(deliveries);
    expect(await kept()).toEqual({ messages: 0, deliveries: 0 });
  });
});
