import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALIX, NOTE, openDesk, type Desk } from './desk.ts';
import { greet, talkTo } from './talk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ settings: { ALUCO_RELAY_PEERS: '127.0.9.0/24' } });
});
afterAll(() => desk.close());

const PEER = '127.0.9.4';
const last = () => desk.taken.at(-1)?.client;

async function send(talk: Awaited<ReturnType<typeof greet>>): Promise<void> {
  // Each in a minute of its own: an alias gets only so many in one.
  desk.clock.time += 60_000;
  await talk.ask('MAIL FROM:<app@masto.example>');
  await talk.ask(`RCPT TO:<${ALIX}>`);
  expect(await talk.data(NOTE)).toMatch(/^250/u);
}

test('a configured mail server tells who its client is by XCLIENT, and the dialogue begins anew', async () => {
  const talk = await talkTo(desk.relay, PEER);
  await talk.reply();
  expect(await talk.ask('EHLO front.example')).toContain('XCLIENT NAME ADDR');
  expect(await talk.ask('XCLIENT NAME=app.masto.example ADDR=192.0.2.7')).toMatch(/^220/u);
  expect(await talk.ask('MAIL FROM:<app@masto.example>')).toMatch(/^503/u);
  expect(await talk.ask('EHLO app.masto.example')).not.toContain('XCLIENT');
  expect(await talk.ask('XCLIENT ADDR=192.0.2.8')).toMatch(/^550 5\.7\.0/u);
  await send(talk);
  expect(last()).toEqual({ address: '192.0.2.7', name: 'app.masto.example', isEncrypted: false, isForwarded: true });
  talk.close();
});

test('what a configured mail server tells by XFORWARD holds for one message', async () => {
  const talk = await greet(desk.relay, PEER);
  expect(await talk.ask('XFORWARD NAME=app.masto.example ADDR=IPv6:2001:db8::7 PORT=4711')).toMatch(/^250/u);
  expect(await talk.ask('XFORWARD PROTO=ESMTP HELO=app.masto.example SOURCE=REMOTE')).toMatch(/^250/u);
  await send(talk);
  expect(last()).toMatchObject({ address: '2001:db8::7', name: 'app.masto.example', isForwarded: true });
  await send(talk);
  expect(last()).toEqual({ address: PEER, name: 'client.example', isEncrypted: false });
  await talk.ask('XFORWARD NAME=[UNAVAILABLE] ADDR=[UNAVAILABLE] SOURCE=LOCAL');
  await send(talk);
  expect(last()).toMatchObject({ address: PEER, isForwarded: true });
  await talk.ask('XFORWARD ADDR=[UNAVAILABLE] SOURCE=REMOTE');
  await send(talk);
  expect(last()?.isForwarded).toBeUndefined();
  talk.close();
});

test('anybody else is refused XCLIENT and XFORWARD, and remains who he is', async () => {
  const talk = await talkTo(desk.relay, '127.0.8.4');
  await talk.reply();
  const features = await talk.ask('EHLO client.example');
  expect(features).not.toMatch(/XCLIENT|XFORWARD/u);
  for (const command of ['XCLIENT', 'XFORWARD']) {
    expect(await talk.ask(`${command} ADDR=192.0.2.7 NAME=app.masto.example`)).toMatch(/^550 5\.7\.0/u);
  }
  await send(talk);
  expect(last()).toEqual({ address: '127.0.8.4', name: 'client.example', isEncrypted: false });
  talk.close();
});

test('XCLIENT makes nobody an application that signed in, and none of it works on the port for those', async () => {
  const talk = await greet(desk.relay, PEER);
  await talk.ask('XCLIENT ADDR=192.0.2.7 LOGIN=masto');
  await talk.ask('EHLO app.masto.example');
  await send(talk);
  expect(desk.taken.at(-1)?.applicationId).toBeUndefined();
  talk.close();
  const other = await greet(desk.submission, PEER);
  expect(await other.ask('XCLIENT ADDR=192.0.2.7 LOGIN=masto')).toMatch(/^550 5\.7\.0/u);
  other.close();
});

test.each(['ADDR=192.0.2.7+0D+0ARSET', 'ADDR=masto.example', 'NAME=a..b ADDR=192.0.2.7', 'WHO=me', ''])(
  'what a configured mail server says wrongly (%j) changes nothing',
  async (words) => {
    const talk = await greet(desk.relay, PEER);
    expect(await talk.ask(`XCLIENT ${words}`)).toMatch(/^501/u);
    await send(talk);
    expect(last()).toEqual({ address: PEER, name: 'client.example', isEncrypted: false });
    talk.close();
  },
);
