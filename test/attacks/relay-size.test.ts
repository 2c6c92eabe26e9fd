import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SIZE_MAX } from '../../src/mail/receive/guard.ts';
import { ALIX, DOMAIN, NOTE, openDesk, type Desk } from '../mail/receive/desk.ts';
import { greet, handOver } from '../mail/receive/talk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());

const HEAD = Buffer.from('From: a@masto.example\r\nSubject: big\r\n\r\n');
const LINE = Buffer.from(`${'x'.repeat(998)}\r\n`);

/** A message of so many octets. */
function messageOf(size: number): Buffer {
  const message = Buffer.alloc(size, LINE);
  HEAD.copy(message);
  // The line after the header begins where it may, and the last one ends.
  message.write('\r\n', size - 2);
  if (message[size - 3] === 0x0d) message.write('x', size - 3);
  return message;
}

test('A77: a message that says it is too big is refused before it is sent', async () => {
  const talk = await greet(desk.relay);
  expect(talk.said).toContain('SIZE 26214400');
  expect(await talk.ask('MAIL FROM:<app@masto.example> SIZE=26214401')).toMatch(/^552 5\.3\.4/u);
  expect(await talk.ask('MAIL FROM:<app@masto.example> SIZE=99999999999999999999')).toMatch(/^552 5\.3\.4/u);
  expect(await talk.ask('MAIL FROM:<app@masto.example> SIZE=-1')).toMatch(/^501/u);
  expect(await talk.ask('MAIL FROM:<app@masto.example> SIZE=26214400')).toMatch(/^250/u);
  talk.close();
});

test('A77: a message that does not say so is refused when it is, and one octet less is taken whole', async () => {
  const before = desk.taken.length;
  const most = messageOf(SIZE_MAX);
  expect(await handOver(desk.relay, { to: [ALIX], message: most.subarray(0, -2) })).toBe('250 2.0.0 Kept');
  expect(desk.taken.at(-1)?.octets.equals(most)).toBe(true);
  const more = Buffer.concat([most.subarray(0, -2), Buffer.from('x')]);
  expect(await handOver(desk.relay, { to: [ALIX], message: more })).toBe('552 5.3.4 The message is too big');
  expect(desk.taken.length).toBe(before + 1);
});

test('A77: a hundred thousand short lines, and as many with a dot, are taken as they are', async () => {
  const lines = '\r\n.\r\nx'.repeat(100_000);
  const stuffed = lines.replaceAll('\r\n.', '\r\n..');
  expect(await handOver(desk.relay, { to: [ALIX], message: `${NOTE}\r\n${stuffed}` })).toMatch(/^250/u);
  expect(desk.taken.at(-1)?.octets.equals(Buffer.from(`${NOTE}\r\n${lines}\r\n`))).toBe(true);
});

test('A77: a message of nothing but lines with a dot, each of which is work, is not read to its end', async () => {
  const talk = await greet(desk.relay);
  await talk.ask('MAIL FROM:<app@masto.example>');
  await talk.ask(`RCPT TO:<${ALIX}>`);
  await talk.ask('DATA');
  await talk.send(`${NOTE}\r\n${'..\r\n'.repeat(400_000)}`);
  expect(await talk.reply()).toMatch(/^554 5\.6\.0 /u);
  await talk.ended();
});

test.each([
  ['one field of megabytes', `X: ${'x'.repeat(3_000_000)}\r\n`],
  ['one field of a million folds', `X: x\r\n${' x\r\n'.repeat(1_000_000)}`],
  ['a hundred thousand fields', 'X: x\r\n'.repeat(100_000)],
  ['fields without an end', 'X: x\r\n'.repeat(2_000_000)],
  ['lines with dots for fields', '..: x\r\n'.repeat(100_000)],
])(
  'A77: a header of %s is refused, and the next message taken',
  async (_, head) => {
    desk.clock.time += 60_000;
    const talk = await greet(desk.relay);
    await talk.ask('MAIL FROM:<app@masto.example>');
    await talk.ask(`RCPT TO:<${ALIX}>`);
    expect(await talk.data(`${head}\r\nx`)).toMatch(/^550 5\.6\.0 /u);
    await talk.ask('MAIL FROM:<app@masto.example>');
    await talk.ask(`RCPT TO:<${ALIX}>`);
    expect(await talk.data(NOTE)).toMatch(/^250/u);
    talk.close();
  },
  60_000,
);

test('A77: of a thousand recipients a hundred are taken', async () => {
  const own = await openDesk({
    recipient: async (address) => ({ kind: 'profile', address, profileId: address, applicationId: 'masto' }),
  });
  const talk = await greet(own.relay);
  await talk.ask('MAIL FROM:<app@masto.example>');
  const commands = Array.from({ length: 450 }, (_, number) => `RCPT TO:<alias${number}@${DOMAIN}>`);
  const replies = await talk.askAll(...commands);
  expect(replies.filter((reply) => reply.startsWith('250'))).toHaveLength(100);
  expect(replies.filter((reply) => reply.startsWith('452 4.5.3'))).toHaveLength(350);
  // Nobody is asked about the others.
  expect(own.asked).toHaveLength(100);
  await talk.send(commands.map((command) => `${command}\r\n`).join(''));
  await talk.ended();
  talk.close();
  await own.close();
});

test('A77: a line of commands without an end is cut off', async () => {
  const talk = await greet(desk.relay);
  await talk.send(`MAIL FROM:<${'a'.repeat(1_000_000)}`);
  await talk.ended();
  expect(talk.said).toMatch(/421 /u);
});

test('A77: eight messages of 25 MB at once, read slowly, do not fill the memory', async () => {
  const child = fork(path.join(import.meta.dirname, 'relay-memory-child.ts'), { execArgv: ['--import', 'tsx'] });
  try {
    const [{ port, most: before }] = (await once(child, 'message')) as [{ port: number; most: number }];
    const message = messageOf(25_000_000);
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => handOver(port, { to: [ALIX], message: message.subarray(0, -2) })),
    );
    expect(new Set(replies)).toEqual(new Set([`250 2.0.0 Read ${message.length - HEAD.length}`]));
    child.send('how much?');
    const [{ most }] = (await once(child, 'message')) as [{ most: number }];
    // All of them together are 200 MB; what is on its way is a few hundred kilobytes each.
    expect((most - before) / 1e6).toBeLessThan(50);
  } finally {
    child.disconnect();
  }
});
