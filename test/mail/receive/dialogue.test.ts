import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALIX, BRUNO, NOTE, openDesk, type Desk } from './desk.ts';
import { greet, handOver, talkTo } from './talk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());

test('a message for alix and bruno is taken once, with its envelope and every octet of it', async () => {
  const before = desk.taken.length;
  const reply = await handOver(desk.relay, { to: [ALIX, BRUNO.toUpperCase()], message: NOTE });
  expect(reply).toBe('250 2.0.0 Kept');
  const taken = desk.taken.slice(before);
  expect(taken.map(({ targets }) => targets.map(({ address }) => address))).toEqual([[ALIX, BRUNO]]);
  expect(taken[0]?.octets.toString()).toBe(`${NOTE}\r\n`);
  expect(taken[0]).toMatchObject({
    from: 'app@masto.example',
    applicationId: undefined,
    client: { address: '127.0.0.1', name: 'client.example', isEncrypted: false },
  });
});

test('the greeting tells a name and what can be done, and no program, version or visitor', async () => {
  const talk = await talkTo(desk.relay);
  expect(await talk.reply()).toBe('220 nest.example ESMTP');
  const features = await talk.ask('EHLO client.example');
  expect(features.split('\r\n')).toEqual([
    '250-nest.example',
    '250-PIPELINING',
    '250-8BITMIME',
    '250-ENHANCEDSTATUSCODES',
    '250 SIZE 26214400',
  ]);
  talk.close();
});

test('several messages go through one dialogue, pipelined, and each is answered for itself', async () => {
  const before = desk.taken.length;
  const talk = await greet(desk.relay);
  for (const recipients of [[ALIX], ['nobody@relay.nest.example', BRUNO]]) {
    const commands = ['MAIL FROM:<app@masto.example>', ...recipients.map((to) => `RCPT TO:<${to}>`), 'DATA'];
    const replies = await talk.askAll(...commands);
    expect(replies.at(-1)).toMatch(/^354/u);
    await talk.send(`${NOTE}\r\n.\r\n`);
    expect(await talk.reply()).toBe('250 2.0.0 Kept');
  }
  expect(await talk.ask('QUIT')).toMatch(/^221 2\.0\.0/u);
  expect(desk.taken.slice(before).map(({ targets }) => targets.map(({ address }) => address))).toEqual([
    [ALIX],
    [BRUNO],
  ]);
});
