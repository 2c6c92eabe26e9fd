import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { LogLine } from '../../src/mail/owner.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { openRelayHouse, type RelayHouse, type Sender } from '../mail/relay-house.ts';
import { PEOPLE } from '../people.ts';
import { intrude, notify } from './handing-over.ts';

// What of mail is bounded is said here, but for what the tests of the spool and of correspondents say (P8).

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let place: RelayHouse;
let meadow: Sender;
let [alix, bruno] = [{} as Account, {} as Account];
let [heron, sparrow, magpie] = [{} as Profile, {} as Profile, {} as Profile];

beforeAll(async () => {
  // Who gets how much is counted by the clock of the machine.
  vi.useFakeTimers({ toFake: ['Date'] });
  place = await openRelayHouse({ now: () => Date.now() });
  meadow = await place.addSender('Meadow', 'meadow.example');
  [alix, bruno] = [await place.person('alix'), await place.person('bruno')];
  heron = await place.profile(alix, meadow, 'heron_lakeside');
  sparrow = await place.profile(alix, meadow, 'sparrow_downtown');
  magpie = await place.profile(bruno, meadow, 'magpie_oaktree');
});
afterAll(async () => {
  await place.close();
  vi.useRealTimers();
});
beforeEach(() => pass(25 * HOUR));

const pass = (time: number): void => void vi.setSystemTime(Date.now() + time);

const linesOf = ({ id }: Account, profile: Profile): Promise<LogLine[]> =>
  place.house.parts.relay.owner.log(id, profile.id);
const countIn = (lines: readonly LogLine[], outcome: LogLine['outcome']): number =>
  lines.filter((line) => line.outcome === outcome).length;

test('P8: of strangers that a profile keeps fifty wait, and the next is refused', async () => {
  const { owner } = place.house.parts.relay;
  await owner.setStrangers(bruno.id, magpie.id, 'hold');
  const codes: number[] = [];
  for (let times = 0; times < 53; times += 1) codes.push((await intrude(place, magpie)).code);
  expect(codes.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => 250));
  expect(codes.slice(50)).toEqual([550, 550, 550]);
  expect(await owner.standing(bruno.id, magpie.id)).toMatchObject({ held: 50 });
  // Once one of them is thrown away there is room for another.
  const held = (await linesOf(bruno, magpie)).find(({ isKept }) => isKept);
  await owner.discard(bruno.id, magpie.id, held?.id ?? '');
  expect([await intrude(place, magpie), await intrude(place, magpie)]).toMatchObject([{ code: 250 }, { code: 550 }]);
  await owner.setStrangers(bruno.id, magpie.id, 'refuse');
});

test('P8: whatever comes for a profile that takes none of it leaves twenty lines in an hour, and every answer is the same', async () => {
  const before = countIn(await linesOf(bruno, magpie), 'refused');
  const answers = new Set<string>();
  for (let times = 0; times < 30; times += 1) answers.add(JSON.stringify(await intrude(place, magpie)));
  expect(answers.size).toBe(1);
  expect(countIn(await linesOf(bruno, magpie), 'refused') - before).toBe(20);
  // Another profile has lines of its own.
  await intrude(place, heron);
  expect(countIn(await linesOf(alix, heron), 'refused')).toBe(1);
  pass(HOUR);
  await intrude(place, magpie);
  expect(countIn(await linesOf(bruno, magpie), 'refused') - before).toBe(21);
});

test('P8: a person gets sixty messages in ten minutes and five hundred in a day; the others wait, and no sender is told', async () => {
  const { owner } = place.house.parts.relay;
  const arrived = (): number => place.catcher.letters.filter(({ to }) => to === PEOPLE.alix.mailbox).length;
  const answers = new Set<string>();
  for (let times = 0; times < 255; times += 1)
    answers.add(JSON.stringify(await notify(place, meadow, [heron, sparrow])));
  await place.settle();
  expect(arrived()).toBe(60);
  for (let tens = 0; tens < 10; tens += 1) {
    pass(11 * MINUTE);
    const before = arrived();
    await place.settle();
    await place.settle();
    expect(arrived() - before).toBeLessThanOrEqual(60);
  }
  expect(arrived()).toBe(500);
  const lines = [...(await linesOf(alix, heron)), ...(await linesOf(alix, sparrow))];
  const held = lines.filter(({ heldFor }) => heldFor === 'limit');
  expect(held).toHaveLength(10);
  expect(countIn(lines, 'waiting')).toBe(0);
  // Bruno, whom nobody wrote to, gets his at once; and an application hears the same about everybody.
  const late = place.next(PEOPLE.bruno.mailbox);
  answers.add(JSON.stringify(await notify(place, meadow, [magpie])));
  answers.add(JSON.stringify(await notify(place, meadow, [heron])));
  await late;
  expect(answers.size).toBe(1);
  expect([...answers][0]).toContain('"code":250');
  // What she gets no more today is kept for her, and leaves once she asks for it.
  pass(25 * HOUR);
  const [kept] = held;
  const profileId = (await linesOf(alix, heron)).some(({ id }) => id === kept?.id) ? heron.id : sparrow.id;
  await owner.sendAgain(alix.id, profileId, kept?.id ?? '');
  await place.settle();
  expect((await owner.message(alix.id, profileId, kept?.id ?? '')).outcome).toBe('delivered');
});
