import { afterEach, expect, test } from 'vitest';
import type { Reply } from '../../../src/mail/arrival.ts';
import { ALIX, ALIX_TOO, BRUNO, DOMAIN, NOTE, openDesk, type Desk } from './desk.ts';
import { greet, handOver, talkTo } from './talk.ts';

const open: Desk[] = [];
async function desk(options: Parameters<typeof openDesk>[0] = {}): Promise<Desk> {
  const one = await openDesk(options);
  open.push(one);
  return one;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

test('twenty connections of one address have room, the next is told so, and others are served', async () => {
  const { relay, counted } = await desk();
  const talks = await Promise.all(Array.from({ length: 20 }, () => greet(relay, '127.0.3.1')));
  const next = await talkTo(relay, '127.0.3.1');
  expect(await next.reply()).toBe('421 4.7.0 Too many connections');
  await next.ended();
  (await greet(relay, '127.0.3.2')).close();
  expect(counted.filter((one) => one === 'connection refused')).toHaveLength(1);
  for (const talk of talks) talk.close();
  await expect.poll(async () => (await talkTo(relay, '127.0.3.1')).reply()).toMatch(/^220/u);
});

test('mail servers in front, and applications in their networks, have many connections', async () => {
  const { relay } = await desk({
    settings: { ALUCO_RELAY_PEERS: '127.0.9.1' },
    isKnown: async (address) => address === '127.0.7.1',
  });
  for (const address of ['127.0.9.1', '127.0.7.1']) {
    const talks = await Promise.all(Array.from({ length: 60 }, () => talkTo(relay, address)));
    for (const talk of talks) expect(await talk.reply()).toMatch(/^220/u);
    for (const talk of talks) talk.close();
  }
});

test('five hundred connections have room in all, and one more is told so without a dialogue', async () => {
  const { relay } = await desk();
  const addresses = Array.from({ length: 25 }, (_, number) => `127.0.3.${number + 1}`);
  const talks = await Promise.all(
    addresses.flatMap((address) => Array.from({ length: 20 }, () => talkTo(relay, address))),
  );
  for (const talk of talks) expect(await talk.reply()).toMatch(/^220/u);
  const next = await talkTo(relay, '127.0.4.1');
  expect(await next.reply()).toBe('421 4.7.0 Too many connections');
  await next.ended();
  talks[0]?.close();
  await expect.poll(async () => (await talkTo(relay, '127.0.4.1')).reply()).toMatch(/^220/u);
  for (const talk of talks) talk.close();
});

test('one network sends so many messages in a minute, whoever there', async () => {
  const { relay, clock } = await desk();
  const talk = await greet(relay, '127.0.3.1');
  for (let number = 0; number < 120; number += 1) {
    expect(await talk.ask('MAIL FROM:<app@masto.example>')).toMatch(/^250/u);
    await talk.ask('RSET');
  }
  expect(await talk.ask('MAIL FROM:<app@masto.example>')).toMatch(/^451 4\.7\.1/u);
  expect(await handOver(relay, { to: [ALIX], message: NOTE, at: '127.0.3.2' })).toMatch(/^451 4\.7\.1/u);
  expect(await handOver(relay, { to: [ALIX], message: NOTE, at: '127.0.4.2' })).toMatch(/^250/u);
  clock.time += 60_000;
  expect(await talk.ask('MAIL FROM:<app@masto.example>')).toMatch(/^250/u);
  talk.close();
});

test('messages that are taken are no flood, however many an application sends', async () => {
  const { relay, taken } = await desk({
    recipient: async (address) => ({ kind: 'profile', address, profileId: address, applicationId: 'masto' }),
  });
  const talk = await greet(relay, '127.0.3.1');
  for (let number = 0; number < 130; number += 1) {
    expect(await talk.ask('MAIL FROM:<app@masto.example>')).toMatch(/^250/u);
    expect(await talk.ask(`RCPT TO:<alias${number}@${DOMAIN}>`)).toMatch(/^250/u);
    expect(await talk.data(NOTE)).toMatch(/^250/u);
  }
  expect(taken).toHaveLength(130);
  talk.close();
});

test('an alias gets ten messages in a minute and two hundred in a day, and the others of the same person theirs', async () => {
  const { relay, clock, taken } = await desk();
  const talk = await greet(relay, '127.0.3.1');
  const send = async (to: string): Promise<string> => {
    await talk.ask('MAIL FROM:<app@masto.example>');
    const reply = await talk.ask(`RCPT TO:<${to}>`);
    const last = reply.startsWith('250') ? await talk.data(NOTE) : reply;
    await talk.ask('RSET');
    return last;
  };
  for (let minute = 0; minute < 20; minute += 1) {
    clock.time += 60_000;
    for (let number = 0; number < 10; number += 1) expect(await send(ALIX)).toMatch(/^250/u);
    if (minute === 0) expect(await send(ALIX)).toBe('451 4.7.1 Too many messages for this recipient, try again later');
  }
  clock.time += 60_000;
  expect(await send(ALIX)).toMatch(/^451 4\.7\.1/u);
  expect(await send(ALIX_TOO)).toMatch(/^250/u);
  expect(await send(BRUNO)).toMatch(/^250/u);
  clock.time += 24 * 3_600_000;
  expect(await send(ALIX)).toMatch(/^250/u);
  expect(taken).toHaveLength(203);
  talk.close();
});

test('messages that are refused use up nothing of what an alias may get', async () => {
  const refuse: Reply = { code: 550, enhanced: '5.7.1', text: 'Not allowed' };
  let isRefused = true;
  const { relay } = await desk({
    async accept({ body }) {
      for await (const _ of body);
      return isRefused ? refuse : { code: 250, enhanced: '2.0.0', text: 'Kept' };
    },
  });
  for (let number = 0; number < 15; number += 1) {
    expect(await handOver(relay, { to: [ALIX], message: NOTE })).toBe('550 5.7.1 Not allowed');
  }
  isRefused = false;
  expect(await handOver(relay, { to: [ALIX], message: NOTE })).toMatch(/^250/u);
});

test('a hundred recipients are taken, and the next is for another message', async () => {
  const { relay, taken } = await desk({
    recipient: async (address) => ({ kind: 'profile', address, profileId: address, applicationId: 'masto' }),
  });
  const talk = await greet(relay);
  await talk.ask('MAIL FROM:<app@masto.example>');
  for (let number = 0; number < 100; number += 1) {
    expect(await talk.ask(`RCPT TO:<alias${number}@${DOMAIN}>`)).toMatch(/^250/u);
  }
  expect(await talk.ask(`RCPT TO:<alias100@${DOMAIN}>`)).toMatch(/^452 4\.5\.3/u);
  // The same once more is not one more.
  expect(await talk.ask(`RCPT TO:<ALIAS7@${DOMAIN}>`)).toMatch(/^250/u);
  expect(await talk.data(NOTE)).toMatch(/^250/u);
  expect(taken[0]?.targets).toHaveLength(100);
  talk.close();
});

test('one who only ever says NOOP, and begins no message, is sent away', async () => {
  const { relay } = await desk();
  const talk = await greet(relay);
  await talk.send('NOOP\r\n'.repeat(600));
  await talk.ended();
  expect(talk.said).toContain('421 4.7.0 Too many commands');
});

test('where it has too much to do it says so at the greeting and at MAIL FROM, and nothing else is different', async () => {
  let busy: Reply | undefined = { code: 452, enhanced: '4.3.1', text: 'No room' };
  const { relay, taken } = await desk({ isBusy: () => busy });
  const early = await talkTo(relay);
  expect(await early.reply()).toBe('421 4.3.2 No room');
  await early.ended();
  busy = undefined;
  const talk = await greet(relay);
  busy = { code: 452, enhanced: '4.3.1', text: 'No room' };
  expect(await talk.ask('MAIL FROM:<app@masto.example>')).toBe('452 4.3.1 No room');
  busy = undefined;
  await talk.ask('MAIL FROM:<app@masto.example>');
  await talk.ask(`RCPT TO:<${ALIX}>`);
  expect(await talk.data(NOTE)).toMatch(/^250/u);
  expect(taken).toHaveLength(1);
  talk.close();
});
