import { expect, test } from 'vitest';
import {
  LIMITS,
  makeAttempts,
  networkCounters,
  networkOf,
  siteOf,
  type Attempts,
  type Counter,
} from '../../src/accounts/attempts.ts';
import { randomId } from '../../src/storage/seal.ts';
import { onBothEngines, type Ground } from '../engines.ts';
import { refusalOf } from './house.ts';

const MINUTE = 60_000;

/** Counts without hashing: what is tried is whatever a test says it is. */
function makeBooth({ storage, seals }: Ground): {
  clock: { time: number };
  attempts: Attempts;
  guess(counters: readonly Counter[], right?: boolean): Promise<string>;
} {
  const clock = { time: Date.UTC(2026, 10, 21, 9, 30) };
  const attempts = makeAttempts({ storage, seals, now: () => clock.time });
  return {
    clock,
    attempts,
    guess: async (counters, right = false) => refusalOf(attempts.judge(counters, async () => right)),
  };
}

onBothEngines('failed attempts', (ground) => {
  test('A45 cost nothing at first, then a wait that doubles up to its cap and is forgotten with time', async () => {
    const { guess, clock } = makeBooth(ground());
    const pair: Counter[] = [['identity-network', randomId(), 'net']];
    for (let failure = 1; failure <= LIMITS['identity-network'].free + 1; failure += 1)
      expect(await guess(pair)).toBe('fine');
    const waits: number[] = [];
    for (let failure = 0; failure < 12; failure += 1) {
      const seconds = Number(/^try_later seconds=(\d+)$/u.exec(await guess(pair))?.[1]);
      waits.push(seconds);
      clock.time += seconds * 1000;
      expect(await guess(pair)).toBe('fine');
    }
    expect(waits.slice(0, 9)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
    expect(Math.max(...waits)).toBe(300);
    clock.time += 24 * 60 * MINUTE;
    for (let failure = 1; failure <= LIMITS['identity-network'].free; failure += 1)
      expect(await guess(pair)).toBe('fine');
    expect(await guess(pair)).toBe('fine');
    expect(await guess(pair)).toBe('try_later seconds=1');
  });

  test('A45 that are refused are not counted and make nobody wait longer', async () => {
    const { guess, clock } = makeBooth(ground());
    const pair: Counter[] = [['identity', randomId()]];
    while ((await guess(pair)) === 'fine');
    for (let number = 0; number < 30; number += 1) expect(await guess(pair)).toBe('try_later seconds=1');
    clock.time += 1000;
    expect(await guess(pair)).toBe('fine');
    expect(await guess(pair)).toBe('try_later seconds=2');
  });

  test('A45 fifty at one moment are all counted: exactly as many as are free pass, and one', async () => {
    const { guess } = makeBooth(ground());
    const who = randomId();
    const pair: Counter[] = [
      ['identity-network', who, 'net'],
      ['network', `net of ${who}`],
      ['identity', who],
    ];
    const answers = await Promise.all(Array.from({ length: 50 }, () => guess(pair)));
    expect(answers.filter((answer) => answer === 'fine')).toHaveLength(LIMITS['identity-network'].free + 1);
  });

  test('A45 with one password on many accounts are counted for their network, all at one moment too', async () => {
    const { guess } = makeBooth(ground());
    const network = randomId();
    const spray = (from: string) => {
      const who = randomId();
      return guess([
        ['identity-network', who, from],
        ['network', from],
        ['identity', who],
      ]);
    };
    const answers = await Promise.all(Array.from({ length: 90 }, () => spray(network)));
    expect(answers.filter((answer) => answer === 'fine')).toHaveLength(LIMITS.network.free + 1);
    expect(await spray('another network')).toBe('fine');
  });

  test('A45 on one account from many networks wait at most a minute, and five hours later nothing is left of them', async () => {
    const { guess, clock } = makeBooth(ground());
    const who = randomId();
    const fromAnywhere = () =>
      guess([
        ['identity-network', who, randomId()],
        ['identity', who],
      ]);
    let longest = 0;
    for (let number = 0; number < 60; number += 1) {
      const seconds = Number(/seconds=(\d+)/u.exec(await fromAnywhere())?.[1] ?? 0);
      longest = Math.max(longest, seconds);
      clock.time += seconds * 1000;
    }
    expect(longest).toBe(60);
    clock.time += 5 * 60 * MINUTE;
    for (let number = 0; number < LIMITS.identity.free; number += 1) expect(await fromAnywhere()).toBe('fine');
  });

  test('A45 ten thousand passwords tried on one account from as many networks, one a second, come to a few hundred', async () => {
    const { guess, clock } = makeBooth(ground());
    const who = randomId();
    let compared = 0;
    for (let number = 0; number < 10_000; number += 1) {
      const address = `10.${Math.floor(number / 250)}.${number % 250}.7`;
      const counters: Counter[] = [
        ['identity-network', who, networkOf(address)],
        ...networkCounters('network', address),
        ['identity', who],
      ];
      if ((await guess(counters)) === 'fine') compared += 1;
      clock.time += 1000;
    }
    // Once a minute in the long run, in 10,000 seconds; and what was free.
    expect(compared).toBeGreaterThan(100);
    expect(compared).toBeLessThan(200);
  });

  test('A45 one password tried on ten thousand accounts from one network, one a second, comes to a few hundred', async () => {
    const { guess, clock } = makeBooth(ground());
    let compared = 0;
    for (let number = 0; number < 10_000; number += 1) {
      const who = randomId();
      const counters: Counter[] = [
        ['identity-network', who, 'spray'],
        ['network', 'spray'],
        ['identity', who],
      ];
      if ((await guess(counters)) === 'fine') compared += 1;
      clock.time += 1000;
    }
    expect(compared).toBeGreaterThan(200);
    expect(compared).toBeLessThan(400);
  });

  test('A45 are counted together on two nodes, at one moment too', async () => {
    const [one, two] = [makeBooth(ground()), makeBooth(ground())];
    const pair: Counter[] = [['identity-network', randomId(), 'net']];
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, number) => (number % 2 === 0 ? one : two).guess(pair)),
    );
    expect(answers.filter((answer) => answer === 'fine')).toHaveLength(LIMITS['identity-network'].free + 1);
  });

  test('A45 from every /64 of one /48 are counted together, and its neighbours go free', async () => {
    const { guess } = makeBooth(ground());
    const prefix = `2001:db8:${Math.floor(Math.random() * 0xffff).toString(16)}`;
    const from = (block: string, number: number) =>
      guess([['identity-network', randomId(), 'net'], ...networkCounters('network', `${block}:${number}::1`)]);
    let answer = 'fine';
    let number = 0;
    for (; answer === 'fine' && number < 1000; number += 1) answer = await from(prefix, number);
    expect([number, answer]).toEqual([LIMITS.site.free + 2, 'try_later seconds=1']);
    expect(await from('2001:db8', number)).toBe('fine');
  });

  test('A48 on a second factor are at most ten while a code is good', async () => {
    const { guess, clock } = makeBooth(ground());
    const account: Counter[] = [['second-factor', randomId()]];
    const started = clock.time;
    let tried = 0;
    while (clock.time - started < 90_000) {
      const answer = await guess(account);
      if (answer === 'fine') tried += 1;
      else clock.time += Number(/seconds=(\d+)/u.exec(answer)?.[1]) * 1000;
    }
    expect(tried).toBe(10);
  });

  test('asking for letters to one address are few in an hour and never stop for good', async () => {
    const { guess, clock } = makeBooth(ground());
    const address: Counter[] = [['letter', randomId()]];
    const sentIn = async (span: number): Promise<number> => {
      const end = clock.time + span;
      let sent = 0;
      while (clock.time < end) {
        const answer = await guess(address);
        if (answer === 'fine') sent += 1;
        else clock.time += Number(/seconds=(\d+)/u.exec(answer)?.[1]) * 1000;
      }
      return sent;
    };
    expect(await sentIn(60 * MINUTE)).toBe(6);
    expect(await sentIn(24 * 60 * MINUTE)).toBeGreaterThanOrEqual(23);
    clock.time += 24 * 60 * MINUTE;
    expect(await sentIn(MINUTE)).toBe(3);
  });

  test('are taken back by a success, which starts the own count anew and not the one of the network', async () => {
    const { guess } = makeBooth(ground());
    const who = randomId();
    const counters: Counter[] = [
      ['identity-network', who, who],
      ['network', who],
      ['identity', who],
    ];
    for (let number = 0; number < 5; number += 1) expect(await guess(counters)).toBe('fine');
    expect(await guess(counters, true)).toBe('fine');
    // The pair starts anew; the identity still holds five of its ten.
    for (let number = 0; number < 6; number += 1) expect(await guess(counters)).toBe('fine');
    expect(await guess(counters)).toBe('try_later seconds=1');
    // 5 + 6 failures stand for the network: 49 others are free, and one passes.
    for (let number = 0; number < 50; number += 1) expect(await guess([['network', who]])).toBe('fine');
    expect(await guess([['network', who]])).toBe('try_later seconds=1');
  });

  test('counted while the clock ran ahead make nobody wait until then once it is set back', async () => {
    const { guess, clock } = makeBooth(ground());
    for (const ahead of [60 * MINUTE, 365 * 24 * 60 * MINUTE]) {
      const pair: Counter[] = [['identity-network', randomId(), 'net']];
      clock.time += ahead;
      while ((await guess(pair)) === 'fine');
      clock.time -= ahead;
      expect(await guess(pair)).toBe('fine');
      // Forgotten they are not: this one counts on top of them, from now on.
      expect(await guess(pair)).toMatch(/^try_later seconds=\d{1,3}$/u);
    }
  });

  test('that never came to a comparison are not counted', async () => {
    const { attempts, guess } = makeBooth(ground());
    const pair: Counter[] = [['identity-network', randomId(), 'net']];
    for (let number = 0; number < 20; number += 1) {
      const busy = attempts.judge(pair, async () => {
        throw new Error('no room');
      });
      await expect(busy).rejects.toThrow('no room');
    }
    expect(await guess(pair)).toBe('fine');
  });

  test('say in plain columns only an hour, and are swept when it is over', async () => {
    const { attempts, guess, clock } = makeBooth(ground());
    const { storage } = ground();
    await guess([['identity', randomId()]]);
    const before = await storage.read.select().from(storage.tables.attempt);
    for (const { expiresHour } of before) expect(expiresHour % 3_600_000).toBe(0);
    expect(new Set(before.map(({ sealed }) => sealed.length)).size).toBe(1);
    await attempts.sweep();
    expect((await storage.read.select().from(storage.tables.attempt)).length).toBeGreaterThan(0);
    clock.time += 7 * 24 * 60 * MINUTE;
    await attempts.sweep();
    expect(await storage.read.select().from(storage.tables.attempt)).toEqual([]);
  });
});

test('A46 addresses of one subscriber are one network: /24 in IPv4, /64 in IPv6; and one site: /48', () => {
  expect(networkOf('192.0.2.1')).toBe(networkOf('192.0.2.254'));
  expect(networkOf('::ffff:192.0.2.1')).toBe(networkOf('192.0.2.1'));
  expect(networkOf('192.0.3.1')).not.toBe(networkOf('192.0.2.1'));
  expect(networkOf('2001:db8:0:ff00::1')).toBe(networkOf('2001:db8:0:ff00:1:2:3:4'));
  expect(networkOf('2001:db8:0:ff01::1')).not.toBe(networkOf('2001:db8:0:ff00::1'));
  expect(siteOf('2001:db8:0:ff01::1')).toBe(siteOf('2001:db8:0:ff00::1'));
  expect(siteOf('2001:db8:1::1')).not.toBe(siteOf('2001:db8:0::1'));
  expect(siteOf('192.0.2.1')).toBe(networkOf('192.0.2.254'));
  expect(networkOf('fe80::1%eth0')).not.toBe('unknown');
  expect(networkOf('1.2.3.4, 5.6.7.8')).toBe('unknown');
});
