import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALIX, BRUNO, DOMAIN, NOTE, openDesk, type Desk } from '../mail/receive/desk.ts';
import { greet, talkTo } from '../mail/receive/talk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({
    settings: { ALUCO_RELAY_PEERS: '127.0.9.0/24' },
    isKnown: async (address) => address.startsWith('127.0.7.'),
  });
});
afterAll(() => desk.close());

const guess = (number: number): string => `guess${String(number).padStart(15, '0')}@${DOMAIN}`;

/** Asks for addresses until the dialogue ends, or for all of them. */
async function guessAll(from: string, count: number): Promise<string[]> {
  const talk = await greet(desk.relay, from);
  const replies = [await talk.ask('MAIL FROM:<app@masto.example>')];
  for (let number = 0; number < count && !talk.isOver && !replies.at(-1)?.startsWith('421'); number += 1) {
    replies.push(await talk.ask(`RCPT TO:<${guess(number)}>`));
  }
  talk.close();
  return replies;
}

test('A78: an unknown, a deleted and a retired alias get the same reply for the same work', async () => {
  const before = desk.asked.length;
  const talk = await greet(desk.relay, '127.0.5.1');
  await talk.ask('MAIL FROM:<app@masto.example>');
  const addresses = [guess(1), guess(2), `deleted@${DOMAIN}`];
  const replies = [];
  for (const address of addresses) replies.push(await talk.ask(`RCPT TO:<${address}>`));
  expect(new Set(replies).size).toBe(1);
  // One question each, in the same words, and none more for those that exist.
  expect(await talk.ask(`RCPT TO:<${ALIX}>`)).toMatch(/^250/u);
  expect(desk.asked.slice(before)).toEqual([...addresses, ALIX]);
  talk.close();
});

test('A78, F31: of a dictionary of a thousand names twenty are answered, and then nobody of that network for ten minutes', async () => {
  const before = desk.asked.length;
  const replies = await guessAll('127.0.4.1', 1000);
  expect(replies.filter((reply) => reply.startsWith('550 5.1.1'))).toHaveLength(19);
  expect(replies.at(-1)).toBe('421 4.7.0 Too many bad recipients, try again later');
  expect(desk.asked.length - before).toBe(20);
  const neighbour = await talkTo(desk.relay, '127.0.4.200');
  expect(await neighbour.reply()).toMatch(/^421 4\.7\.0 /u);
  await neighbour.ended();
  const other = await talkTo(desk.relay, '127.0.3.200');
  expect(await other.reply()).toMatch(/^220/u);
  other.close();
  desk.clock.time += 600_000;
  const later = await talkTo(desk.relay, '127.0.4.1');
  expect(await later.reply()).toMatch(/^220/u);
  later.close();
});

test('A78: one who has several dialogues open guesses no more in all of them', async () => {
  const talks = await Promise.all([1, 2, 3].map(() => greet(desk.relay, '127.0.2.1')));
  for (const talk of talks) await talk.ask('MAIL FROM:<app@masto.example>');
  const before = desk.asked.length;
  for (let number = 0; number < 30; number += 1) await talks[number % 3]?.ask(`RCPT TO:<${guess(number)}>`);
  expect(desk.asked.length - before).toBeLessThanOrEqual(22);
  for (const talk of talks) await talk.ended();
});

test('an application in a network of its own has stale addresses without being cut off, and is none the less bounded', async () => {
  const replies = await guessAll('127.0.7.1', 99);
  expect(new Set(replies.slice(1))).toEqual(new Set(['550 5.1.1 No such recipient']));
  for (let round = 0; round < 3; round += 1) await guessAll('127.0.7.1', 99);
  const last = await guessAll('127.0.7.1', 99);
  expect(last.at(-1)).toMatch(/^421/u);
});

test('A78: whoever guesses through a mail server in front is put off, and others behind it are not', async () => {
  const talk = await greet(desk.relay, '127.0.9.1');
  await talk.ask('XFORWARD ADDR=192.0.2.66 NAME=guesser.example');
  await talk.ask('MAIL FROM:<guesser@guesser.example>');
  const replies = [];
  for (let number = 0; number < 25; number += 1) replies.push(await talk.ask(`RCPT TO:<${guess(number)}>`));
  expect(replies[18]).toMatch(/^550 5\.1\.1/u);
  expect(replies[19]).toMatch(/^450 4\.7\.1/u);
  await talk.ask('RSET');
  await talk.ask('XFORWARD ADDR=192.0.2.67 NAME=guesser.example');
  expect(await talk.ask('MAIL FROM:<guesser@guesser.example>')).toMatch(/^450 4\.7\.1/u);
  await talk.ask('XFORWARD ADDR=198.51.100.7 NAME=app.masto.example');
  await talk.ask('MAIL FROM:<app@masto.example>');
  expect(await talk.ask(`RCPT TO:<${BRUNO}>`)).toMatch(/^250/u);
  expect(await talk.data(NOTE)).toMatch(/^250/u);
  talk.close();
});
