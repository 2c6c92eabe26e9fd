import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Caught } from '../mail-catcher.ts';
import { PEOPLE } from '../people.ts';
import { openCounter, openPlace, SECOND_MAILBOX, type Place } from './leaks-place.ts';
import { leaksIn, sharedTokens } from './outgoing.ts';

// The leaks of forwarding, by their numbers, through the whole relay. What a header makes of them one by one is in
// forward/head.test.ts (F1, F11, F15–F24, F33), chains and bodies in forward/golden.test.ts and dkim/arc.test.ts (F25,
// F26), what comes back in back/. There are no webhooks (F34) and no encryption for people (F37).

const MAILBOX = PEOPLE.alix.mailbox;
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());
afterEach(() => {
  place.mailbox.behaviour = undefined;
  // G0: whatever the test did.
  expect(place.leaks()).toEqual([]);
});

/** Which letters are not there yet, to see what a test brings. */
const later = (): (() => readonly Caught[]) => {
  const before = place.catcher.letters.length;
  return () => place.catcher.letters.slice(before);
};

const returnPath = (): string => place.envelopes.at(-1)?.from ?? '';
const alixId = (): string => place.accounts.get('alix')?.id ?? '';

async function lastLine(profileId: string) {
  const [line] = await place.house.parts.relay.owner.log(alixId(), profileId);
  return line;
}

const report = (more: string): string =>
  [
    `From: MAILER-DAEMON@mx.home.example`,
    `To: ${returnPath()}`,
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    '',
    `<${MAILBOX}>: host mx.home.example said: 550 5.1.1 ${MAILBOX} unknown`,
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.home.example',
    '',
    `Final-Recipient: rfc822; ${MAILBOX}`,
    'Action: failed',
    'Status: 5.1.1',
    `Diagnostic-Code: smtp; 550 5.1.1 <${MAILBOX}>: no such user`,
    more,
    '--b--',
    '',
  ].join('\r\n');

test('A76, F1: a plain notification reaches the mailbox from addresses of ours alone, and nothing in it names the mailbox', async () => {
  const { sender, aliases } = await place.scene('alix');
  const [alias = ''] = aliases;
  const message = await sender.signed(place.message(sender, alias));
  expect(await place.deliver(message, `bounces@${sender.domain}`, alias)).toMatch(/^250 /u);
  const letter = await place.next(MAILBOX);
  expect(place.envelopes.at(-1)).toMatchObject({
    to: MAILBOX,
    from: expect.stringMatching(/^[a-z0-9]{20}@relay\.example$/u) as string,
  });
  expect(letter.raw).toMatch(/^From: "Meadow \(meadow-\d+\.example\)"\r\n <[a-z0-9]{20}@relay\.example>\r$/mu);
  expect(letter.raw).toContain(`\r\nTo: <${alias}>\r\n`);
  expect(leaksIn(letter.raw, place.secrets(), alias)).toEqual([]);
});

test('F2: each message has a return path of its own, random, which takes reports alone', async () => {
  const { sender, aliases } = await place.scene('alix');
  const [alias = ''] = aliases;
  const paths: string[] = [];
  for (let times = 0; times < 3; times += 1) {
    await place.send(sender, alias);
    await place.next(MAILBOX);
    paths.push(returnPath());
  }
  expect(new Set(paths).size).toBe(3);
  for (const path of paths) expect(path).toMatch(/^[a-z0-9]{20}@relay\.example$/u);
  expect(sharedTokens([paths[0] ?? ''], [paths[1] ?? ''], ['x@relay.example'])).toEqual([]);
});

test('F3: what the server of the mailbox says in refusing is for the owner alone, and no mail goes back', async () => {
  const { sender, aliases, profiles } = await place.scene('alix');
  const [alias = ''] = aliases;
  const letters = later();
  place.mailbox.behaviour = { code: 550, text: `5.7.1 <${MAILBOX}>: not today` };
  const message = await sender.signed(place.message(sender, alias));
  expect(await place.deliver(message, `bounces@${sender.domain}`, alias)).toMatch(/^250 /u);
  await place.settle();
  expect(letters()).toEqual([]);
  const line = await lastLine(profiles[0]?.id ?? '');
  expect(line).toMatchObject({ outcome: 'failed', trouble: { enhanced: '5.7.1' } });
  expect(line?.trouble?.text).toContain('not today');
});

test('A76, F4: a bounce that comes later is written down for the owner, and nothing leaves because of it', async () => {
  const { sender, aliases, profiles } = await place.scene('alix');
  await place.send(sender, aliases[0] ?? '');
  await place.next(MAILBOX);
  const letters = later();
  expect(await place.deliver(report(''), '', returnPath())).toMatch(/^250 /u);
  await place.settle();
  expect(letters()).toEqual([]);
  expect(await lastLine(profiles[0]?.id ?? '')).toMatchObject({ outcome: 'bounced' });
});

test('F5: what is no report, or comes from somebody, ends at the return path', async () => {
  const { sender, aliases, profiles } = await place.scene('alix');
  await place.send(sender, aliases[0] ?? '');
  await place.next(MAILBOX);
  const letters = later();
  const plain = `From: x@home.example\r\nTo: ${returnPath()}\r\nSubject: hello\r\n\r\nI am ${MAILBOX}\r\n`;
  expect(await place.deliver(report(''), MAILBOX, returnPath())).toMatch(/^250 /u);
  expect(await place.deliver(plain, '', returnPath())).toMatch(/^250 /u);
  await place.settle();
  expect(letters()).toEqual([]);
  const log = await place.house.parts.relay.owner.log(alixId(), profiles[0]?.id ?? '');
  expect(log.map(({ outcome }) => outcome).toSorted()).toEqual(['delivered', 'stopped']);
});

test('F6: what is put off for five days fails in the sight of its owner alone, who can send it again', async () => {
  const { sender, aliases, profiles } = await place.scene('alix');
  const id = profiles[0]?.id ?? '';
  const letters = later();
  place.mailbox.behaviour = { code: 450, text: `4.2.0 <${MAILBOX}> is busy` };
  await place.send(sender, aliases[0] ?? '');
  await place.settle();
  expect(await lastLine(id)).toMatchObject({ outcome: 'waiting', trouble: { enhanced: '4.2.0' } });
  for (let tries = 0; tries < 20 && (await lastLine(id))?.outcome === 'waiting'; tries += 1) {
    place.clock.time += 11 * 60 * MINUTE;
    await place.settle();
  }
  const line = await lastLine(id);
  expect(line).toMatchObject({ outcome: 'failed' });
  expect(letters()).toEqual([]);
  // The same return path at every try, so that a server that puts strangers off knows it again.
  expect(
    new Set(
      place.envelopes
        .filter(({ to }) => to === MAILBOX)
        .slice(-10)
        .map(({ from }) => from),
    ).size,
  ).toBe(1);
  place.mailbox.behaviour = undefined;
  place.clock.time += DAY;
  await place.house.parts.relay.owner.sendAgain(alixId(), id, line?.id ?? '');
  expect((await place.next(MAILBOX)).subject).toBe('Somebody mentioned you');
});

/** The address that stands for the writer of the last message. */
const standIn = (letter: Caught): string => /<([a-z0-9]{20}@relay\.example)>/u.exec(letter.from)?.[1] ?? '';

const answer = (to: string, ...more: string[]): string =>
  [`From: Alix <${MAILBOX}>`, `To: ${to}`, ...more, '', 'I am away until Monday.', '-- ', `Alix, ${MAILBOX}`, ''].join(
    '\r\n',
  );

const OUT_OF_OFFICE: [string, string[]][] = [
  ['F7', ['Subject: Away', 'Auto-Submitted: auto-replied']],
  ['F8', ['Subject: Away', 'Auto-Submitted: auto-generated']],
  ['F9', ['Subject: Away', 'X-Autoreply: yes']],
  ['F9', ['Subject: Away', 'X-Autorespond: yes']],
  ['F9', ['Subject: Away', 'Precedence: auto_reply']],
  ['F9', ['Subject: Away', 'Precedence: bulk']],
  ['F9', ['Subject: Away', 'X-Auto-Response-Suppress: All']],
  ['F9', ['Subject: Automatic reply: hello']],
  ['F9', ['Subject: =?utf-8?Q?R=C3=A9ponse_automatique?=']],
  ['F10', ['Subject: Re: Somebody mentioned you']],
  [
    'F12',
    [
      'Subject: Read: Somebody mentioned you',
      'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"',
    ],
  ],
];

test.each(OUT_OF_OFFICE)('A76, %s: what a mailbox answers by itself leaves nowhere: %j', async (_, fields) => {
  const { sender, aliases } = await place.scene('alix');
  await place.send(sender, aliases[0] ?? '');
  const letter = await place.next(MAILBOX);
  const letters = later();
  for (const to of [returnPath(), standIn(letter)]) {
    for (const from of ['', MAILBOX]) {
      const reply = await place.deliver(answer(to, ...fields), from, to);
      // A person's answer by mail is refused with words that say where to write it; the rest is taken and ends here.
      expect(reply).toMatch(/^(?:250|550 5\.7\.1) /u);
      expect(reply).not.toContain('alix');
    }
  }
  await place.settle();
  expect(letters()).toEqual([]);
});

test('F11, F15–F19, F21–F24, F26: of everything an application may try, nothing reaches the mailbox but the message', async () => {
  const { sender, aliases } = await place.scene('alix', 'bruno');
  const [alias = '', bruno = ''] = aliases;
  const { domain } = sender;
  const text = `<img src="https://${domain}/pixel.gif?u=${alias}">\n@import "https://${domain}/style.css";`;
  const more = [
    `Reply-To: one@${domain}, two@${domain}`,
    `Cc: other@x.example, ${bruno}`,
    `Disposition-Notification-To: notify@${domain}`,
    `Return-Receipt-To: notify@${domain}`,
    `List-Unsubscribe: <mailto:u@${domain}>, <https://${domain}/u/1>`,
    `Mail-Followup-To: all@${domain}`,
    'X-Original-To: alix',
    `Delivered-To: ${MAILBOX}`,
    'Authentication-Results: mx.nest.example; dkim=pass header.d=bank.example',
    'Received-SPF: pass',
    'Received: from [203.0.113.7] by web',
    '',
  ].join('\r\n');
  const message = await sender.signed(place.message(sender, `undisclosed@${domain}`, { more, text }));
  expect(await place.deliver(message, `bounces@${domain}`, alias)).toMatch(/^250 /u);
  const letter = await place.next(MAILBOX);
  const at = letter.raw.indexOf('\r\n\r\n');
  const [head, body] = [letter.raw.slice(0, at), letter.raw.slice(at + 4)];
  expect(leaksIn(letter.raw, place.secrets(), alias)).toEqual(
    // What the body says is the application's; the alias of Bruno is text in Cc, and nothing more.
    [`the alias ${bruno}`],
  );
  expect(head).not.toMatch(/^(?:From|Reply-To|To|Cc):(?:[^\r]|\r\n )*@(?:meadow-\d+|x)\.example/mu);
  expect(head).not.toMatch(
    /receipt|disposition-notification|mailto|followup|x-original|delivered-to|bank\.example|203\.0/iu,
  );
  expect(head.match(/^Received:/gmu)).toHaveLength(1);
  expect(head).toContain(`\r\nTo:`);
  expect(body).toBe(`${text.replaceAll('\n', '\r\n')}\r\n`);
});

test('F13: no wish for a notification of delivery is offered, taken, or handed on', async () => {
  const { sender, aliases } = await place.scene('alix');
  const [alias = ''] = aliases;
  const from = `MAIL FROM:<bounces@${sender.domain}>`;
  const [, hello, whole, own] = await place.tell([
    'EHLO app.example',
    `${from} RET=FULL ENVID=QQ314159`,
    from,
    `RCPT TO:<${alias}> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;${alias}`,
  ]);
  expect(hello).not.toMatch(/DSN/u);
  expect([whole, own]).toEqual([expect.stringMatching(/^(?:250|5\d\d) /u), expect.stringMatching(/^(?:250|5\d\d) /u)]);
  await place.send(sender, alias);
  await place.next(MAILBOX);
  expect(place.envelopes.at(-1)?.args).not.toMatch(/NOTIFY|ORCPT|ENVID|RET/u);
});

test('F14: other parameters of an envelope have no effect, and none on what the mailbox’s server is shown', async () => {
  const { sender } = await place.scene('alix');
  for (const parameter of ['REQUIRETLS', 'MT-PRIORITY=6', 'BY=120;R', 'HOLDFOR=600']) {
    const [, , reply] = await place.tell(['EHLO app.example', `MAIL FROM:<bounces@${sender.domain}> ${parameter}`]);
    expect(reply).toMatch(/^(?:250|55[0-9]|50[0-9]) /u);
  }
});

test('F20: one message to two profiles of one person arrives as two that share nothing but the message (G1)', async () => {
  const { sender, aliases } = await place.scene('alix', 'alix', 'bruno');
  const [one = '', other = '', bruno = ''] = aliases;
  const message = await sender.signed(place.message(sender, `undisclosed@${sender.domain}`));
  expect(await place.deliver(message, `bounces@${sender.domain}`, one, other, bruno)).toMatch(/^250 /u);
  await place.settle();
  const mine = place.catcher.letters.filter(
    ({ raw, to }) => to === MAILBOX && [one, other].some((alias) => raw.includes(alias)),
  );
  const [neutral] = place.catcher.letters.filter(({ raw, to }) => to === PEOPLE.bruno.mailbox && raw.includes(bruno));
  expect(mine).toHaveLength(2);
  expect(new Set(place.envelopes.slice(-3).map(({ from }) => from)).size).toBe(3);
  const head = (letter: Caught | undefined): string => letter?.raw.slice(0, letter.raw.indexOf('\r\n\r\n')) ?? '';
  expect(sharedTokens([head(mine[0])], [head(mine[1])], [head(neutral)])).toEqual([]);
});

test('F20: an alias of another application is for another message, whoever it belongs to', async () => {
  const here = await place.scene('alix');
  const mine = await place.scene('alix');
  const theirs = await place.scene('bruno');
  const answers: string[] = [];
  for (const other of [mine, theirs]) {
    const replies = await place.tell([
      'EHLO app.example',
      `MAIL FROM:<bounces@${here.sender.domain}>`,
      `RCPT TO:<${here.aliases[0]}>`,
      `RCPT TO:<${other.aliases[0]}>`,
    ]);
    answers.push(replies.at(-1) ?? '');
  }
  expect(answers[0]).toMatch(/^452 /u);
  expect(answers[1]).toBe(answers[0]);
});

test('G1: what two applications are told about two profiles of one person could be about two people', async () => {
  const dialogues: string[] = [];
  for (const name of ['alix', 'alix', 'bruno'] as const) {
    const { sender, aliases, profiles } = await place.scene(name);
    await place.send(sender, aliases[0] ?? '');
    await place.settle();
    // And what may be told later: nothing at all.
    await place.house.parts.profiles.retire(place.accounts.get(name)?.id ?? '', profiles[0]?.id ?? '');
    await place.send(sender, aliases[0] ?? '');
    dialogues.push(
      place.said
        .slice(-2)
        .map(({ text }) => text)
        .join(''),
    );
  }
  const [one = '', other = '', bruno = ''] = dialogues;
  expect(one).toMatch(/^250 2\.0\.0 /mu);
  expect(one).toMatch(/^550 5\.1\.1 /mu);
  expect(sharedTokens([one], [other], [bruno])).toEqual([]);
});

test('F27: nothing that a message points to is fetched', async () => {
  const counter = await openCounter();
  const { sender, aliases } = await place.scene('alix');
  const { url } = counter;
  await place.send(sender, aliases[0] ?? '', {
    text: `<img src="${url}/pixel.gif"><link rel=stylesheet href="${url}/style.css">`,
    more: `List-Unsubscribe: <${url}/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n`,
  });
  await place.next(MAILBOX);
  expect(counter.asked()).toBe(0);
  await counter.close();
});

test('F28: an alias that never was and one that is no more are answered alike, and a muted one like any other', async () => {
  const { sender, aliases, profiles } = await place.scene('alix', 'alix', 'alix', 'bruno');
  const [open = '', muted = '', gone = ''] = aliases;
  const { relay, profiles: all } = place.house.parts;
  await all.retire(alixId(), profiles[2]?.id ?? '');
  await relay.owner.setMode(alixId(), profiles[1]?.id ?? '', 'muted');
  const answerOf = async (alias: string): Promise<string> => {
    const message = await sender.signed(place.message(sender, alias));
    const lines = ['EHLO app.example', `MAIL FROM:<bounces@${sender.domain}>`, `RCPT TO:<${alias}>`];
    const recipient = (await place.tell(lines)).at(-1) ?? '';
    return recipient.startsWith('250') ? place.deliver(message, `bounces@${sender.domain}`, alias) : recipient;
  };
  const unknown = await answerOf('a1b2c3d4e5f6g7h8@relay.example');
  expect(unknown).toMatch(/^550 5\.1\.1 /u);
  expect(await answerOf(gone)).toBe(unknown);
  const taken = await answerOf(open);
  expect(taken).toMatch(/^250 /u);
  expect(await answerOf(muted)).toBe(taken);
  const account = place.accounts.get('bruno');
  await place.house.parts.accounts.suspend(account?.id ?? '');
  expect(await answerOf(aliases[3] ?? '')).toBe(taken);
  await place.settle();
});

test('F29: nobody talks to the mailbox’s server before the application has its answer, the same where that is down', async () => {
  const up = await place.scene('alix');
  const down = await place.scene('alix');
  await place.house.parts.relay.steering.pause(true);
  place.clock.time += MINUTE;
  await place.settle();
  const before = place.mailbox.connections;
  const answers: string[] = [];
  for (const { sender, aliases } of [up, down]) {
    const message = await sender.signed(place.message(sender, aliases[0] ?? ''));
    answers.push(await place.deliver(message, `bounces@${sender.domain}`, aliases[0] ?? ''));
    place.mailbox.behaviour = { code: 421, text: '4.3.2 down' };
  }
  expect(answers[0]).toMatch(/^250 /u);
  expect(answers[1]).toBe(answers[0]);
  expect(place.mailbox.connections).toBe(before);
  place.mailbox.behaviour = undefined;
  await place.house.parts.relay.steering.pause(false);
  place.clock.time += 10 * MINUTE;
  await place.settle();
});

test('F31: nobody learns at the door which addresses there are', async () => {
  const { aliases } = await place.scene('alix');
  const replies = await place.tell(['EHLO app.example', `VRFY ${aliases[0]}`, 'VRFY nobody@relay.example', 'EXPN all']);
  expect(replies[3]).toBe(replies[2]);
  expect(replies[2]).toMatch(/^(?:252|502) /u);
  expect(replies[4]).toMatch(/^(?:252|50\d) /u);
  const guesses = Array.from({ length: 40 }, (_, index) => `RCPT TO:<guess${index}aaaaaaaa@relay.example>`);
  const lines = ['EHLO app.example', 'MAIL FROM:<x@guess.example>', ...guesses];
  // From another network: whoever guesses is not let in for a while.
  const guessed = await place.tell(lines, { from: '127.0.9.9' });
  expect(guessed.at(-1)).toMatch(/^(?:421 .*)?$/u);
});

test('F32: the machine says one name, whomever it talks to', async () => {
  const [greeting, hello] = await place.tell(['EHLO app.example']);
  expect(greeting).toMatch(/^220 mx\.nest\.example /u);
  expect(hello).toMatch(/^250-mx\.nest\.example\b/u);
  expect(new Set(place.envelopes.map(({ greeting: name }) => name))).toEqual(new Set(['mx.nest.example']));
});

test('F33: the Message-ID of the application arrives as it was, so that a thread stays one', async () => {
  const { sender, aliases } = await place.scene('alix');
  const message = place.message(sender, aliases[0] ?? '');
  await place.deliver(await sender.signed(message), `bounces@${sender.domain}`, aliases[0] ?? '');
  const [id = ''] = /^Message-ID: .*(?=\r$)/mu.exec(message) ?? [];
  await place.settle();
  expect(place.catcher.letters.at(-1)?.raw).toContain(`\r\n${id}\r\n`);
});

test('F30, F35, F36: where a mailbox is gone the second takes over without a word of the first, and applications see nothing', async () => {
  const { mailboxes } = place.house.parts.accounts;
  const { sender, aliases, profiles } = await place.scene('alix', 'bruno');
  const [alias = ''] = aliases;
  await mailboxes.begin(alixId(), SECOND_MAILBOX, 'second');
  await place.house.parts.mail.deliver();
  const [link = ''] = (await place.catcher.next(SECOND_MAILBOX)).links;
  await mailboxes.confirm(link.replace(/^.*[/=#]/u, ''));
  const before = await place.send(sender, alias);
  await place.next(MAILBOX);
  place.mailbox.behaviour = { code: 550, text: `5.1.1 <${MAILBOX}>: no such user` };
  const during: unknown[] = [];
  for (let times = 0; times < 3; times += 1) {
    during.push(await place.send(sender, alias, { subject: `number ${times}` }));
    await place.settle();
    place.clock.time += DAY;
  }
  expect(during).toEqual([before, before, before]);
  place.mailbox.behaviour = undefined;
  await place.house.parts.mail.deliver();
  // A letter of ours: from our own address, to one, about no alias.
  const letters = place.catcher.letters.filter(({ to, from }) => to === SECOND_MAILBOX && from.includes('aluco@nest'));
  expect(letters).toHaveLength(2);
  const letter = letters[1] as Caught;
  expect(letter.raw).not.toMatch(/^(?:Cc|Bcc):/imu);
  expect(leaksIn(letter.raw, { mailboxes: [], aliases: place.aliases })).toEqual([]);
  expect(letter.raw).not.toContain('home.example');
  expect(await place.send(sender, alias, { subject: 'to the second' })).toEqual(before);
  await place.settle();
  const copy = place.catcher.letters.find(({ to, subject }) => to === SECOND_MAILBOX && subject === 'to the second');
  expect(leaksIn(copy?.raw ?? MAILBOX, place.secrets(), alias)).toEqual([]);
  expect(await lastLine(profiles[0]?.id ?? '')).toMatchObject({ outcome: 'delivered' });
});
