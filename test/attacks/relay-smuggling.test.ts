import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALIX, BRUNO, NOTE, openDesk, type Desk } from '../mail/receive/desk.ts';
import { greet, talkTo } from '../mail/receive/talk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());

/** What some servers take for the end of a message, and others for text. */
const ENDS = {
  'LF . LF': '\n.\n',
  'LF . CRLF': '\n.\r\n',
  'CRLF . LF': '\r\n.\n',
  'CR . CR': '\r.\r',
  'CR . CRLF': '\r.\r\n',
  'CRLF . CR': '\r\n.\r',
  'CRLF NUL . CRLF': '\r\n\0.\r\n',
};

const SECOND = [
  'MAIL FROM:<admin@masto.example>',
  `RCPT TO:<${BRUNO}>`,
  'DATA',
  'From: Admin <admin@masto.example>',
  'Subject: Your password',
  '',
  'Send it to me.',
].join('\r\n');

test.each(Object.entries(ENDS))('A77: %s does not end a message, and what follows is no second one', async (_, end) => {
  desk.clock.time += 60_000;
  const before = desk.taken.length;
  const talk = await greet(desk.relay);
  await talk.ask('MAIL FROM:<app@masto.example>');
  await talk.ask(`RCPT TO:<${ALIX}>`);
  expect(await talk.data(`${NOTE}${end}${SECOND}`)).toMatch(/^550 5\.6\.0 /u);
  // One reply for one message: nothing of it ran as commands.
  expect(await talk.ask('NOOP')).toMatch(/^250/u);
  expect(talk.said.match(/^354/gmu)).toHaveLength(1);
  expect(desk.taken.length).toBe(before);
  talk.close();
});

test.each(Object.values(ENDS))('A77: nor does %j in segments of one octet', async (end) => {
  desk.clock.time += 60_000;
  const before = desk.taken.length;
  const talk = await greet(desk.relay);
  await talk.ask('MAIL FROM:<app@masto.example>');
  await talk.ask(`RCPT TO:<${ALIX}>`);
  await talk.ask('DATA');
  await talk.send(NOTE);
  for (const octet of end) {
    await talk.send(octet);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await talk.send(`${SECOND}\r\n.\r\n`);
  expect(await talk.reply()).toMatch(/^550 5\.6\.0 /u);
  expect(desk.taken.length).toBe(before);
  talk.close();
});

test('A77: a message full of dots is the same, wherever it is cut', async () => {
  const lines = ['From: a@masto.example', 'Subject: .', '', '.', '..', '...', '.a', '', '.', '..a.', '.'];
  const text = `${lines.join('\r\n')}\r\n`;
  const wire = Buffer.from(`${lines.map((line) => (line.startsWith('.') ? `.${line}` : line)).join('\r\n')}\r\n.\r\n`);
  const talk = await greet(desk.relay);
  for (let at = 1; at < wire.length; at += 1) {
    desk.clock.time += 60_000;
    await talk.ask('MAIL FROM:<app@masto.example>');
    await talk.ask(`RCPT TO:<${ALIX}>`);
    await talk.ask('DATA');
    await talk.send(wire.subarray(0, at));
    // Until the first part was read for itself.
    await new Promise((resolve) => setTimeout(resolve, 4));
    await talk.send(wire.subarray(at));
    expect(await talk.reply(), `cut at ${at}`).toMatch(/^250/u);
    expect(desk.taken.at(-1)?.octets.toString(), `cut at ${at}`).toBe(text);
  }
  talk.close();
});

test('A77: a message in single octets is the same', async () => {
  desk.clock.time += 60_000;
  const talk = await greet(desk.relay);
  await talk.ask('MAIL FROM:<app@masto.example>');
  await talk.ask(`RCPT TO:<${ALIX}>`);
  await talk.ask('DATA');
  for (const octet of Buffer.from(`${NOTE}\r\n..\r\n...\r\n.\r\n`)) {
    await talk.send(Buffer.from([octet]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await talk.reply()).toMatch(/^250/u);
  expect(desk.taken.at(-1)?.octets.toString()).toBe(`${NOTE}\r\n.\r\n..\r\n`);
  talk.close();
});

test('A77: commands after a message, in the same segment, run after it', async () => {
  desk.clock.time += 60_000;
  const before = desk.taken.length;
  const talk = await greet(desk.relay);
  await talk.ask('MAIL FROM:<app@masto.example>');
  await talk.ask(`RCPT TO:<${ALIX}>`);
  await talk.ask('DATA');
  await talk.send(`${NOTE}\r\n.\r\nMAIL FROM:<app@masto.example>\r\nRCPT TO:<${BRUNO}>\r\nDATA\r\n`);
  expect(
    [await talk.reply(), await talk.reply(), await talk.reply(), await talk.reply()].map((r) => r.slice(0, 3)),
  ).toEqual(['250', '250', '250', '354']);
  await talk.send(`${NOTE}\r\n.\r\n`);
  expect(await talk.reply()).toMatch(/^250/u);
  expect(desk.taken.slice(before).map(({ targets }) => targets[0]?.address)).toEqual([ALIX, BRUNO]);
  talk.close();
});

test('A77: whoever speaks before the greeting is sent away', async () => {
  const talk = await talkTo(desk.relay);
  await talk.send('EHLO client.example\r\nMAIL FROM:<app@masto.example>\r\n');
  expect(await talk.reply()).toMatch(/^421 .*too soon/u);
  await talk.ended();
});

test.each(['GET / HTTP/1.1', 'POST /x HTTP/1.1'])(
  'A77: a browser that was led here (%s) is sent away',
  async (line) => {
    const talk = await talkTo(desk.relay);
    await talk.reply();
    await talk.send(`${line}\r\nHost: relay\r\n\r\nEHLO client.example\r\nMAIL FROM:<app@masto.example>\r\n`);
    expect(await talk.reply()).toMatch(/^421/u);
    await talk.ended();
    expect(talk.said).not.toMatch(/^250/mu);
  },
);
