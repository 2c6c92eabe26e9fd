import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { SMTPServerOptions } from 'smtp-server';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { readSmartHost } from '../../src/mail/mail.ts';
import { openGround, type Ground } from '../engines.ts';
import { freePort } from '../free-port.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { EVERY_LINE, openPostOffice, recovery, type Clock, type PostOffice } from './post-office.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const ALIX = 'alix@home.example';
const BRUNO = 'bruno@home.example';
const SECRETS = ['@', 'home.example', 'a-token-that-nobody-knows', 'new password', 'mot de passe', 's3cret'];

let ground: Ground;
let clock: Clock;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  ground = await openGround('sqlite');
});
afterAll(() => ground.close());
beforeEach(() => {
  clock = { time: Date.UTC(2026, 10, 21, 9, 30) };
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await ground.storage.write(async (tx) => void (await tx.delete(ground.storage.tables.letter)));
});

async function openHost(options: SMTPServerOptions = {}): Promise<MailCatcher> {
  const catcher = await openMailCatcher(options);
  closing.push(() => catcher.close());
  return catcher;
}

const open = (smtp: string, more: Partial<Parameters<typeof openPostOffice>[0]> = {}): PostOffice =>
  openPostOffice({ ground, clock, smtp, ...more });

const refusal = (responseCode: number, text: string): Error => Object.assign(new Error(text), { responseCode });

/** How many letters had been asked to be taken after each of these pauses. */
async function askedAfter(office: PostOffice, asked: () => number, pauses: readonly number[]): Promise<number[]> {
  const counts: number[] = [];
  for (const pause of pauses) {
    clock.time += pause;
    await office.mail.deliver();
    counts.push(asked());
  }
  return counts;
}

/** Refuses letters to Alix with a reply, and counts how often. */
function refusing(reply: () => number | undefined): { options: SMTPServerOptions; asked: () => number } {
  let asked = 0;
  return {
    asked: () => asked,
    options: {
      onRcptTo({ address }, _session, callback) {
        const code = address === ALIX ? reply() : undefined;
        if (address === ALIX) asked += 1;
        callback(code === undefined ? null : refusal(code, `${ALIX} is not wanted`));
      },
    },
  };
}

test('a letter put off is sent again later and later, and the others leave meanwhile', async () => {
  let code: number | undefined = 450;
  const { options, asked } = refusing(() => code);
  const host = await openHost(options);
  const office = open(host.smtp);
  await office.post(recovery(ALIX));
  await office.post(recovery(BRUNO));
  const pauses = [0, 59 * SECOND, SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 5 * HOUR, HOUR];
  expect(await askedAfter(office, asked, pauses)).toEqual([1, 1, 2, 3, 4, 5, 6, 6, 7]);
  expect(host.letters.map(({ to }) => to)).toEqual([BRUNO]);
  code = undefined;
  clock.time += 6 * HOUR;
  await office.mail.deliver();
  expect(host.letters.map(({ to }) => to)).toEqual([BRUNO, ALIX]);
  expect(await office.mail.waiting()).toBe(0);
});

test('a letter that could not be sent for two days is given up, unless the clock has jumped', async () => {
  const { options } = refusing(() => 450);
  const host = await openHost(options);
  let steady = false;
  const office = open(host.smtp, { isSteady: () => steady });
  await office.post(recovery(ALIX));
  clock.time += 47 * HOUR;
  await office.mail.deliver();
  clock.time += HOUR;
  await office.mail.deliver();
  expect(await office.mail.waiting()).toBe(1);
  steady = true;
  clock.time += HOUR;
  await office.mail.deliver();
  expect(await office.mail.waiting()).toBe(0);
  expect(office.counted).toEqual(['failed', 'failed', 'given_up']);
  expect(office.lines.at(-1)).toContain('letter_given_up');
});

test.each([550, 553, 554])(
  'a letter refused for good (%i) is dropped, and the log says so without the address',
  async (code) => {
    const { options, asked } = refusing(() => code);
    const host = await openHost(options);
    const office = open(host.smtp);
    await office.post(recovery(ALIX));
    await office.post(recovery(BRUNO));
    expect(await askedAfter(office, asked, [0, HOUR, 24 * HOUR])).toEqual([1, 1, 1]);
    expect(host.letters.map(({ to }) => to)).toEqual([BRUNO]);
    expect(office.counted.toSorted()).toEqual(['refused', 'sent']);
    expect(office.lines).toEqual([
      expect.stringMatching(new RegExp(`"event":"letter_refused".*"code":"${code}"`, 'u')),
    ]);
  },
);

test('what is refused after the text was sent is refused for good or put off likewise', async () => {
  let code = 451;
  const host = await openHost({
    onData: (stream, _session, callback) =>
      void stream.resume().once('end', () => callback(refusal(code, `${ALIX} wrote nonsense`))),
  });
  const office = open(host.smtp);
  await office.post(recovery(ALIX));
  await office.mail.deliver();
  code = 552;
  clock.time += MINUTE;
  await office.mail.deliver();
  expect([office.counted, await office.mail.waiting()]).toEqual([['failed', 'refused'], 0]);
});

test('a smart host that refuses our sender or our password loses us no letter', async () => {
  const sender = await openHost({
    onMailFrom: (_address, _session, callback) => callback(refusal(550, 'aluco@nest.example may not send')),
  });
  const password = await openHost({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: (_auth, _session, callback) => callback(refusal(535, 'wrong password for odile@nest.example')),
  });
  for (const smtp of [sender.smtp, password.smtp.replace('//', '//odile:s3cret@')]) {
    const office = open(smtp);
    await office.post(recovery(ALIX));
    await office.mail.deliver();
    expect([office.counted, await office.mail.waiting()]).toEqual([['failed'], 1]);
    expect(office.lines).toEqual([expect.stringContaining('smart_host_away')]);
    await ground.storage.write(async (tx) => void (await tx.delete(ground.storage.tables.letter)));
  }
});

test('while the smart host is away it is asked seldom, for one letter, and all leave soon after it is back', async () => {
  const port = await freePort();
  const office = open(`smtp://127.0.0.1:${port}`);
  for (let number = 0; number < 10; number += 1) await office.post(recovery(`owl${number}@home.example`));
  const asked = (): number => office.counted.length;
  const pauses = [0, 4 * SECOND, SECOND, 14 * SECOND, SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, MINUTE, MINUTE];
  expect(await askedAfter(office, asked, pauses)).toEqual([1, 1, 2, 2, 3, 4, 5, 6, 6, 7]);
  expect(office.lines.filter((line) => line.includes('smart_host_away'))).toHaveLength(3);
  const { smtp, letters } = await openHost();
  const back = open(smtp);
  clock.time += 5 * MINUTE;
  await back.mail.deliver();
  expect([letters.length, await back.mail.waiting()]).toEqual([10, 0]);
});

/** A server that answers as told, byte by byte or not at all. */
async function openStrange(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Says something again and again, and never comes to an end. */
function drawOut(socket: Socket, line: string): void {
  const timer = setInterval(() => socket.write(`${line}\r\n`), 20);
  socket.once('close', () => clearInterval(timer));
}

/** Takes everything but the end of the letter. */
function takeAllButTheEnd(socket: Socket): void {
  let text: string | undefined;
  socket.write('220 here\r\n');
  socket.on('data', (chunk: Buffer) => {
    const said = chunk.toString();
    if (text !== undefined) {
      text += said;
      if (text.endsWith('\r\n.\r\n')) drawOut(socket, '250-one moment');
    } else if (said === 'DATA\r\n') {
      text = '';
      socket.write('354 go on\r\n');
    } else socket.write('250 fine\r\n');
  });
}

test.each<[string, (socket: Socket) => void]>([
  ['says nothing', () => undefined],
  ['greets without end', (socket) => drawOut(socket, '220-here')],
  ['takes a letter without end', takeAllButTheEnd],
  ['hangs up', (socket) => void socket.destroy()],
  ['speaks something else', (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['greets and hangs up', (socket) => void socket.end('421 alix@home.example is not served today\r\n')],
])('a smart host that %s keeps a letter waiting, and no longer than it may', async (_what, onConnection) => {
  const office = open(await openStrange(onConnection), { patience: 400 });
  await office.post(recovery(ALIX));
  await office.mail.deliver();
  expect([office.counted, await office.mail.waiting()]).toEqual([['failed'], 1]);
});

test('a program that ends gives up a letter that the smart host does not take, and keeps it', async () => {
  let arrived = (): void => undefined;
  const asked = new Promise<void>((resolve) => (arrived = resolve));
  const office = open(await openStrange(() => arrived()));
  await office.post(recovery(ALIX));
  await office.post(recovery(BRUNO));
  const delivering = office.mail.deliver();
  await asked;
  office.mail.hangUp();
  await delivering;
  expect([office.counted, await office.mail.waiting()]).toEqual([['failed'], 2]);
  // It was we who ended it.
  expect(office.lines.join('\n')).not.toContain('ETIMEDOUT');
});

test('a letter at which the smart host hangs up does not keep the others from leaving', async () => {
  const host = await openHost({
    onRcptTo({ address }, session, callback) {
      if (address === ALIX) callback(refusal(421, 'not today'));
      else callback();
    },
  });
  const office = open(host.smtp);
  await office.post(recovery(ALIX));
  for (let number = 0; number < 5; number += 1) await office.post(recovery(`owl${number}@home.example`));
  for (let round = 0; round < 10; round += 1) {
    await office.mail.deliver();
    clock.time += 20 * SECOND;
  }
  expect([host.letters.length, await office.mail.waiting()]).toEqual([5, 1]);
});

// 0.0.0.0 leads to this machine too, and is not taken for it: as a host elsewhere would be.
const elsewhere = (smtp: string, user = ''): string => smtp.replace('127.0.0.1', `${user}0.0.0.0`);

test('a password is not given to a smart host without TLS, nor to one with a wrong certificate', async () => {
  const users: string[] = [];
  const options: SMTPServerOptions = {
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ username = '' }, _session, callback) => {
      users.push(username);
      callback(null, { user: username });
    },
  };
  const plain = await openHost(options);
  const forged = await openHost({ ...options, disabledCommands: [] });
  const implicit = await openHost({ ...options, disabledCommands: [], secure: true });
  for (const smtp of [plain.smtp, forged.smtp, implicit.smtp.replace('smtp:', 'smtps:')]) {
    const office = open(elsewhere(smtp, 'odile:s3cret@'));
    await office.post(recovery(ALIX));
    await office.mail.deliver();
    expect([smtp, office.counted, await office.mail.waiting()]).toEqual([smtp, ['failed'], 1]);
    await ground.storage.write(async (tx) => void (await tx.delete(ground.storage.tables.letter)));
  }
  expect(users).toEqual([]);
});

test('without a password TLS is used where it is offered, and a letter leaves where it is not', async () => {
  const secure: boolean[] = [];
  const options: SMTPServerOptions = {
    onMailFrom(_address, session, callback) {
      secure.push(session.secure);
      callback();
    },
  };
  const offering = await openHost({ ...options, disabledCommands: [] });
  const plain = await openHost(options);
  for (const { smtp } of [offering, plain]) {
    const office = open(elsewhere(smtp));
    await office.post(recovery(ALIX));
    await office.mail.deliver();
    expect(office.counted).toEqual(['sent']);
  }
  expect(secure).toEqual([true, false]);
});

test('on this machine user and password are given as they were meant, also through smtps', async () => {
  const given: unknown[] = [];
  const options: SMTPServerOptions = {
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, callback) => {
      given.push([username, password]);
      callback(null, { user: username });
    },
  };
  const plain = await openHost(options);
  const implicit = await openHost({ ...options, secure: true });
  for (const smtp of [plain.smtp, implicit.smtp.replace('smtp:', 'smtps:')]) {
    const office = open(smtp.replace('//', '//odile%40nest.example:s3cret%2F%3A%25@'));
    await office.post(recovery(ALIX));
    await office.mail.deliver();
    expect(office.counted).toEqual(['sent']);
  }
  expect(given).toEqual([
    ['odile@nest.example', 's3cret/:%'],
    ['odile@nest.example', 's3cret/:%'],
  ]);
});

test('the setting is read as RFC 5321, 6409 and 8314 have it', () => {
  expect(readSmartHost('smtp://relay.example')).toMatchObject({ port: 25, implicitTls: false, verified: false });
  expect(readSmartHost('smtp://u:p@relay.example/')).toMatchObject({ port: 587, implicitTls: false, verified: true });
  expect(readSmartHost('smtps://relay.example')).toMatchObject({ port: 465, implicitTls: true, verified: true });
  expect(readSmartHost('smtp://u:p@[::1]:2525')).toMatchObject({ host: '::1', port: 2525, verified: false });
  expect(readSmartHost('smtp://u:p@localhost.evil.example')).toMatchObject({ verified: true });
});

test('no line of the log held an address, a token, a subject or a password', () => {
  expect(EVERY_LINE.length).toBeGreaterThan(20);
  expect(EVERY_LINE.filter((line) => SECRETS.some((secret) => line.includes(secret)))).toEqual([]);
});
