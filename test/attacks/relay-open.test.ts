import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALIX, DOMAIN, NOTE, openDesk, type Desk } from '../mail/receive/desk.ts';
import { greet } from '../mail/receive/talk.ts';

let desk: Desk;
beforeAll(async () => {
  // Whoever asks for many addresses is cut off, which other tests are about.
  desk = await openDesk({ isKnown: async () => true });
});
afterAll(() => desk.close());

const [LOCAL = ''] = ALIX.split('@');

/** Addresses by which one relay or another was led to send mail on for strangers. */
const FOREIGN = [
  'victim@elsewhere.example',
  `victim%elsewhere.example@${DOMAIN}`,
  `victim%elsewhere.example%${DOMAIN}`,
  `elsewhere.example!victim@${DOMAIN}`,
  `${DOMAIN}!victim@elsewhere.example`,
  `victim@elsewhere.example@${DOMAIN}`,
  `${ALIX}@elsewhere.example`,
  `victim@${DOMAIN}@elsewhere.example`,
  `@${DOMAIN}:victim@elsewhere.example`,
  `@elsewhere.example:${ALIX}`,
  `@${DOMAIN},@elsewhere.example:${ALIX}`,
  `"victim@elsewhere.example"@${DOMAIN}`,
  `"${LOCAL}"@${DOMAIN}`,
  `"victim%elsewhere.example"@${DOMAIN}`,
  `"victim\\"@elsewhere.example"@${DOMAIN}`,
  `(${DOMAIN})victim@elsewhere.example`,
  `victim@elsewhere.example(${DOMAIN})`,
  `${ALIX},victim@elsewhere.example`,
  `${ALIX};victim@elsewhere.example`,
  `${ALIX} victim@elsewhere.example`,
  `${ALIX}><victim@elsewhere.example`,
  `${ALIX}.`,
  `${LOCAL}@${DOMAIN}..`,
  `${LOCAL}@.${DOMAIN}`,
  `${LOCAL}@sub.${DOMAIN}`,
  `${LOCAL}@nest.example`,
  `${LOCAL}@[127.0.0.1]`,
  `${LOCAL}@[IPv6:::1]`,
  `${LOCAL}@127.0.0.1`,
  `victim@[192.0.2.1]`,
  'victim',
  LOCAL,
  `@${DOMAIN}`,
  `${LOCAL}@`,
  '@',
  '',
  `victim@elsewhere.example\0@${DOMAIN}`,
  `${LOCAL}\0@${DOMAIN}`,
  `${ALIX}\0`,
  `${LOCAL}@${DOMAIN}\0.elsewhere.example`,
  `${ALIX}\r`,
  `${LOCAL}%40${DOMAIN}`,
  `victim%40elsewhere.example@${DOMAIN}`,
  `%61${LOCAL.slice(1)}@${DOMAIN}`,
  `${LOCAL}=elsewhere.example@${DOMAIN}`,
  `${LOCAL}+victim@${DOMAIN}`,
  `.${LOCAL}@${DOMAIN}`,
  `${LOCAL}.@${DOMAIN}`,
  `${LOCAL}\u00e9@${DOMAIN}`,
  `${LOCAL}@relay\u3002nest\u3002example`,
  `${LOCAL}@r\u0435lay.nest.example`,
  `${'a'.repeat(65)}@${DOMAIN}`,
  `${'a'.repeat(4000)}@${DOMAIN}`,
  `postmaster@elsewhere.example`,
  `postmaster@${DOMAIN}@elsewhere.example`,
];

test.each(FOREIGN)('A77: mail to %j is not taken, nor asked of anybody whose address it is not', async (address) => {
  const before = [desk.taken.length, desk.asked.length] as const;
  const talk = await greet(desk.relay);
  await talk.ask('MAIL FROM:<app@masto.example>');
  const reply = await talk.ask(`RCPT TO:<${address}>`);
  expect(reply).toMatch(/^(?:5\d\d 5\.|555 )/u);
  expect(await talk.data(NOTE)).toMatch(/^503/u);
  talk.close();
  expect(desk.taken.length).toBe(before[0]);
  // What is asked is always one whole address of ours.
  for (const asked of desk.asked.slice(before[1])) expect(asked).toMatch(/^[^@\s"<>,;:()\\]+@relay\.nest\.example$/u);
});

test('A77: who signs in is no more a stranger to nobody else: other domains are refused there too', async () => {
  const own = await openDesk({ authenticate: async () => 'masto' });
  const talk = await greet(own.submission);
  const secret = Buffer.from('\0masto\0the right one').toString('base64');
  expect(await talk.ask(`AUTH PLAIN ${secret}`)).toMatch(/^235/u);
  await talk.ask('MAIL FROM:<app@masto.example>');
  expect(await talk.ask('RCPT TO:<victim@elsewhere.example>')).toBe('550 5.7.1 Relaying denied');
  expect(await talk.ask(`RCPT TO:<${ALIX}>`)).toMatch(/^250/u);
  expect(await talk.data(NOTE)).toMatch(/^250/u);
  expect(own.taken[0]).toMatchObject({ applicationId: 'masto', targets: [{ address: ALIX }] });
  talk.close();
  await own.close();
});

test.each([ALIX.toUpperCase(), `${LOCAL}@${DOMAIN.toUpperCase()}`, `${LOCAL.toUpperCase()}@Relay.Nest.Example`])(
  'an alias is found however large its letters are written (%s)',
  async (address) => {
    desk.clock.time += 60_000;
    const talk = await greet(desk.relay);
    await talk.ask('MAIL FROM:<app@masto.example>');
    expect(await talk.ask(`RCPT TO:<${address}>`)).toMatch(/^250/u);
    expect(await talk.data(NOTE)).toMatch(/^250/u);
    expect(desk.taken.at(-1)?.targets.map((target) => target.address)).toEqual([ALIX]);
    talk.close();
  },
);

test('postmaster is reached without a domain, however it is written (RFC 5321 §4.1.1.3)', async () => {
  for (const address of ['postmaster', 'PostMaster', `POSTMASTER@${DOMAIN}`]) {
    const talk = await greet(desk.relay);
    await talk.ask('MAIL FROM:<>');
    expect(await talk.ask(`RCPT TO:<${address}>`)).toMatch(/^250/u);
    expect(await talk.data(NOTE)).toMatch(/^250/u);
    expect(desk.taken.at(-1)).toMatchObject({ from: '', targets: [{ kind: 'administrators' }] });
    talk.close();
  }
});

test.each([
  'nobody@elsewhere.example@masto.example',
  '@elsewhere.example:app@masto.example',
  '"app"@masto.example',
  'app@[192.0.2.1]',
  'app@masto.example.',
  'app@masto..example',
  'app@-masto.example',
  'app\0@masto.example',
  'app@masto.example\r',
  'app@m\u00e4sto.example',
  'app',
  '@',
  `app@${'a'.repeat(64)}.example`,
])('A77: a sender written as %j is none', async (address) => {
  const talk = await greet(desk.relay);
  expect(await talk.ask(`MAIL FROM:<${address}>`)).toMatch(/^501 5\.1\.7 /u);
  expect(await talk.ask(`RCPT TO:<${ALIX}>`)).toMatch(/^503/u);
  talk.close();
});

test('A77: swaks gets mail to an alias through, and none to anybody else', async () => {
  desk.clock.time += 60_000;
  const swaks = async (to: string): Promise<string> => {
    const server = ['--server', '127.0.0.1', '--port', String(desk.relay)];
    const all = [...server, '--from', 'app@masto.example', '--to', to, '--helo', 'masto.example', '--pipeline'];
    try {
      const { stdout } = await promisify(execFile)('swaks', all);
      return stdout;
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };
  const before = desk.taken.length;
  expect(await swaks(ALIX)).toContain('250 2.0.0 Kept');
  expect(await swaks('victim@elsewhere.example')).toContain('550 5.7.1 Relaying denied');
  expect(await swaks(`victim%elsewhere.example@${DOMAIN}`)).toContain('550 5.1.1');
  expect(desk.taken.length).toBe(before + 1);
});
