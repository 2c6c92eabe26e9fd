import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { makeCertificate } from '../mail/certificate.ts';
import { SECOND_MAILBOX, type Place } from '../mail/leaks-place.ts';
import { greet, talkTo } from '../mail/receive/talk.ts';
import type { Sender } from '../mail/relay-house.ts';
import { PEOPLE } from '../people.ts';
import { spoil } from './spoil.ts';
import { ADDRESS, alter } from './troubles.ts';

/** The mail server in front, which tells who its client is. */
export const PEER = '127.0.8.3';
/** What the mailbox's server says when it takes nothing. */
export const SAID = 'the cupboard of this household is full to the brim';
const WRONG = 'guessed by a passer-by';
const MAILBOX = PEOPLE.alix.mailbox;
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

export type MailLife = {
  readonly place: Place;
  readonly sender: Sender;
  readonly account: Account;
  readonly profiles: readonly Profile[];
  /** Where the certificate of the relay lies. */
  readonly folder: string;
  keep(what: string, value: unknown): void;
};

/** Puts a certificate where the settings name it, good or broken. */
export async function install(folder: string, isGood: boolean): Promise<void> {
  const { cert, key } = isGood ? await makeCertificate('mx.nest.example') : { cert: `of ${MAILBOX}`, key: ADDRESS };
  await writeFile(path.join(folder, 'relay.crt'), cert);
  await writeFile(path.join(folder, 'relay.key'), key);
}

const report = (to: string): string =>
  [
    'From: MAILER-DAEMON@mx.home.example',
    `To: ${to}`,
    'Subject: Undelivered',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.home.example',
    '',
    `Final-Recipient: rfc822; ${MAILBOX}`,
    'Action: failed',
    'Status: 5.1.1',
    `Diagnostic-Code: smtp; 550 5.1.1 ${MAILBOX}: ${SAID}`,
    '--b--',
    '',
  ].join('\r\n');

/** Mail as it should be, and people who decide what becomes of it. */
export async function liveWithMail({ place, sender, account: { id }, profiles, keep }: MailLife): Promise<void> {
  const { owner } = place.house.parts.relay;
  const [heron, sparrow] = profiles as [Profile, Profile];
  const { accounts } = place.house.parts;
  await accounts.mailboxes.begin(id, SECOND_MAILBOX, 'second');
  await place.house.parts.mail.deliver();
  const [link = ''] = (await place.catcher.next(SECOND_MAILBOX)).links;
  await accounts.mailboxes.confirm(link.replace(/^.*[/=#]/u, ''));
  for (const profile of profiles) await place.send(sender, place.aliasOf(profile));
  await place.settle();
  const [line] = await owner.log(id, heron.id);
  await owner.answer(id, heron.id, line?.id ?? '', { subject: 'Thanks', text: 'Thank you.', confirmed: false });
  place.clock.time += MINUTE;
  await place.settle();
  await owner.setStrangers(id, sparrow.id, 'hold');
  await owner.setMode(id, heron.id, 'held');
  for (const profile of profiles) {
    const message = place.message({ domain: 'stranger.example' }, place.aliasOf(profile));
    await place.deliver(message, 'somebody@stranger.example', place.aliasOf(profile));
    await place.send(sender, place.aliasOf(profile));
  }
  await owner.setMode(id, heron.id, 'on');
  for (const one of await owner.correspondents(id, heron.id)) keep('stand-in', one.address);
}

/** Whoever talks to the relay gets it wrong. */
export async function stumbleOverMail({ place, sender, profiles: [heron], keep }: MailLife): Promise<void> {
  const alias = heron === undefined ? '' : place.aliasOf(heron);
  keep('wrong password of an application', WRONG);
  const plain = Buffer.from(`\0${sender.application.id}\0${WRONG}`).toString('base64');
  keep('wrong password in base64', plain);
  const submission = await greet(place.submission ?? 0);
  await submission.ask(`AUTH PLAIN ${plain}`);
  await submission.ask(`MAIL FROM:<bounces@${sender.domain}>`);
  submission.close();
  const front = await talkTo(place.port, PEER);
  await front.reply();
  await front.ask('EHLO front.example');
  await front.ask(`XFORWARD NAME=app.example ADDR=${ADDRESS} HELO=app.example`);
  await front.ask('MAIL FROM:<somebody@stranger.example>');
  await front.ask(`RCPT TO:<${alias}>`);
  await front.data(place.message({ domain: 'stranger.example' }, alias).slice(0, -2));
  front.close();
  await place.tell([`EHLO ${'x'.repeat(3000)}`, `VRFY ${MAILBOX}`, `MAIL FROM:<${MAILBOX}>`, `RCPT TO:<${MAILBOX}>`]);
  await place.tell(['EHLO app.example', 'STARTTLS', `\u0001${MAILBOX}`]);
  // Hung up on in the middle of a message.
  const half = await greet(place.port);
  for (const line of [`MAIL FROM:<bounces@${sender.domain}>`, `RCPT TO:<${alias}>`, 'DATA']) await half.ask(line);
  await half.send(`From: <notify@${sender.domain}>\r\nTo: ${alias}\r\n`);
  half.close();
}

/** The mailbox's server takes nothing, in every way; in the end nothing is sent to it any more. */
export async function beRefused({ place, sender, profiles: [heron], account, keep }: MailLife): Promise<void> {
  const alias = heron === undefined ? '' : place.aliasOf(heron);
  for (const [code, words] of [
    [450, `4.2.0 <${MAILBOX}>: ${SAID}`],
    [552, `5.2.2 <${MAILBOX}>: ${SAID}`],
    [421, `4.3.2 ${MAILBOX}: ${SAID}`],
  ] as const) {
    place.mailbox.behaviour = { code, text: words };
    await place.send(sender, alias);
    await place.settle();
    place.clock.time += 30 * MINUTE;
    await place.settle();
  }
  place.mailbox.behaviour = undefined;
  for (let times = 0; times < 4; times += 1) {
    place.clock.time += DAY;
    await place.send(sender, alias);
    await place.settle();
    const to = place.envelopes.at(-1)?.from ?? '';
    keep('return path', to.split('@')[0]);
    await place.deliver(report(to), '', to);
    await place.deliver(`From: ${MAILBOX}\r\nSubject: Re: hello\r\n\r\n${SAID}\r\n`, MAILBOX, to);
  }
  await place.house.parts.mail.deliver();
  await place.send(sender, alias);
  await place.settle();
  await place.house.parts.accounts.mailboxHealth.resume(account.id);
  await place.settle();
}

/** Things break underneath. */
export async function breakDownWithMail(life: MailLife): Promise<void> {
  const { place, sender, account, folder } = life;
  const [heron, sparrow] = life.profiles as [Profile, Profile];
  const { profiles, seals, storage, relay } = place.house.parts;
  for (const table of ['delivery', 'profile', 'spool', 'correspondent', 'account']) {
    const message = await sender.signed(place.message(sender, place.aliasOf(heron)));
    await alter(storage, `ALTER TABLE ${table} RENAME TO ${table}_away`);
    await place.deliver(message, `bounces@${sender.domain}`, place.aliasOf(heron)).catch(() => undefined);
    await place.settle().catch(() => undefined);
    await alter(storage, `ALTER TABLE ${table}_away RENAME TO ${table}`);
    place.clock.time += 5 * MINUTE;
  }
  // An error of the worst kind: it holds everything.
  let isIll = true;
  spoil(profiles, 'mailTo', (mailTo) => async (profileId) => {
    const found = await mailTo(profileId);
    if (!isIll) return found;
    throw new Error(`cannot reach ${MAILBOX} at ${ADDRESS}:25 for ${place.aliasOf(sparrow)}`);
  });
  await place.send(sender, place.aliasOf(sparrow));
  await place.settle();
  isIll = false;
  await install(folder, false);
  await place.tell(['EHLO app.example']);
  // Rows that no key opens, which go in the end.
  const { delivery } = storage.tables;
  await place.house.parts.relay.owner.setMode(account.id, sparrow.id, 'held');
  await place.send(sender, place.aliasOf(sparrow));
  await storage.write(async (tx) => {
    const sealed = seals.seal('delivery', 'elsewhere', MAILBOX);
    await tx.update(delivery).set({ sealed }).where(eq(delivery.status, 'held'));
  });
  await relay.owner.log(account.id, sparrow.id);
  place.clock.time += 15 * DAY;
  await relay.sweep();
}
