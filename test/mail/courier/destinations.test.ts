import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeCourier, type Courier } from '../../../src/mail/courier/courier.ts';
import { makeDestinations } from '../../../src/mail/courier/destinations.ts';
import { onBothEngines } from '../../engines.ts';
import { BODY, message, openTarget, refusal, wayBy, type Target } from './target.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 10, 27, 9, 30);

onBothEngines('destinations that take nothing', (ground) => {
  let time = START;
  beforeEach(async () => {
    time = START;
    const { storage } = ground();
    await storage.write(async (tx) => void (await tx.delete(storage.tables.destination)));
  });
  const node = () => makeDestinations({ ...ground(), now: () => time });
  const rows = () => ground().storage.read.select().from(ground().storage.tables.destination);

  test('are left alone for longer and longer, give or take a fifth', async () => {
    const destinations = node();
    expect(await destinations.mayTry('mailbox.test')).toBeUndefined();
    const pauses: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      await destinations.failed('mailbox.test', 'ETIMEDOUT');
      const due = (await destinations.mayTry('mailbox.test')) ?? 0;
      pauses.push((due - time) / MINUTE);
      time = due;
    }
    for (const [at, minutes] of [1, 5, 15, 30, 60, 120, 120, 120].entries()) {
      expect(pauses[at]).toBeGreaterThanOrEqual(minutes * 0.8);
      expect(pauses[at]).toBeLessThanOrEqual(minutes * 1.2);
    }
  });

  test('that fail ten messages at the same moment have failed once', async () => {
    const destinations = node();
    for (let number = 0; number < 10; number += 1) await destinations.failed('mailbox.test', 'ETIMEDOUT');
    expect(await destinations.trouble()).toMatchObject([{ name: 'mailbox.test', failures: 1, since: START }]);
  });

  test('are tried by one message when the pause is over, and the others wait for how that does', async () => {
    const destinations = node();
    await destinations.failed('mailbox.test', 'ETIMEDOUT');
    time = (await destinations.mayTry('mailbox.test')) ?? 0;
    expect(await destinations.mayTry('mailbox.test')).toBeUndefined();
    const wait = (await destinations.mayTry('mailbox.test')) ?? 0;
    expect(wait).toBeGreaterThan(time);
    // Should that message never have left, another one is tried.
    time = wait;
    expect(await destinations.mayTry('mailbox.test')).toBeUndefined();
    await destinations.worked('mailbox.test');
    expect([await destinations.mayTry('mailbox.test'), await rows()]).toEqual([undefined, []]);
  });

  test('are known to the other nodes and after a restart, and forgotten on all when they work again', async () => {
    const [first, second] = [node(), node()];
    await second.mayTry('mailbox.test');
    await first.failed('mailbox.test', 'ECONNECTION 421');
    time += 30_000;
    const due = await first.mayTry('mailbox.test');
    expect(due).toBeGreaterThan(time);
    expect([await second.mayTry('mailbox.test'), await node().mayTry('mailbox.test')]).toEqual([due, due]);
    time += 5 * MINUTE;
    await second.worked('mailbox.test');
    time += 30_000;
    expect([await first.mayTry('mailbox.test'), await first.trouble()]).toEqual([undefined, []]);
  });

  test('show a thief of the tables neither name nor state: rows are of one size, times are full hours', async () => {
    const destinations = node();
    await destinations.failed('mailbox.test', 'ETIMEDOUT');
    await destinations.failed(`${'a-long-name.'.repeat(20)}test`, 'EPROTOCOL 554');
    const found = await rows();
    expect(new Set(found.map(({ sealed }) => sealed.length)).size).toBe(1);
    expect(found.map(({ expiresHour }) => expiresHour % HOUR)).toEqual([0, 0]);
    expect(JSON.stringify(found)).not.toMatch(/mailbox|long-name|ETIMEDOUT|\.test/u);
  });

  test('that nobody tried for a day are forgotten', async () => {
    const destinations = node();
    await destinations.failed('mailbox.test', 'ETIMEDOUT');
    time += 27 * HOUR;
    await destinations.sweep();
    expect([await rows(), await node().mayTry('mailbox.test')]).toEqual([[], undefined]);
  });

  test('cost no write while they work, nor while they fail again within their pause', async () => {
    const destinations = node();
    await destinations.worked('mailbox.test');
    await destinations.failed('mailbox.test', 'ETIMEDOUT');
    const before = await rows();
    await destinations.failed('mailbox.test', 'ESOCKET');
    expect(await rows()).toEqual(before);
  });

  describe('as the courier meets them', () => {
    const closing: (() => unknown)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0).toReversed()) await close();
    });
    let answer: Error | null = null;

    async function open(smtp?: string): Promise<{ courier: Courier; target: Target }> {
      answer = null;
      const target = await openTarget({ onRcptTo: (_address, _session, callback) => callback(answer) });
      const way = wayBy(smtp ?? target.smtp);
      const courier = makeCourier({ ...way, ...ground(), now: () => time });
      closing.push(
        () => target.close(),
        () => courier.close(),
      );
      return { courier, target };
    }

    test('a host that is away is left alone, and tried again when it is time', async () => {
      const { courier, target } = await open();
      await target.close();
      expect(await courier.send(message())).toMatchObject({ fault: 'host' });
      expect(await courier.mayTry('bruno@elsewhere.test')).toBeGreaterThan(time);
      expect(await courier.trouble()).toMatchObject([{ name: '127.0.0.1', failures: 1, code: 'ESOCKET' }]);
      const again = await openTarget({}, '127.0.0.1', target.port);
      closing.push(() => again.close());
      time += 2 * MINUTE;
      expect(await courier.mayTry('alix@mailbox.test')).toBeUndefined();
      expect((await courier.send(message())).kind).toBe('taken');
      expect([await courier.trouble(), await courier.mayTry('alix@mailbox.test')]).toEqual([[], undefined]);
    });

    test('a host that puts a message off for its own sake works', async () => {
      const { courier } = await open();
      answer = refusal(450, '4.2.0 greylisted, come back later');
      expect(await courier.send(message())).toMatchObject({ fault: 'message', lasting: false, code: '450' });
      expect([await courier.mayTry('alix@mailbox.test'), await rows()]).toEqual([undefined, []]);
    });

    test('what is no address has no destination, and troubles none', async () => {
      const { courier } = await open();
      expect(await courier.send(message([BODY], { to: 'nobody' }))).toMatchObject({ lasting: true, code: '553' });
      expect([await courier.mayTry('nobody'), await rows()]).toEqual([undefined, []]);
    });

    test('what ends because we end is no fault of the host', async () => {
      const { courier, target } = await open();
      let begun = (): void => undefined;
      const isBegun = new Promise<void>((resolve) => (begun = resolve));
      const slow = message([], {
        size: 100_000,
        async *body() {
          yield BODY;
          begun();
          await new Promise(() => undefined);
        },
      });
      const sending = courier.send(slow);
      await isBegun;
      courier.close();
      expect(await sending).toMatchObject({ fault: 'host', lasting: false });
      expect([target.arrived, await rows()]).toEqual([[], []]);
    });

    test('ten messages to a domain and forty in all are on their way at the same time', async () => {
      let now = 0;
      let most = 0;
      let limit = 10;
      let left = 90;
      const held: (() => void)[] = [];
      /** Takes those that are held. */
      const release = (): void => {
        left -= held.length;
        now -= held.length;
        for (const take of held.splice(0)) take();
      };
      const target = await openTarget({
        onData(stream, _session, callback) {
          now += 1;
          most = Math.max(most, now);
          stream.resume().once('end', () => {
            held.push(callback);
            // As many as may be are here; had one more been let through, it would come too.
            if (held.length === Math.min(limit, left)) setTimeout(release, 100);
          });
        },
      });
      const addresses = async (): Promise<string[]> => ['127.0.0.1'];
      const dns = { mx: async () => [], addresses };
      const courier = makeCourier({ ...wayBy('mx:', { dns, port: target.port }), ...ground(), now: () => time });
      closing.push(
        () => target.close(),
        () => courier.close(),
      );
      const send = (domains: number) =>
        Promise.all(
          Array.from({ length: 90 }, (_, number) =>
            courier.send(message([BODY], { to: `alix@mailbox${number % domains}.test` })),
          ),
        );
      await send(1);
      expect(most).toBe(10);
      [most, limit, left] = [0, 40, 90];
      await send(9);
      expect(most).toBe(40);
    });
  });
});
