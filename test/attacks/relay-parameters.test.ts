import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALIX, NOTE, openDesk, UNKNOWN, type Desk } from '../mail/receive/desk.ts';
import { greet, talkTo } from '../mail/receive/talk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());

test.each(['RET=FULL', 'ENVID=QQ314159', 'RET=HDRS ENVID=x'])(
  'F13: MAIL FROM with %s is refused',
  async (parameter) => {
    const talk = await greet(desk.relay);
    expect(talk.said).not.toContain('DSN');
    expect(await talk.ask(`MAIL FROM:<app@masto.example> ${parameter}`)).toBe('555 5.5.4 Parameter not known');
    talk.close();
  },
);

test.each([`NOTIFY=SUCCESS,DELAY`, `NOTIFY=SUCCESS ORCPT=rfc822;${ALIX}`, 'NOTIFY=NEVER', 'RRVS=2026-01-01T00:00:00Z'])(
  'F13: RCPT TO with %s is refused, whoever is behind the address',
  async (parameter) => {
    const talk = await greet(desk.relay);
    await talk.ask('MAIL FROM:<app@masto.example>');
    for (const address of [ALIX, 'nobody@relay.nest.example']) {
      expect(await talk.ask(`RCPT TO:<${address}> ${parameter}`)).toBe('555 5.5.4 Parameter not known');
    }
    talk.close();
  },
);

test.each([
  'REQUIRETLS',
  'MT-PRIORITY=9',
  'SMTPUTF8',
  'BY=120;R',
  'HOLDFOR=60',
  'AUTH=<>',
  'XVERP',
  'SMTPUTF8 SIZE=10',
])('F14: MAIL FROM with %s is refused and changes nothing', async (parameter) => {
  desk.clock.time += 60_000;
  const talk = await greet(desk.relay);
  expect(talk.said).not.toMatch(/REQUIRETLS|MT-PRIORITY|SMTPUTF8|CHUNKING|DELIVERBY/u);
  expect(await talk.ask(`MAIL FROM:<app@masto.example> ${parameter}`)).toBe('555 5.5.4 Parameter not known');
  await talk.ask('MAIL FROM:<app@masto.example>');
  await talk.ask(`RCPT TO:<${ALIX}>`);
  expect(await talk.data(NOTE)).toMatch(/^250/u);
  talk.close();
});

test.each(['SIZE=100', 'BODY=8BITMIME', 'BODY=7BIT SIZE=5'])('MAIL FROM with %s is taken', async (parameter) => {
  const talk = await greet(desk.relay);
  expect(await talk.ask(`MAIL FROM:<app@masto.example> ${parameter}`)).toMatch(/^250/u);
  talk.close();
});

test('F31: VRFY says the same of every address, EXPN and other old commands nothing at all', async () => {
  const talk = await greet(desk.relay);
  const [known, unknown] = await talk.askAll(`VRFY ${ALIX}`, 'VRFY nobody');
  expect(known).toBe('252 2.1.5 Cannot say, send to it and see');
  expect(unknown).toBe(known);
  expect(await talk.ask(`EXPN ${ALIX}`)).toMatch(/^502 /u);
  for (const command of ['WIZ x', 'SHELL', 'KILL', 'TURN', 'BDAT 5 LAST', 'ETRN x', 'AUTH PLAIN', 'STARTTLS']) {
    expect(await talk.ask(command), command).toMatch(/^500 5\.5\.2 /u);
  }
  talk.close();
});

test('F32: nothing that is said names a program, a version, the system or whom it serves', async () => {
  const talk = await talkTo(desk.relay);
  await talk.reply();
  for (const line of [
    'HELP',
    'EHLO client.example',
    'HELO client.example',
    'NOOP',
    'VRFY x',
    'EXPN x',
    'FOO',
    'MAIL',
    'RCPT',
    'DATA',
    'RSET',
    'QUIT',
  ]) {
    await talk.ask(line);
  }
  expect(talk.said).not.toMatch(/smtp-server|nodemailer|node|aluco|linux|debian|127\.0\.0\.1|https?:/iu);
});

test('F28: the reply to an address depends on what the address is alone: the words for all that take no mail are one', async () => {
  const talk = await greet(desk.relay, '127.0.6.1');
  await talk.ask('MAIL FROM:<app@masto.example>');
  const { code, enhanced, text } = UNKNOWN;
  for (const local of ['nobody', 'deleted0123456789abc', 'a', 'z'.repeat(64)]) {
    expect(await talk.ask(`RCPT TO:<${local}@relay.nest.example>`)).toBe(`${code} ${enhanced} ${text}`);
  }
  talk.close();
});
