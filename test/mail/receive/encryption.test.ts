import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ALIX, NOTE, openDesk, type Desk } from './desk.ts';
import { greet, type Talk } from './talk.ts';

const run = promisify(execFile);
let folder: string;
const inFolder = (name: string): string => path.join(folder, name);

/** Makes a certificate for a name. */
async function makeCertificate(name: string): Promise<void> {
  const files = ['-keyout', inFolder(`${name}.key`), '-out', inFolder(`${name}.crt`)];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await run('openssl', ['req', '-x509', ...kind, '-subj', `/CN=${name}`, ...files]);
}

/** Puts a certificate in the place that the settings name; the key of another one, if so asked. */
async function install(name: string, key = name): Promise<void> {
  await copyFile(inFolder(`${name}.crt`), inFolder('relay.crt'));
  await copyFile(inFolder(`${key}.key`), inFolder('relay.key'));
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-relay-'));
  for (const name of ['first.example', 'second.example']) await makeCertificate(name);
});
afterAll(() => rm(folder, { recursive: true }));

const open: Desk[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((desk) => desk.close()));
});

async function desk(options: Parameters<typeof openDesk>[0] = {}): Promise<Desk> {
  const one = await openDesk(options);
  open.push(one);
  return one;
}
async function deskWithCertificate(options: Parameters<typeof openDesk>[0] = {}): Promise<Desk> {
  await install('first.example');
  return desk({
    ...options,
    settings: {
      ALUCO_RELAY_CERTIFICATE: inFolder('relay.crt'),
      ALUCO_RELAY_CERTIFICATE_KEY: inFolder('relay.key'),
      ...options.settings,
    },
  });
}

/** Goes over to TLS, and returns the name in the certificate. */
async function encrypt(talk: Talk): Promise<string> {
  expect(await talk.ask('STARTTLS')).toMatch(/^220/u);
  const socket = await talk.encrypt();
  return String(socket.getPeerCertificate().subject.CN);
}

const plain = (user: string, password: string): string =>
  `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`;
const authenticate = async (user: string, password: string): Promise<string | undefined> =>
  user === 'masto' && password === 'seven owls in the belfry' ? 'masto' : undefined;

test('without a certificate STARTTLS is neither offered nor understood', async () => {
  const { relay } = await desk();
  const talk = await greet(relay);
  expect(talk.said).not.toContain('STARTTLS');
  expect(await talk.ask('STARTTLS')).toMatch(/^500/u);
  talk.close();
});

test('with one a message comes through TLS, and what was said before counts for nothing (RFC 3207 §4.2)', async () => {
  const { relay, taken } = await deskWithCertificate();
  const talk = await greet(relay);
  expect(talk.said).toContain('STARTTLS');
  await talk.ask('MAIL FROM:<app@masto.example>');
  expect(await encrypt(talk)).toBe('first.example');
  expect(await talk.ask('MAIL FROM:<app@masto.example>')).toMatch(/^503/u);
  expect(await talk.ask('EHLO client.example')).not.toContain('STARTTLS');
  await talk.ask('MAIL FROM:<app@masto.example>');
  await talk.ask(`RCPT TO:<${ALIX}>`);
  expect(await talk.data(NOTE)).toMatch(/^250/u);
  expect(taken[0]?.client.isEncrypted).toBe(true);
  talk.close();
});

test('A77: commands sent with STARTTLS in one segment are thrown away', async () => {
  const { relay, taken } = await deskWithCertificate();
  const talk = await greet(relay);
  await talk.send(`STARTTLS\r\nEHLO x\r\nMAIL FROM:<evil@masto.example>\r\nRCPT TO:<${ALIX}>\r\nDATA\r\n`);
  expect(await talk.reply()).toMatch(/^220/u);
  await talk.encrypt();
  expect(await talk.ask('NOOP')).toMatch(/^250/u);
  expect(await talk.ask('RCPT TO:<postmaster>')).toMatch(/^503/u);
  expect(talk.said.match(/^\d{3} /gmu)?.slice(-2)).toEqual(['250 ', '503 ']);
  expect(taken).toEqual([]);
  talk.close();
});

test('A77: STARTTLS takes no parameters, and comes once', async () => {
  const { relay } = await deskWithCertificate();
  const talk = await greet(relay);
  expect(await talk.ask('STARTTLS now')).toMatch(/^501/u);
  await encrypt(talk);
  await talk.ask('EHLO client.example');
  expect(await talk.ask('STARTTLS')).toMatch(/^503/u);
  talk.close();
});

test('TLS before version 1.2 is not spoken', async () => {
  const { relay } = await deskWithCertificate();
  for (const [version, isSpoken] of [
    ['-tls1', false],
    ['-tls1_1', false],
    ['-tls1_2', true],
    ['-tls1_3', true],
  ] as const) {
    const place = ['-connect', `127.0.0.1:${relay}`, '-starttls', 'smtp', '-cipher', 'ALL:@SECLEVEL=0'];
    const { stdout } = await run('sh', [
      '-c',
      `echo QUIT | openssl s_client ${place.join(' ')} ${version} 2>&1 || true`,
    ]);
    // It is the version that is refused, not what goes with it.
    const said = isSpoken ? /New, TLSv1\.[23], Cipher is \w/u : /alert protocol version/u;
    expect(stdout, version).toMatch(said);
  }
});

test('a renewed certificate is shown by the next handshake, and connections that stand go on', async () => {
  const { relay, submission, taken } = await deskWithCertificate();
  const standing = await greet(relay);
  expect(await encrypt(standing)).toBe('first.example');
  const waiting = await greet(relay);
  await install('second.example');
  expect(await encrypt(waiting)).toBe('second.example');
  const other = await greet(submission);
  expect(await encrypt(other)).toBe('second.example');
  await standing.ask('EHLO client.example');
  await standing.ask('MAIL FROM:<app@masto.example>');
  await standing.ask(`RCPT TO:<${ALIX}>`);
  expect(await standing.data(NOTE)).toMatch(/^250/u);
  expect(taken).toHaveLength(1);
  for (const talk of [standing, waiting, other]) talk.close();
});

test('a certificate that is broken, or not of its key, leaves the one before and is said once', async () => {
  const { relay, lines } = await deskWithCertificate();
  const shown = async (): Promise<string> => {
    const talk = await greet(relay);
    const name = await encrypt(talk);
    talk.close();
    return name;
  };
  const complaints = () => lines.filter((line) => line.includes('relay_certificate_bad'));
  expect(await shown()).toBe('first.example');
  await writeFile(inFolder('relay.crt'), 'not a certificate');
  expect([await shown(), await shown()]).toEqual(['first.example', 'first.example']);
  expect(complaints()).toHaveLength(1);
  await install('second.example', 'first.example');
  expect([await shown(), await shown()]).toEqual(['first.example', 'first.example']);
  expect(complaints()).toHaveLength(2);
  await rm(inFolder('relay.crt'));
  expect([await shown(), await shown()]).toEqual(['first.example', 'first.example']);
  expect(complaints()).toHaveLength(3);
  await install('second.example');
  expect(await shown()).toBe('second.example');
  expect(complaints()).toHaveLength(3);
  const key = await readFile(inFolder('second.example.key'), 'utf8');
  expect(lines.join('\n')).not.toContain(key.split('\n')[1]);
});

test('where the certificate is not there yet, no TLS is offered until it is', async () => {
  await rm(inFolder('relay.crt'), { force: true });
  await rm(inFolder('relay.key'), { force: true });
  const { relay, submission } = await desk({
    authenticate,
    settings: {
      ALUCO_RELAY_CERTIFICATE: inFolder('relay.crt'),
      ALUCO_RELAY_CERTIFICATE_KEY: inFolder('relay.key'),
      ALUCO_RELAY_PEERS: '192.0.2.1',
    },
  });
  const early = await greet(relay);
  expect(early.said).not.toContain('STARTTLS');
  early.close();
  await install('first.example');
  const late = await greet(submission);
  expect(await encrypt(late)).toBe('first.example');
  late.close();
});

test.each(['PLAIN', 'LOGIN'])(
  'an application signs in (%s) and hands mail over; without that it does not',
  async (method) => {
    const { submission, taken, lines } = await deskWithCertificate({ authenticate });
    const talk = await greet(submission);
    expect(talk.said).toContain('AUTH PLAIN LOGIN');
    expect(await talk.ask('MAIL FROM:<app@masto.example>')).toBe('530 5.7.0 Authentication required');
    await encrypt(talk);
    await talk.ask('EHLO client.example');
    if (method === 'PLAIN') {
      expect(await talk.ask(plain('masto', 'seven owls in the belfry'))).toMatch(/^235 2\.7\.0/u);
    } else {
      expect(await talk.ask('AUTH LOGIN')).toMatch(/^334/u);
      expect(await talk.ask(Buffer.from('masto').toString('base64'))).toMatch(/^334/u);
      expect(await talk.ask(Buffer.from('seven owls in the belfry').toString('base64'))).toMatch(/^235/u);
    }
    expect(await talk.ask('MAIL FROM:<app@masto.example> AUTH=<>')).toMatch(/^250/u);
    await talk.ask(`RCPT TO:<${ALIX}>`);
    expect(await talk.data(NOTE)).toMatch(/^250/u);
    expect(taken[0]).toMatchObject({ applicationId: 'masto', client: { isEncrypted: true } });
    expect(lines.join('\n')).not.toMatch(/belfry|c2V2ZW4gb3dscw/u);
    talk.close();
  },
);

test('on the port for everybody nobody signs in', async () => {
  const { relay } = await deskWithCertificate({ authenticate });
  const talk = await greet(relay);
  await encrypt(talk);
  expect(await talk.ask('EHLO client.example')).not.toContain('AUTH');
  expect(await talk.ask(plain('masto', 'seven owls in the belfry'))).toMatch(/^500/u);
  talk.close();
});

test('wrong passwords end a dialogue, then shut the network out for ten minutes; no password is ever in the log', async () => {
  const tried: string[] = [];
  const { submission, lines, clock } = await desk({
    authenticate(user, password) {
      tried.push(password);
      return authenticate(user, password);
    },
  });
  const wrong = async (): Promise<string[]> => {
    const talk = await greet(submission, '127.0.3.1');
    const replies = [];
    while (!talk.isOver && replies.length < 9) replies.push(await talk.ask(plain('masto', `wrong${tried.length}`)));
    talk.close();
    return replies.filter((reply) => reply !== '');
  };
  const first = await wrong();
  expect(first.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => '535 5.7.8 Authentication credentials invalid'));
  expect(first[3]).toMatch(/^421 4\.7\.0/u);
  for (let round = 0; round < 4; round += 1) await wrong();
  expect(tried).toHaveLength(10);
  const right = await greet(submission, '127.0.3.2');
  expect(await right.ask(plain('masto', 'seven owls in the belfry'))).toMatch(/^421/u);
  const other = await greet(submission, '127.0.4.2');
  expect(await other.ask(plain('masto', 'seven owls in the belfry'))).toMatch(/^235/u);
  clock.time += 600_000;
  const later = await greet(submission, '127.0.3.2');
  expect(await later.ask(plain('masto', 'seven owls in the belfry'))).toMatch(/^235/u);
  expect(lines.join('\n')).not.toMatch(/wrong\d|belfry|d3Jvbmc/u);
  for (const talk of [right, other, later]) talk.close();
});

test('right passwords are not counted as guesses', async () => {
  const { submission } = await desk({ authenticate });
  for (let number = 0; number < 15; number += 1) {
    const talk = await greet(submission);
    expect(await talk.ask(plain('masto', 'seven owls in the belfry'))).toMatch(/^235/u);
    talk.close();
  }
});

test('where checking a password fails, that is told as something passing, with a reference to the log', async () => {
  const { submission, lines } = await desk({
    authenticate: async () => {
      throw new Error('the database is away');
    },
  });
  const talk = await greet(submission);
  const reply = await talk.ask(plain('masto', 'seven owls in the belfry'));
  const [, reference = ''] = /^451 4\.3\.0 .*\((\S+)\)$/u.exec(reply) ?? [];
  expect(lines.filter((line) => line.includes(reference))).toHaveLength(1);
  expect(reply).not.toContain('database');
  talk.close();
});
