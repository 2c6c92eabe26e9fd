import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { LogLine } from '../../src/mail/owner.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { freePort } from '../free-port.ts';
import { PEOPLE } from '../people.ts';
import { leaksIn, type Secrets } from './outgoing.ts';
import { hasPostfix, openPostfix, type Postfix, type PostfixVariant } from './postfix.ts';
import { openRelayHouse, type RelayHouse, type Sender } from './relay-house.ts';

// What a mailbox finds out late, bounces and answers that come back, is in back/come-back.test.ts.
if (!hasPostfix)
  process.stderr.write('SKIPPED: no Postfix, or we are not root: nothing goes from one Postfix to another.\n');

const MAILBOX = 'alix@mailbox.test';
/** Where the server of the mailboxes listens: no other part of the tests takes a port of this address. */
const MACHINE = '127.0.0.25';
/** What the sending server is told of every message that was taken, whatever the mailbox does. */
const TAKEN = 'dsn=2.0.0, status=sent (250 2.0.0 Kept)';
/** And what it tells who asked for a report. */
const REPORTED = ['Action: relayed', 'Status: 2.0.0', 'Diagnostic-Code: smtp; 250 2.0.0 Kept'];
const NAMES = ['heron', 'sparrow', 'wren', 'barn_owl', 'magpie', 'lapwing', 'curlew', 'dunnock', 'kestrel', 'nuthatch'];
const SMALL = 'Hoo.\n\n..\n.\nÀ bientôt.';
/** More than the small mailboxes take. */
const LARGE = `${'x'.repeat(70)}\n`.repeat(400);

describe.skipIf(!hasPostfix)("from an application's Postfix, through the relay, to the Postfix of a mailbox", () => {
  let place: RelayHouse;
  let sending: Postfix;
  let receiving: Postfix | undefined;
  let port: number;
  let meadow: Sender;
  let hedge: Sender;
  let alix: Account;
  const aliases: string[] = [];

  beforeAll(async () => {
    port = await freePort();
    place = await openRelayHouse({ settings: { ALUCO_SMTP: `smtp://${MACHINE}:${port}` } });
    sending = await openPostfix({
      settings: {
        myhostname: 'mail.meadow.example',
        // Where its own senders get what comes back to them.
        virtual_mailbox_domains: 'meadow.example, hedge.example',
        transport_maps: `inline:{{relay.example=smtp:[127.0.0.1]:${place.port}}}`,
      },
    });
    meadow = await place.addSender('Meadow', 'meadow.example');
    const { id: applicationId, ...settings } = meadow.application;
    const { applications } = place.house.parts;
    meadow = { ...meadow, application: await applications.change(applicationId, { ...settings, quota: NAMES.length }) };
    hedge = await place.addSender('Hedge', 'hedge.example');
    const { loginName, password } = PEOPLE.alix;
    const person = { loginName, password, mailbox: MAILBOX, mailboxVerified: true, language: 'en' } as const;
    alix = await place.house.parts.accounts.add(person);
  });
  afterEach(() => hangUp());
  afterAll(async () => {
    await sending?.close();
    await place?.close();
  });

  /** The server of the mailboxes starts, in place of the one before. */
  async function answer(variant: PostfixVariant): Promise<Postfix> {
    await hangUp();
    receiving = await openPostfix({ variant, port, address: MACHINE, settings: { smtpd_tls_loglevel: '1' } });
    return receiving;
  }

  async function hangUp(): Promise<void> {
    await receiving?.close();
    receiving = undefined;
  }

  /** One more profile of Alix at Meadow. */
  async function addProfile(): Promise<Profile & { alias: string }> {
    const made = await place.profile(alix, meadow, NAMES[aliases.length] ?? '');
    const alias = place.aliasOf(made);
    aliases.push(alias);
    return { ...made, alias };
  }

  /** What the sending server wrote of mail to an address: each attempt's end. */
  async function outcomesFor(address: string): Promise<string[]> {
    const lines = (await sending.logs()).split('\n').filter((line) => line.includes(`to=<${address}>`));
    return lines.flatMap((line) => /dsn=.*$/u.exec(line) ?? []);
  }

  /** Puts a signed message into the queue of the application's server, and waits until it has left. */
  async function send(sender: Sender, to: string, text = SMALL): Promise<void> {
    const message = await sender.signed(place.message(sender, to, { text }));
    const back = `bounces@${sender.domain}`;
    await sending.command('sendmail', ['-i', '-N', 'success,failure,delay', '-f', back, to], message.toString());
    for (let round = 0; round < 1200; round += 1) {
      const isOver = (await outcomesFor(to)).length > 0;
      if (isOver && /queue is empty/u.test(await sending.command('postqueue', ['-p']))) break;
      await pause(100);
    }
    await place.settle();
  }

  /** What came back to the sender, of a message to an address. */
  async function reportsOf(address: string): Promise<string[]> {
    const all = (await sending.mails()).map(({ octets }) => octets.toString());
    return all.filter((text) => text.includes(address));
  }

  const log = ({ id }: Profile): Promise<LogLine[]> => place.house.parts.relay.owner.log(alix.id, id);

  /** G0 over everything that reached the application's side: every line of its log, every message. */
  async function leaks(): Promise<string[]> {
    const secrets: Secrets = {
      mailboxes: [MAILBOX],
      names: ['alix'],
      ids: [alix.id],
      networks: [MACHINE],
      aliases,
    };
    const addressed = (text: string): string[] => aliases.filter((alias) => text.includes(`to=<${alias}>`));
    const mails = await sending.mails();
    return [
      ...(await sending.logs()).split('\n').flatMap((line) => leaksIn(line, secrets, addressed(line))),
      ...mails.flatMap(({ octets }) => {
        const [, about] = /^Final-Recipient: rfc822; *(\S+)/mu.exec(octets.toString()) ?? [];
        return leaksIn(octets, secrets, about);
      }),
    ];
  }

  /** The application's side was told that a message was taken, once, and nothing else. */
  async function expectTaken(alias: string): Promise<void> {
    expect(await outcomesFor(alias)).toEqual([TAKEN]);
    const reports = await reportsOf(alias);
    expect(reports.map((text) => text.match(/^(?:Action|Status|Diagnostic-Code): .*$/gmu))).toEqual([REPORTED]);
    expect(await leaks()).toEqual([]);
  }

  test.each<[PostfixVariant, boolean]>([
    ['accept', false],
    ['slow', false],
    ['self-signed', true],
  ])('G0: a mailbox of the kind %j gets the message, and its owner sees that', async (variant, isEncrypted) => {
    const mailbox = await answer(variant);
    const heron = await addProfile();
    await send(meadow, heron.alias);
    const [arrived] = await mailbox.waitFor(1);
    expect(arrived?.mailbox).toBe('alix');
    const text = arrived?.octets.toString() ?? '';
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe(`${SMALL.replaceAll('\n', '\r\n')}\r\n`);
    // It writes its log in a process of its own.
    await expect.poll(async () => /TLS connection established/u.test(await mailbox.logs())).toBe(isEncrypted);
    expect(await log(heron)).toMatchObject([{ outcome: 'delivered', domain: 'meadow.example', trouble: undefined }]);
    await expectTaken(heron.alias);
  });

  test.each<[PostfixVariant, string, string, string, string]>([
    ['refuse', SMALL, '550', '5.1.1', 'User unknown'],
    ['small', LARGE, '552', '5.3.4', ''],
    ['small unannounced', LARGE, '552', '5.3.4', 'too big'],
  ])('G0: a mailbox of the kind %j gets nothing, and its owner alone sees why', async (variant, text, ...why) => {
    const mailbox = await answer(variant);
    const [code, enhanced, words] = why;
    const sparrow = await addProfile();
    await send(meadow, sparrow.alias, text);
    expect(await log(sparrow)).toMatchObject([
      { outcome: 'failed', isKept: true, trouble: { code, enhanced, text: expect.stringContaining(words) as string } },
    ]);
    expect(await mailbox.mails()).toEqual([]);
    await expectTaken(sparrow.alias);
  });

  test.each<[string, PostfixVariant | undefined, RegExp]>([
    ['says later', 'defer', /^450$/u],
    ['is switched off', undefined, /^E[A-Z]+$/u],
  ])('G0: mail to a mailbox whose server %s waits, and arrives once all is tried again', async (_, variant, code) => {
    if (variant !== undefined) await answer(variant);
    const wren = await addProfile();
    await send(meadow, wren.alias);
    expect(await log(wren)).toMatchObject([
      { outcome: 'waiting', isKept: true, trouble: { code: expect.stringMatching(code) as string } },
    ]);
    // While it waits, the sender knows as much as ever.
    await expectTaken(wren.alias);
    const mailbox = await answer('accept');
    await place.house.parts.relay.steering.retry();
    await place.settle();
    expect(await mailbox.waitFor(1)).toHaveLength(1);
    expect(await log(wren)).toMatchObject([{ outcome: 'delivered' }]);
    await expectTaken(wren.alias);
  });

  test('G0: an address that never was comes back to who wrote to it, by their own server', async () => {
    const unknown = 'nobody@relay.example';
    await send(meadow, unknown);
    expect(await outcomesFor(unknown)).toEqual([
      expect.stringMatching(/^dsn=5\.1\.1, status=bounced .* 550 5\.1\.1 No such address here/u),
    ]);
    const [bounce, ...more] = await reportsOf(unknown);
    expect(more).toEqual([]);
    expect(bounce).toMatch(/^Return-Path: <>$/mu);
    expect(bounce).toMatch(/^To: bounces@meadow\.example$/mu);
    expect(bounce).toMatch(/^Status: 5\.1\.1$/mu);
    expect(await leaks()).toEqual([]);
  });

  test('A77: what somebody who is not of the application wrote comes back to them, whatever the mailbox does', async () => {
    const said: string[] = [];
    for (const variant of [undefined, 'accept'] as const) {
      const mailbox = variant && (await answer(variant));
      const owl = await addProfile();
      await send(hedge, owl.alias);
      said.push(...(await outcomesFor(owl.alias)));
      const [bounce, ...more] = await reportsOf(owl.alias);
      expect(more).toEqual([]);
      expect(bounce).toMatch(/^To: bounces@hedge\.example$/mu);
      expect(bounce).toMatch(/^Status: 5\.7\.1$/mu);
      expect(await log(owl)).toMatchObject([{ outcome: 'refused', domain: 'hedge.example', isKept: false }]);
      // The server of the mailbox was not even asked.
      expect((await mailbox?.logs()) ?? '').not.toContain('connect from');
    }
    expect(new Set(said).size).toBe(1);
    expect(said[0]).toMatch(
      /^dsn=5\.7\.1, status=bounced .* 550 5\.7\.1 This address takes mail from its application/u,
    );
    expect(await leaks()).toEqual([]);
  });
});
