import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { Reply } from '../../../src/mail/arrival.ts';
import { ALIX, KEPT, NOTE, openDesk, type Desk } from './desk.ts';
import { greet, handOver, talkTo, type Talk } from './talk.ts';

const open: Desk[] = [];
async function desk(options: Parameters<typeof openDesk>[0] = {}): Promise<Desk> {
  const one = await openDesk(options);
  open.push(one);
  return one;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function begin(port: number): Promise<Talk> {
  const talk = await greet(port);
  await talk.ask('MAIL FROM:<app@masto.example>');
  await talk.ask(`RCPT TO:<${ALIX}>`);
  await talk.ask('DATA');
  return talk;
}

test('a client that says nothing is sent away', async () => {
  const { relay } = await desk({ patience: { silence: 300 } });
  const talk = await greet(relay);
  await talk.ended();
  expect(talk.said).toMatch(/\r\n421 4\.4\.2 .*\r\n$/u);
});

test('A77: one that sends an octet now and then is sent away, before a message, in a command and within one', async () => {
  const { relay, taken } = await desk({ patience: { preparing: 700, message: 700 } });
  const within = await begin(relay);
  const [before, command] = [await talkTo(relay), await greet(relay)];
  const drip = async (talk: Talk, octets: string): Promise<void> => {
    for (let at = 0; !talk.isOver; at += 1) {
      await talk.send(octets[at % octets.length] ?? '');
      await pause(20);
    }
  };
  await before.reply();
  await Promise.all([drip(before, 'NOOP\r\n'), drip(command, 'x'), drip(within, 'x\r\n')]);
  for (const talk of [before, command, within]) expect(talk.said).toMatch(/421 4\.4\.2 Took too long\r\n$/u);
  expect(taken).toEqual([]);
});

test('while we think, the client waits and is not sent away', async () => {
  const { relay } = await desk({
    // What the client has to do takes no time, but a busy machine may take some for it.
    patience: { silence: 1500, preparing: 1500, message: 1500 },
    async accept({ body }) {
      await buffer(body);
      await pause(3500);
      return KEPT;
    },
  });
  expect(await handOver(relay, { to: [ALIX], message: NOTE })).toBe('250 2.0.0 Kept');
});

test('P5: a message whose sender goes away in the middle is not taken, and the reader of it hears so', async () => {
  let failed = 0;
  const { relay, lines } = await desk({
    async accept({ body }) {
      try {
        await buffer(body);
      } catch (error) {
        failed += 1;
        throw error;
      }
      return KEPT;
    },
  });
  const talk = await begin(relay);
  await talk.send(NOTE);
  await pause(100);
  talk.close();
  await expect.poll(() => failed).toBe(1);
  expect(lines.filter((line) => line.includes('relay_failed'))).toEqual([]);
  // And the next one is.
  expect(await handOver(relay, { to: [ALIX], message: NOTE })).toMatch(/^250/u);
});

test('P5: what fails on our side is told as something passing, and the log says more under the reference', async () => {
  const { relay, lines, counted } = await desk({
    async accept() {
      throw new Error('the disk of alix@home.example is full');
    },
  });
  const reply = await handOver(relay, { to: [ALIX], message: `${NOTE}\r\n${'x\r\n'.repeat(100_000)}` });
  const [, reference = ''] = /^451 4\.3\.0 Temporary failure, try again later \((\S+)\)$/u.exec(reply) ?? [];
  const [line = ''] = lines.filter((each) => each.includes('relay_failed'));
  expect(JSON.parse(line)).toMatchObject({ reference, kind: 'Error' });
  expect(line).not.toContain('home.example');
  expect(counted).toContain('message later');
});

test('P5: 250 is not said to a message whose body nobody read, and the log tells of the fault', async () => {
  const { relay, lines } = await desk({ accept: async () => KEPT });
  expect(await handOver(relay, { to: [ALIX], message: NOTE })).toMatch(/^451 4\.3\.0 /u);
  expect(lines.filter((line) => line.includes('relay_failed'))).toHaveLength(1);
});

test('P5: where asking about an address fails, that too is something passing', async () => {
  const { relay } = await desk({
    recipient: async () => {
      throw new Error('the database is away');
    },
  });
  const talk = await greet(relay);
  await talk.ask('MAIL FROM:<app@masto.example>');
  expect(await talk.ask(`RCPT TO:<${ALIX}>`)).toMatch(/^451 4\.3\.0 /u);
  expect(await talk.ask('NOOP')).toMatch(/^250/u);
  talk.close();
});

test.each<Reply>([
  { code: 250, enhanced: '2.0.0', text: 'Kept' },
  { code: 451, enhanced: '4.7.1', text: 'Later' },
  { code: 452, enhanced: '4.3.1', text: 'No room' },
  { code: 550, enhanced: '5.7.1', text: 'This sender may not write here' },
])('a message is answered in the very words that were decided ($code)', async (reply) => {
  const { relay, counted } = await desk({ accept: async ({ body }) => (await buffer(body), reply) });
  expect(await handOver(relay, { to: [ALIX], message: NOTE })).toBe(`${reply.code} ${reply.enhanced} ${reply.text}`);
  const outcome = reply.code < 300 ? 'taken' : reply.code < 500 ? 'later' : 'refused';
  expect(counted).toEqual(['connection taken', `message ${outcome}`]);
});

test('closing ends a message that is being received with its answer, and every other dialogue with 421', async () => {
  let release = (): void => undefined;
  const deciding = new Promise<void>((resolve) => (release = resolve));
  const { receiver, relay, taken } = await desk({
    async accept({ body }) {
      await buffer(body);
      await deciding;
      return KEPT;
    },
  });
  const [sending, deciding2, idle] = [await begin(relay), await begin(relay), await greet(relay)];
  await deciding2.send(`${NOTE}\r\n.\r\n`);
  const closed = receiver.close();
  await idle.ended();
  expect(idle.said).toMatch(/421 4\.3\.2 Closing, try again later\r\n$/u);
  await expect(talkTo(relay)).rejects.toThrow(/ECONNREFUSED/u);
  await sending.send(`${NOTE}\r\n.\r\n`);
  await pause(100);
  release();
  expect(await sending.reply()).toBe('250 2.0.0 Kept');
  expect(await deciding2.reply()).toBe('250 2.0.0 Kept');
  expect(await sending.reply()).toMatch(/^421 4\.3\.2/u);
  await closed;
  expect(taken).toEqual([]);
});

test('closing waits for nobody longer than its grace', async () => {
  const { receiver, relay, taken } = await desk({ patience: { grace: 300 } });
  const talk = await begin(relay);
  await talk.send('Subject: never whole\r\n');
  await receiver.close();
  await talk.ended();
  expect(talk.said).toMatch(/421 /u);
  expect(taken).toEqual([]);
});

test('where another program has the port, listening fails and says so', async () => {
  const { relay } = await desk();
  await expect(desk({ settings: { ALUCO_RELAY: `127.0.0.1:${relay}`, ALUCO_SUBMISSION: '' } })).rejects.toThrow(
    /EADDRINUSE/u,
  );
});

test('each port is open only where the settings say so', async () => {
  const none = await desk({ settings: { ALUCO_RELAY: '', ALUCO_SUBMISSION: '' } });
  expect([none.relay, none.submission]).toEqual([0, 0]);
  const one = await desk({ settings: { ALUCO_RELAY: '[::1]:0', ALUCO_SUBMISSION: '' } });
  expect(one.relay).toBeGreaterThan(0);
  expect(one.submission).toBe(0);
});
