import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fc } from '../properties.ts';
import { ALIX, BRUNO, DOMAIN, NOTE, openDesk, type Desk } from '../mail/receive/desk.ts';
import { greet, handOver, talkTo } from '../mail/receive/talk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({
    isKnown: async () => true,
    authenticate: async (user) => (user === 'masto' ? 'masto' : undefined),
  });
});
afterAll(() => desk.close());

const known = fc.constantFrom(ALIX, BRUNO, ALIX.toUpperCase(), 'postmaster');
const foreign = fc.constantFrom(
  'victim@elsewhere.example',
  `nobody@${DOMAIN}`,
  `${ALIX}@elsewhere.example`,
  `"${ALIX}"@${DOMAIN}`,
  '@a.example:b@c.example',
  '',
);
const word = fc.constantFrom(
  'EHLO client.example',
  'HELO client.example',
  'EHLO',
  'RSET',
  'NOOP',
  'DATA',
  'VRFY x',
  'EXPN x',
  'HELP',
  'MAIL FROM:<app@masto.example>',
  'MAIL FROM:<> SIZE=10 BODY=8BITMIME',
  'MAIL FROM:<app@masto.example> RET=FULL',
  'mail from: <app@masto.example>',
  'XCLIENT ADDR=192.0.2.1',
  'XFORWARD ADDR=192.0.2.1',
  'AUTH PLAIN AG1hc3RvAHg=',
  'AUTH LOGIN',
  'bWFzdG8=',
  '*',
  'BDAT 10',
  'STARTTLS',
  '.',
  '',
);
const line = fc.oneof(
  { weight: 5, arbitrary: word },
  { weight: 2, arbitrary: known.map((address) => `RCPT TO:<${address}>`) },
  { weight: 2, arbitrary: foreign.map((address) => `RCPT TO:<${address}>`) },
  { weight: 1, arbitrary: fc.constant(`${NOTE}\r\n.`) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
);
const ending = fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r', '\0\r\n');
const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 4 });

/** What the dialogue may ever have taken: these, and nobody else. */
const OURS = new Set([ALIX, BRUNO, `postmaster@${DOMAIN}`]);

test('A77: whatever is said, in whatever pieces, the server goes on, ends what is wrong, and takes mail for those alone that it said 250 to', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.boolean(),
      fc.array(fc.tuple(line, ending), { minLength: 1, maxLength: 25 }),
      sizes,
      async (isSubmission, isGreeted, said, pieces) => {
        desk.clock.time += 24 * 3_600_000;
        const before = desk.taken.length;
        const port = isSubmission ? desk.submission : desk.relay;
        const talk = isGreeted ? await greet(port) : await talkTo(port);
        if (!isGreeted) await talk.reply();
        const octets = Buffer.from(said.map(([text, end]) => `${text}${end}`).join(''), 'latin1');
        for (let at = 0, turn = 0; at < octets.length && !talk.isOver; turn += 1) {
          const size = pieces[turn % pieces.length] ?? 1;
          await talk.send(octets.subarray(at, at + size));
          if (turn % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
          at += size;
        }
        // Whatever state it is in: this ends a message, or is no command.
        await talk.send('\r\n.\r\nRSET\r\nQUIT\r\n');
        await talk.ended();
        talk.close();
        expect(talk.said).toMatch(/^(?:\d{3}[ -][^\r\n]*\r\n)*$/u);
        const taken = desk.taken.slice(before);
        expect(talk.said.match(/^250 2\.0\.0 Kept/gmu) ?? []).toHaveLength(taken.length);
        for (const { targets, applicationId } of taken) {
          expect(targets.length).toBeGreaterThan(0);
          for (const { address } of targets) expect(OURS).toContain(address);
          expect(applicationId).toBe(isSubmission ? 'masto' : undefined);
        }
      },
    ),
    { numRuns: 150, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
  );
  expect(desk.lines.filter((each) => each.includes('relay_failed'))).toEqual([]);
  expect(await handOver(desk.relay, { to: [ALIX], message: NOTE })).toMatch(/^250/u);
});

test('A77: clients that come and vanish at any moment leave nothing behind', async () => {
  const script = Buffer.from(
    `EHLO x\r\nMAIL FROM:<app@masto.example>\r\nRCPT TO:<${ALIX}>\r\nDATA\r\n${NOTE}\r\n.\r\nQUIT\r\n`,
  );
  for (let round = 0; round < 12; round += 1) {
    desk.clock.time += 60_000;
    await Promise.all(
      Array.from({ length: 10 }, async (_, number) => {
        const talk = await talkTo(desk.relay, `127.0.${round + 10}.${number + 1}`);
        if (number > 0) await talk.reply();
        await talk.send(script.subarray(0, Math.floor((script.length * (round * 10 + number)) / 120)));
        if (number % 2 === 0) await pause(5);
        talk.close();
      }),
    );
  }
  // All of them were counted, and none is any more: there is room for as many as ever.
  const talks = await Promise.all(
    Array.from({ length: 40 }, (_, number) => greet(desk.relay, `127.0.9.${number + 1}`)),
  );
  for (const talk of talks) expect(await talk.ask('NOOP')).toMatch(/^250/u);
  for (const talk of talks) talk.close();
  expect(desk.lines.filter((each) => each.includes('relay_failed'))).toEqual([]);
});
