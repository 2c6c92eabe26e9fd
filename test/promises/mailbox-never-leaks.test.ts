import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { fc } from '../properties.ts';
import { makeLog } from '../../src/log.ts';
import { openPlace, type Place } from '../mail/leaks-place.ts';
import { leaksIn, sharedTokens } from '../mail/outgoing.ts';
import type { Sender } from '../mail/relay-house.ts';
import { PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor } from '../visitor.ts';
import { EVERYTHING, happenings, makeMachine, type Inhabitant, type Machine, type World } from './mail-machine.ts';

const RUNS = 25;
const TOKEN = 'a-token-of-whoever-watches-over-the-counters';

const lines: string[] = [];
let place: Place;
let sender: Sender;
let machine: Machine;
/** Two profiles of Alix, and one each of Bruno and Maud: the same happens in both worlds. */
let one: World;
let two: World;

beforeAll(async () => {
  // Who gets how much at a time is counted by the clock of the machine.
  vi.useFakeTimers({ toFake: ['Date'] });
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(...chunk.toString().split('\n').filter(Boolean));
      done();
    },
  });
  place = await openPlace({ log: makeLog('trace', stream), settings: { ALUCO_METRICS_TOKEN: TOKEN } });
  const people: PersonName[] = ['alix', 'alix', 'bruno', 'maud'];
  const scene = await place.scene(...people);
  ({ sender } = scene);
  const [heron, sparrow, magpie, plover] = scene.profiles.map((profile, at): Inhabitant => {
    const name = people[at] ?? 'alix';
    const account = place.accounts.get(name);
    if (account === undefined) throw new Error(`there is no ${name}`);
    return { account, profile, mailbox: PEOPLE[name].mailbox };
  });
  if (!heron || !sparrow || !magpie || !plover) throw new Error('somebody is missing');
  [one, two] = [
    [heron, sparrow],
    [magpie, plover],
  ];
  machine = makeMachine(place, sender);
  await place.person('odile');
});
afterAll(async () => {
  await place.close();
  vi.useRealTimers();
});

/** Whose relay address a message of ours is from: that one it may tell. */
const writerOf = (raw: string): string => /^From:[^<]*<([a-z0-9]+@relay\.example)>/mu.exec(raw)?.[1] ?? '';

/** What left to others than mailboxes. */
const outside = () => {
  const { mailboxes } = place.secrets();
  return place.catcher.letters.filter(({ to }) => !mailboxes.includes(to));
};

/** What anybody but the mailbox's server was shown since the last look that they must not be. */
let seen = { said: 0, letters: 0, lines: 0 };
function leaks(): string[] {
  const secrets = place.secrets();
  const letters = outside();
  const found = [
    // Most dialogues are the same word by word, and none repeats an address.
    ...[...new Set(place.said.slice(seen.said).map(({ text }) => text))].flatMap((text) => leaksIn(text, secrets)),
    ...letters.slice(seen.letters).flatMap(({ raw, to }) => leaksIn(raw, secrets, [to, writerOf(raw)])),
    ...lines.slice(seen.lines).flatMap((line) => leaksIn(line, secrets)),
  ];
  seen = { said: place.said.length, letters: letters.length, lines: lines.length };
  return found;
}

test('P6: whatever happens to mail, nobody but the mailbox’s server is shown it, and applications cannot tell one person with two profiles from two', async () => {
  await fc.assert(
    fc.asyncProperty(happenings, async (sequence) => {
      for (const happening of sequence) {
        place.clock.time += 7 * 60_000;
        vi.setSystemTime(place.clock.time);
        const toldOfOne = await machine.play(happening, one);
        expect(await machine.play(happening, two)).toBe(toldOfOne);
      }
      expect(leaks()).toEqual([]);
    }),
    { numRuns: RUNS, endOnFailure: true, examples: [[EVERYTHING]] },
  );
  // It got everywhere.
  const { counts } = machine;
  expect(Object.keys(counts)).toHaveLength(17);
  expect(counts.message).toBeGreaterThan(RUNS);
});

test('P6: the counters, the queue and the page of the application show nobody either', async () => {
  place.mailbox.behaviour = { code: 450, text: `4.2.0 <${PEOPLE.alix.mailbox}> is busy` };
  for (const { account, profile } of [...one, ...two]) {
    await place.house.parts.relay.owner.resume(account.id);
    await place.house.parts.relay.owner.setMode(account.id, profile.id, 'on');
    await place.send(sender, place.aliasOf(profile));
  }
  await place.settle();
  await place.house.parts.refusals.flush();
  const { url } = place.house;
  const { loginName: login, password } = PEOPLE.odile;
  const odile = makeVisitor();
  await odile.submit(await odile.get(`${url}/admin/mail`), '/sign-in', { login, password });
  const queue = await odile.get(`${url}/admin/mail`);
  const application = await odile.get(`${url}/admin/applications/${sender.application.id}/mail`);
  expect([queue.status, application.status]).toEqual([200, 200]);
  expect(application.text).toContain('stranger.example');
  const counters = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })).text();
  expect(counters).toMatch(/aluco_relay_kept\{state="waiting"\} [1-9]/u);
  const main = (text: string): string => /<main[\s\S]*<\/main>/u.exec(text)?.[0] ?? text;
  for (const text of [main(queue.text), main(application.text), counters])
    expect(leaksIn(text, place.secrets())).toEqual([]);
  place.mailbox.behaviour = undefined;
});

test('P1: what two profiles of one person wrote and had answered shares nothing that two people’s do not', async () => {
  // When each was signed: the clock here stands still while two are, and answers leave after a while of their own.
  const timeless = (raw: string): string => raw.replaceAll(/\b[tx]=\d+/gu, '');
  const of = ({ profile }: Inhabitant): string[] =>
    outside()
      .flatMap(({ raw }) => (raw.includes(place.aliasOf(profile)) ? [timeless(raw)] : []))
      .slice(-15);
  const calm = { to: 'both', mood: 250, words: '' } as const;
  for (let times = 0; times < 4; times += 1) {
    place.clock.time += 70 * 60_000;
    vi.setSystemTime(place.clock.time);
    for (const what of ['on', 'unblock', 'resume', 'message', 'answer'] as const)
      for (const world of [one, two]) await machine.play({ ...calm, what }, world);
  }
  const neutral = [...two.flatMap(of), ...machine.written, ...place.said.slice(0, 40).map(({ text }) => text)];
  expect(of(one[0]).length).toBeGreaterThan(3);
  expect(of(one[1]).length).toBeGreaterThan(3);
  expect(sharedTokens(of(one[0]), of(one[1]), neutral)).toEqual([]);
});
