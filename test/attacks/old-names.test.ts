import { expect, test } from 'vitest';
import { makeLog } from '../../src/log.ts';
import { typedName } from '../../src/legacy/reclaim-finding.ts';
import { makeOldPasswordCheck } from '../../src/legacy/reclaim-password.ts';
import { makeReclaimStore } from '../../src/legacy/reclaim-store.ts';
import { makeQueue } from '../../src/mail/queue.ts';
import { openStorage } from '../../src/storage/open.ts';
import { randomId } from '../../src/storage/seal.ts';
import { countQueries, refusalOf } from '../accounts/house.ts';
import { onBothEngines } from '../engines.ts';
import { HERON, openOldPlace, type OldPlace } from '../legacy/place.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

let used = 10;

/** Networks that no other test counts anything under, one for each number. */
function newNetworks(): (index?: number) => string {
  used += 1;
  const first = used;
  return (index = 4000) => `${first}.${Math.floor(index / 250)}.${index % 250}.9`;
}

type Guess = { readonly accountId: string; readonly name: string; readonly from: string };

/** How many of these guesses were compared; the others were told to wait. */
async function judged({ reclaim, meadow }: OldPlace, guesses: readonly Guess[], password = 'wrong'): Promise<number> {
  let count = 0;
  for (const { accountId, name, from } of guesses) {
    const answer = await refusalOf(reclaim.withPassword(accountId, meadow, { name, password, network: from }));
    if (answer === 'old_name_wrong') count += 1;
    else expect(answer).toMatch(/^try_later seconds=\d+$/u);
  }
  return count;
}

/** A check of old passwords that compares none, and notes what each would have cost; nothing of it is remembered from before. */
const checkNoting = (place: OldPlace, costs: unknown[]) =>
  makeOldPasswordCheck({
    ...place,
    store: makeReclaimStore(place.storage),
    batches: place.legacy.batches,
    now: () => place.clock.time,
    passwords: {
      verify: async () => false,
      async waste(record) {
        costs.push(record['cost']);
        return false;
      },
    },
  });

const many = (count: number, guess: (index: number) => Guess): Guess[] =>
  Array.from({ length: count }, (_, index) => guess(index));

onBothEngines('A71: whoever wants an old name that is not theirs', (ground) => {
  test('A71: tries 1,000 passwords on one name from as many accounts and networks, and a few are compared', async () => {
    const network = newNetworks();
    const place = await openOldPlace(ground());
    await place.importNames([place.heron]);
    const guesses = many(1000, (index) => ({ accountId: randomId(), name: 'heron', from: network(index) }));
    const before = place.legacy.comparisons().verified;
    expect(await judged(place, guesses)).toBeLessThanOrEqual(11);
    expect(place.legacy.comparisons().verified - before).toBeLessThanOrEqual(11);
    // Written otherwise it is the same name, and one that nobody had is counted alike.
    expect(await judged(place, [{ accountId: randomId(), name: ' HERON ', from: network(1) }])).toBe(0);
    const strays = many(30, (index) => ({ accountId: randomId(), name: 'nobody', from: network(index) }));
    expect(await judged(place, strays)).toBe(11);
    // Whoever owns the address is kept from nothing.
    const { alix, bruno, meadow, reclaim } = place;
    await reclaim.sendCode(bruno.id, meadow, { name: 'heron', network: network(), language: 'en' });
    const wrong = { name: 'heron', code: '1', network: network() };
    expect(await refusalOf(reclaim.withCode(bruno.id, meadow, wrong))).toBe('old_name_wrong');
    // Its owner waits for minutes at most, whatever others did.
    place.clock.time += 5 * MINUTE;
    const given = { name: 'heron', password: HERON.password, network: network() };
    expect((await reclaim.withPassword(alix.id, meadow, given)).name).toBe('heron');
  });

  test('A71: tries all day long, once a minute from wherever, and has some three hundred guesses', async () => {
    const network = newNetworks();
    const place = await openOldPlace(ground());
    await place.importNames([place.heron]);
    let count = 0;
    for (let minute = 0; minute < 1440; minute += 1) {
      place.clock.time += MINUTE;
      count += await judged(place, [{ accountId: randomId(), name: 'heron', from: network(minute) }]);
    }
    expect(count).toBeLessThan(330);
    expect(count).toBeGreaterThan(100);
  }, 300_000);

  test('A71: tries one password on 1,000 names, as one account from many networks, or as many from one', async () => {
    const network = newNetworks();
    const place = await openOldPlace(ground());
    const names = Array.from({ length: 1000 }, (_, index) => `bird${index}`);
    await place.importNames([place.heron, { name: 'bird7', password: 'hunter2' }]);
    const one = names.map((name, index) => ({ accountId: 'one account', name, from: network(index) }));
    expect(await judged(place, one)).toBeLessThanOrEqual(11);
    const here = names.map((name) => ({ accountId: randomId(), name, from: network() }));
    expect(await judged(place, here)).toBeLessThanOrEqual(61);
    const site = names.map((name, index) => ({
      accountId: randomId(),
      name,
      from: `2001:db8:${used.toString(16)}:${index.toString(16)}::1`,
    }));
    expect(await judged(place, site)).toBeLessThanOrEqual(241);
  }, 120_000);

  test('A71: has the mailbox and guesses at the password beside it, from wherever, and a few are compared', async () => {
    const network = newNetworks();
    const place = await openOldPlace(ground());
    const { reclaim, meadow, alix } = place;
    await place.importNames([{ ...place.heron, address: alix.mailbox ?? '', secondFactor: true }]);
    const before = place.legacy.comparisons().verified;
    for (let guess = 0; guess < 100; guess += 1) {
      const given = { name: 'heron', password: `guess ${guess}`, network: network(guess) };
      expect(await refusalOf(reclaim.withOffer(alix.id, meadow, given))).toMatch(/^(?:old_name_wrong|try_later .*)$/u);
    }
    expect(place.legacy.comparisons().verified - before).toBeLessThanOrEqual(11);
  });

  test('A71: proves one name again and again, whose code is missing, and has no more guesses at others for that', async () => {
    const network = newNetworks();
    const place = await openOldPlace(ground());
    const { reclaim, meadow } = place;
    await place.importNames([{ ...place.heron, secondFactor: true }]);
    const guesses = async (accountOf: () => string, from: (index: number) => string): Promise<number> => {
      let compared = 0;
      for (let index = 0; index < 100; index += 1) {
        const accountId = accountOf();
        const right = { ...HERON, network: from(index) };
        expect(await refusalOf(reclaim.withPassword(accountId, meadow, right))).toMatch(
          /^(?:old_name_second_factor|try_later .*)$/u,
        );
        compared += await judged(place, [{ accountId, name: `bird${index}`, from: from(index) }]);
      }
      return compared;
    };
    const accountId = randomId();
    expect(await guesses(() => accountId, network)).toBeLessThanOrEqual(11);
    expect(await guesses(randomId, () => network())).toBeLessThanOrEqual(61);
  });

  test('A71: guesses codes that were sent to somebody else’s address, and is told to wait; too many letters are not written', async () => {
    const network = newNetworks();
    const place = await openOldPlace(ground());
    await place.importNames([place.heron]);
    const { reclaim, meadow, letters } = place;
    for (let index = 0; index < 30; index += 1) {
      const asked = { name: 'heron', network: network(index), language: 'en' as const };
      expect(await refusalOf(reclaim.sendCode(randomId(), meadow, asked))).toBe('fine');
    }
    expect(letters.filter(({ kind }) => kind === 'old_name_code')).toHaveLength(12);
    // One account that asks and asks is told so, whether there is somebody or not.
    for (const name of ['heron', 'nobody']) {
      const accountId = randomId();
      const answers = [];
      for (let index = 0; index < 8; index += 1)
        answers.push(
          await refusalOf(reclaim.sendCode(accountId, meadow, { name, network: network(index), language: 'en' })),
        );
      expect(answers.filter((answer) => answer.startsWith('try_later')).length).toBe(2);
    }
    let compared = 0;
    for (let guess = 0; guess < 200; guess += 1) {
      const given = { name: 'heron', code: String(guess).padStart(8, '0'), network: network(guess) };
      const answer = await refusalOf(reclaim.withCode(place.bruno.id, meadow, given));
      if (answer === 'old_name_wrong') compared += 1;
    }
    expect(compared).toBeLessThanOrEqual(11);
  });

  test('A71: asks for letters to 1,000 names, as many accounts from one network, and few are written', async () => {
    const network = newNetworks();
    const place = await openOldPlace(ground());
    const names = Array.from({ length: 100 }, (_, index) => `bird${index}`);
    await place.importNames(names.map((name) => ({ name, address: `${name}@old.example` })));
    const { reclaim, meadow, letters } = place;
    const asked = async (index: number, from: string): Promise<void> => {
      const given = { name: `bird${index % 100}`, network: from, language: 'en' } as const;
      expect(await refusalOf(reclaim.sendCode(randomId(), meadow, given))).toMatch(/^(?:fine|try_later .*)$/u);
    };
    for (let index = 0; index < 1000; index += 1) await asked(index, network());
    expect(letters.length).toBeLessThanOrEqual(61);
    letters.length = 0;
    const site = (index: number): string => `2001:db8:${used.toString(16)}:${index.toString(16)}::1`;
    for (let index = 0; index < 1000; index += 1) await asked(index, site(index));
    expect(letters.length).toBeLessThanOrEqual(241);
  }, 120_000);

  test('A71: asks all day for letters to somebody else’s address, from one place: few are written, and its owner has theirs', async () => {
    const network = newNetworks();
    const place = await openOldPlace(ground());
    await place.importNames([place.heron]);
    const { alix, clock, reclaim, meadow, heron, letters } = place;
    const written = (): number => letters.filter(({ kind }) => kind === 'old_name_code').length;
    // The most that one subscriber has is 65,536 networks.
    const strangers = [() => network(7), (index: number) => `2001:db8:${used.toString(16)}:${index.toString(16)}::1`];
    for (const [nth, from] of strangers.entries()) {
      const before = written();
      const begun = clock.time;
      for (let asked = 0; clock.time < begun + DAY; clock.time += 10 * MINUTE, asked += 1) {
        const given = { name: 'heron', network: from(asked), language: 'en' } as const;
        expect(await refusalOf(reclaim.sendCode(randomId(), meadow, given))).toMatch(/^(?:fine|try_later .*)$/u);
      }
      expect(written() - before).toBeGreaterThan(15);
      expect(written() - before).toBeLessThan(32);
      const asks = { name: 'heron', network: network(100 + nth), language: 'en' } as const;
      letters.length = 0;
      await reclaim.sendCode(alix.id, meadow, asks);
      expect(place.codeTo(heron.address)).toMatch(/^\d{4} \d{4}$/u);
    }
    const given = { name: 'heron', code: place.codeTo(heron.address), network: network(101) };
    expect(await reclaim.withCode(alix.id, meadow, given)).toMatchObject({ name: 'heron' });
  }, 120_000);

  test('A71: finds the same work done for a wrong password, a name nobody had, one without a password, a taken one', async () => {
    const network = newNetworks();
    const counted = countQueries(ground().storage);
    const place = await openOldPlace({ ...ground(), storage: counted.storage });
    const { reclaim, meadow, alix, bruno } = place;
    await place.importNames([place.heron, { name: 'egret' }, { name: 'robin', password: 'rain on the sill' }]);
    await reclaim.withPassword(bruno.id, meadow, { name: 'robin', password: 'rain on the sill', network: network() });

    async function workOf(does: () => Promise<unknown>): Promise<unknown> {
      // Counts of before are over.
      place.clock.time += DAY;
      // What is believed of the application's passwords for a while.
      await refusalOf(reclaim.withPassword(bruno.id, meadow, { name: 'x', password: 'x', network: network() }));
      const before = { ...counted.counts };
      const compared = place.legacy.comparisons().verified;
      const answer = await refusalOf(does());
      const queries = Object.entries(counted.counts).map(([kind, count]) => [kind, count - (before[kind] ?? 0)]);
      return { answer, queries, compared: place.legacy.comparisons().verified - compared };
    }
    const byPassword = (name: string) =>
      workOf(() => reclaim.withPassword(alix.id, meadow, { name, password: 'wrong', network: network() }));
    const wrong = await byPassword('heron');
    expect(wrong).toMatchObject({ answer: 'old_name_wrong', compared: 1 });
    for (const name of ['nobody', 'egret', 'robin', 'her\u0000on']) expect(await byPassword(name), name).toEqual(wrong);

    const byCode = (name: string) =>
      workOf(() => reclaim.withCode(alix.id, meadow, { name, code: '12345678', password: 'x', network: network() }));
    const wrongCode = await byCode('heron');
    for (const name of ['nobody', 'egret', 'robin']) expect(await byCode(name), name).toEqual(wrongCode);
  });

  test('A71: reads the letters, and has no more guesses at the password beside the code than without one', async () => {
    const network = newNetworks();
    const place = await openOldPlace(ground());
    await place.importNames([{ ...place.heron, secondFactor: true }]);
    const { reclaim, meadow, alix } = place;
    const codeFor = async (accountId: string): Promise<string> => {
      await reclaim.sendCode(accountId, meadow, { name: 'heron', network: network(), language: 'en' });
      return place.codeTo(place.heron.address);
    };
    const before = place.legacy.comparisons().verified;
    for (let nth = 0; nth < 3; nth += 1) {
      const accountId = randomId();
      const code = await codeFor(accountId);
      for (let guess = 0; guess < 9; guess += 1) {
        const given = { name: 'heron', code, password: `guess ${guess}`, network: network(nth * 10 + guess) };
        expect(await refusalOf(reclaim.withCode(accountId, meadow, given))).toMatch(
          /^(?:old_name_wrong|try_later .*)$/u,
        );
      }
    }
    expect(place.legacy.comparisons().verified - before).toBeLessThanOrEqual(11);
    // Those who guess without a code keep nobody who has one from it.
    place.clock.time += 5 * MINUTE;
    const strays = many(30, (index) => ({ accountId: randomId(), name: 'heron', from: network(100 + index) }));
    expect(await judged(place, strays)).toBeGreaterThan(0);
    const code = await codeFor(alix.id);
    const given = { name: 'heron', code, password: HERON.password, network: network(200) };
    expect((await reclaim.withCode(alix.id, meadow, given)).name).toBe('heron');
  });

  test('A71: guesses at names that are made up to be counted with another one, and keeps its owner from nothing', async () => {
    const network = newNetworks();
    const place = await openOldPlace(ground());
    await place.importNames([{ ...place.heron, secondFactor: true }]);
    const { reclaim, meadow, alix } = place;
    const asked = { name: 'heron', network: network(), language: 'en' } as const;
    await reclaim.sendCode(alix.id, meadow, asked);
    for (const name of ['heron beside a code', `heron ${alix.id}`]) {
      const strays = many(30, (index) => ({ accountId: randomId(), name, from: network(index) }));
      expect(await judged(place, strays)).toBe(11);
    }
    const code = place.codeTo(place.heron.address);
    const given = { name: 'heron', code, password: HERON.password, network: network(200) };
    expect((await reclaim.withCode(alix.id, meadow, given)).name).toBe('heron');
  });

  test('A71: finds names that nobody had as costly as those of others, the rare ones too, each time the same', async () => {
    const place = await openOldPlace(ground());
    const names = (prefix: string, count: number, cost: number) =>
      Array.from({ length: count }, (_, nth) => ({ name: `${prefix}${nth}`, password: 'rain', cost }));
    await place.importNames([...names('wren', 10, 4), ...names('owl', 5, 5)]);
    const tried: unknown[] = [];
    const isRight = checkNoting(place, tried);
    const costsOf = async (name: string): Promise<unknown> => {
      tried.length = 0;
      for (let nth = 0; nth < 2; nth += 1) await isRight(place.meadow.id, typedName(name), undefined, 'wrong');
      expect(tried[0]).toBe(tried[1]);
      return tried[0];
    };
    const costs: unknown[] = [];
    for (let nth = 0; nth < 60; nth += 1) costs.push(await costsOf(`nobody${nth}`));
    const rare = costs.filter((cost) => cost === 5).length;
    expect(costs.every((cost) => cost === 4 || cost === 5)).toBe(true);
    expect(rare).toBeGreaterThan(5);
    expect(rare).toBeLessThan(40);
  });

  test('A71: finds names that nobody had costing what they did, whoever takes names back meanwhile', async () => {
    const place = await openOldPlace(ground());
    const names = Array.from({ length: 60 }, (_, nth) => ({
      name: `wren${nth}`,
      password: 'rain',
      cost: 4 + (nth % 2),
    }));
    await place.importNames([...names, { name: 'aardvark', password: 'rain' }]);
    const tried: unknown[] = [];
    async function costs(): Promise<readonly unknown[]> {
      tried.length = 0;
      const isRight = checkNoting(place, tried);
      for (let nth = 0; nth < 100; nth += 1)
        await isRight(place.meadow.id, typedName(`nobody${nth}`), undefined, 'wrong');
      return [...tried];
    }
    const before = await costs();
    const rows = await place.storage.read.select().from(place.storage.tables.legacyProfile);
    for (const { name } of rows.filter((row) => row.applicationId === place.meadow.id).slice(0, 3))
      await place.reclaim.withLink(place.alix.id, await place.reclaim.makeLink(place.meadow.id, name));
    const after = await costs();
    expect(after.filter((cost, nth) => cost !== before[nth]).length).toBeLessThan(20);
  });

  test('A71: finds names that nobody had as costly as others, however few of those there are have a password', async () => {
    const network = newNetworks();
    const place = await openOldPlace(ground());
    const without = Array.from({ length: 200 }, (_, nth) => ({ name: `bird${String(nth).padStart(3, '0')}` }));
    await place.importNames([...without, { ...place.heron, name: 'zebra finch' }]);
    for (const name of ['zebra finch', 'nobody', 'bird007']) {
      const before = place.legacy.comparisons().verified;
      const given = { name, password: 'wrong', network: network() };
      expect(await refusalOf(place.reclaim.withPassword(place.alix.id, place.meadow, given))).toBe('old_name_wrong');
      expect(place.legacy.comparisons().verified - before, name).toBe(1);
    }
  });

  test('A71: finds as much work done where a letter leaves as where there is nobody to write to', async () => {
    const network = newNetworks();
    const counted = countQueries(ground().storage);
    const now = (): number => clock.time;
    const queue = makeQueue({ ...ground(), storage: counted.storage, now, log: makeLog('silent') });
    const place = await openOldPlace({ ...ground(), storage: counted.storage }, {}, (tx, letter) =>
      queue.add(tx, letter),
    );
    const { clock, reclaim, meadow } = place;
    await place.importNames([place.heron, { name: 'egret' }]);
    const totals = async (name: string): Promise<number[]> => {
      const before = { ...counted.counts };
      await reclaim.sendCode(randomId(), meadow, { name, network: network(), language: 'en' });
      const done = Object.entries(counted.counts).map(([kind, count]) => [kind, count - (before[kind] ?? 0)] as const);
      const sum = (which: RegExp): number =>
        done.filter(([kind]) => which.test(kind)).reduce((all, [, count]) => all + count, 0);
      return [sum(/^write$/u), sum(/^write ./u), sum(/^read/u)];
    };
    const written = await totals('heron');
    expect(await queue.waiting()).toBeGreaterThan(0);
    expect(await totals('nobody')).toEqual(written);
    expect(await totals('egret')).toEqual(written);
  });
});

onBothEngines('A72: an old name that several want at the same moment', (ground) => {
  test('A72: goes to one of them, and the others are told that it is taken', async () => {
    const network = newNetworks();
    const place = await openOldPlace(ground());
    await place.importNames([place.heron]);
    const { reclaim, meadow, alix, bruno, maud } = place;
    const given = { name: 'heron', password: HERON.password, network: network() };
    const wanting = [alix, bruno, maud, alix, bruno, maud];
    const outcomes = await Promise.allSettled(wanting.map(({ id }) => reclaim.withPassword(id, meadow, given)));
    const received = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.id] : []));
    // Whoever has it has two tabs, and reads the same in both.
    expect(new Set(received).size).toBe(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(await refusalOf(Promise.reject(outcome.reason as Error))).toMatch(/^old_name_(taken|wrong)$/u);
    const held = await Promise.all([alix, bruno, maud].map(({ id }) => place.profiles.at(id, meadow)));
    expect(held.map(({ profiles }) => profiles.length).toSorted()).toEqual([0, 0, 1]);
  });

  test('A72: is one on two nodes of one database, too, whichever way each has proven it', async () => {
    const network = newNetworks();
    const { address, folder } = ground();
    if (address === 'sqlite') return;
    const storage = await openStorage(address, folder);
    try {
      const place = await openOldPlace(ground(), { quota: 100 });
      const other = await openOldPlace({ ...ground(), storage });
      for (let round = 0; round < 10; round += 1) {
        const name = `heron${round}`;
        await place.importNames([{ ...place.heron, name }]);
        const link = await place.reclaim.makeLink(place.meadow.id, name);
        const given = { name, password: HERON.password, network: network(round) };
        const outcomes = await Promise.allSettled([
          place.reclaim.withPassword(place.alix.id, place.meadow, given),
          other.reclaim.withLink(other.bruno.id, link),
        ]);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const [refused] = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
        expect(await refusalOf(Promise.reject(refused?.reason as Error))).toMatch(
          /^(old_name_(taken|wrong)|link_gone)$/u,
        );
        const rows = await storage.read.select().from(storage.tables.profile);
        expect(rows.filter((row) => row.applicationId === place.meadow.id && row.name === name)).toHaveLength(1);
      }
    } finally {
      await storage.close();
    }
  }, 120_000);

  test('A72: never makes more profiles than the quota, however many old names somebody takes back at once', async () => {
    const network = newNetworks();
    const place = await openOldPlace(ground(), { quota: 2 });
    const names = ['egret', 'robin', 'swan', 'wren', 'raven'];
    await place.importNames(names.map((name) => ({ name, address: place.alix.mailbox ?? '' })));
    const outcomes = await Promise.allSettled(
      names.map((name) => place.reclaim.withOffer(place.alix.id, place.meadow, { name, network: network() })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect((await place.profiles.at(place.alix.id, place.meadow)).profiles).toHaveLength(2);
    expect(await place.reclaim.offers(place.alix.id, place.meadow)).toHaveLength(3);
  });
});

onBothEngines('A65, A73: what is given for an old password', (ground) => {
  test('A65: is compared whole, and never where it is longer than any application took', async () => {
    const network = newNetworks();
    const place = await openOldPlace(ground());
    const long = 'é'.repeat(36);
    await place.importNames([{ name: 'heron', password: long }, place.heron].slice(0, 1));
    const { reclaim, alix, meadow, legacy } = place;
    const before = legacy.comparisons().verified;
    for (const password of ['x'.repeat(10_000_000), 'x'.repeat(1025), '']) {
      const given = { name: 'heron', password, network: network() };
      expect(await refusalOf(reclaim.withPassword(alix.id, meadow, given))).toBe('old_name_wrong');
    }
    expect(legacy.comparisons().verified).toBe(before);
    for (const password of [long.slice(1), `${long}\u0000`.slice(0, 20), long.normalize('NFD')]) {
      const given = { name: 'heron', password, network: network() };
      expect(await refusalOf(reclaim.withPassword(alix.id, meadow, given))).toBe('old_name_wrong');
    }
    expect(
      (await reclaim.withPassword(alix.id, meadow, { name: 'heron', password: long, network: network() })).name,
    ).toBe('heron');
  });

  test('A73: makes whoever comes when too much is being compared wait, without counting it against them', async () => {
    const network = newNetworks();
    const place = await openOldPlace(ground());
    await place.importNames([place.heron]);
    const { reclaim, meadow, alix } = place;
    const flood = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        refusalOf(
          reclaim.withPassword(randomId(), meadow, { name: `bird${index}`, password: 'x', network: network(index) }),
        ),
      ),
    );
    expect(flood.some((answer) => answer.startsWith('busy'))).toBe(true);
    expect(flood.every((answer) => /^(busy|old_name_wrong)/u.test(answer))).toBe(true);
    const given = { name: 'heron', password: HERON.password, network: network() };
    expect((await reclaim.withPassword(alix.id, meadow, given)).name).toBe('heron');
  });
});
