import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PEOPLE } from '../people.ts';
import { makeCertificate } from './certificate.ts';
import { talkTo, type Talk } from './receive/talk.ts';
import { openRelayHouse, type RelayHouse, type Sender } from './relay-house.ts';

// An application that signs in to hand its mail over, through all that is real.

let folder: string;
let place: RelayHouse;
let [meadow, brook] = [{} as Sender, {} as Sender];
let [mine, theirs] = ['', ''];
let password = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-submission-'));
  const { cert, key } = await makeCertificate('mx.nest.example');
  const [certificate, certificateKey] = [path.join(folder, 'relay.crt'), path.join(folder, 'relay.key')];
  await writeFile(certificate, cert);
  await writeFile(certificateKey, key);
  place = await openRelayHouse({
    settings: {
      ALUCO_SUBMISSION: '127.0.0.1:0',
      ALUCO_RELAY_CERTIFICATE: certificate,
      ALUCO_RELAY_CERTIFICATE_KEY: certificateKey,
    },
  });
  meadow = await place.addSender('Meadow', 'meadow.example');
  brook = await place.addSender('Brook', 'brook.example');
  const alix = await place.person('alix');
  mine = place.aliasOf(await place.profile(alix, meadow, 'magpie_oaktree'));
  theirs = place.aliasOf(await place.profile(alix, brook, 'heron_reedbed'));
  password = (await place.house.parts.applications.addSubmission(meadow.application.id)).secret;
});
afterAll(async () => {
  await place.close();
  await rm(folder, { recursive: true });
});

/** A dialogue in TLS, and what is answered to a user name and a password. */
async function signIn(user: string, secret: string): Promise<{ talk: Talk; answer: string }> {
  const talk = await talkTo(place.submission ?? 0);
  await talk.reply();
  await talk.ask('EHLO app.example');
  expect(await talk.ask('STARTTLS')).toMatch(/^220 /u);
  await talk.encrypt();
  await talk.ask('EHLO app.example');
  return { talk, answer: await talk.ask(`AUTH PLAIN ${Buffer.from(`\0${user}\0${secret}`).toString('base64')}`) };
}

/** Without the end of its last line, which is part of the end of DATA. */
const unsigned = (to: string, subject: string): string =>
  place.message(meadow, to, { subject, from: 'Meadow <notify@meadow.example>' }).replace(/\r\n$/u, '');

test('an application that signed in reaches its own profile with mail that nobody signed, and not that of another', async () => {
  const { talk, answer } = await signIn(meadow.application.id, password);
  expect(answer).toMatch(/^235 /u);
  await talk.ask('MAIL FROM:<notify@meadow.example>');
  const never = await talk.ask('RCPT TO:<a1b2c3d4e5f6g7h8@relay.example>');
  expect(never).toMatch(/^550 5\.1\.1 /u);
  for (const elsewhere of [theirs, 'postmaster@relay.example'])
    expect(await talk.ask(`RCPT TO:<${elsewhere}>`)).toBe(never);
  expect(await talk.ask(`RCPT TO:<${mine}>`)).toMatch(/^250 /u);
  expect(await talk.data(unsigned(mine, 'Signed in'))).toMatch(/^250 /u);
  talk.close();
  expect((await place.next(PEOPLE.alix.mailbox)).subject).toBe('Signed in');
});

test('with no password, a wrong one or another application’s nobody hands anything over', async () => {
  const { secret } = await place.house.parts.applications.addSubmission(brook.application.id);
  for (const [user, wrong] of [
    [meadow.application.id, secret],
    [meadow.application.id, `${password}x`],
    ['nobody', password],
  ] as const) {
    const { talk, answer } = await signIn(user, wrong);
    expect(answer).toMatch(/^535 /u);
    expect(await talk.ask('MAIL FROM:<notify@meadow.example>')).toMatch(/^530 /u);
    talk.close();
  }
  const open = await talkTo(place.submission ?? 0);
  await open.reply();
  await open.ask('EHLO app.example');
  expect(await open.ask('MAIL FROM:<notify@meadow.example>')).toMatch(/^530 /u);
  open.close();
});

test('a password lets mail of the application’s own domains through, and of no other', async () => {
  const { talk } = await signIn(meadow.application.id, password);
  await talk.ask('MAIL FROM:<notify@brook.example>');
  await talk.ask(`RCPT TO:<${mine}>`);
  const forged = place.message(brook, mine).replace(/\r\n$/u, '');
  expect(await talk.data(forged)).toMatch(/^550 5\.7\.1 /u);
  talk.close();
});

test('once it is removed the password opens nothing', async () => {
  const { parts } = place.house;
  const { submission } = await parts.applications.get(meadow.application.id);
  for (const { id } of submission) await parts.applications.removeSubmission(meadow.application.id, id);
  expect((await signIn(meadow.application.id, password)).answer).toMatch(/^535 /u);
});
