import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Application } from '../../src/applications/applications.ts';
import { makeVerifier } from '../../src/mail/dkim/verify.ts';
import { sign } from '../../src/mail/dkim/sign.ts';
import { makeDns } from '../../src/mail/dns.ts';
import { readHead } from '../../src/mail/head.ts';
import type { Receiver } from '../../src/mail/receive/receive.ts';
import { makeLog, type Log } from '../../src/log.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { receiverOf } from '../../src/receiver.ts';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type Caught, type MailCatcher } from '../mail-catcher.ts';
import { addApplication, addPerson, type PersonName } from '../people.ts';
import { openDnsServer, type DnsServer } from './dns-server.ts';

/** What a server answered to a message that was handed over. */
export type Answered = { readonly code: number; readonly text: string };

/** An application that sends signed mail. */
export type Sender = {
  readonly application: Application;
  readonly domain: string;
  /** Signs a message (header and body with CRLF) as this application's server does. */
  signed(message: string): Promise<Buffer>;
};

/** A message as an application writes it. */
export type Words = {
  readonly from?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly more?: string;
};

/** A running instance that forwards mail, with everything around it on loopback. */
export type RelayHouse = {
  readonly house: House;
  readonly receiver: Receiver;
  readonly port: number;
  readonly submission: number | undefined;
  readonly dns: DnsServer;
  /** Where forwarded mail arrives: the smart host of the house. */
  readonly catcher: MailCatcher;
  /** An application whose domain signs what it sends. */
  addSender(name: string, domain: string): Promise<Sender>;
  person(name: PersonName): Promise<Account>;
  profile(account: Account, sender: Sender, name: string): Promise<Profile>;
  aliasOf(profile: Pick<Profile, 'aliasLocal'>): string;
  /** A message to some addresses, as `sender` would write it, unsigned. */
  message(sender: Pick<Sender, 'domain'>, to: string, words?: Words): string;
  /** Hands a message over by SMTP as it is. */
  hand(message: Buffer | string, from: string, to: string | readonly string[]): Promise<Answered>;
  /** Writes, signs and hands over. */
  send(sender: Sender, to: string, words?: Words): Promise<Answered>;
  /** Delivers what is due and waits until nothing is on its way. */
  settle(): Promise<void>;
  /** The next message that arrives in a mailbox. */
  next(mailbox: string): Promise<Caught>;
  close(): Promise<void>;
};

type Options = {
  engine?: 'sqlite' | 'postgres';
  now?: () => number;
  settings?: Record<string, string>;
  log?: Log;
  catcher?: MailCatcher;
};

const DOMAIN = 'relay.example';

function recordOf(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return `v=DKIM1; k=rsa; p=${der.toString('base64')}`;
}

/** Opens one: `house.parts.relay` forwards to the catcher. */
export async function openRelayHouse(options: Options = {}): Promise<RelayHouse> {
  const { settings = {}, log = makeLog('silent'), now = Date.now, engine = 'sqlite' } = options;
  const dns = await openDnsServer({});
  const catcher = options.catcher ?? (await openMailCatcher());
  const house = await openHouse({
    engine,
    now,
    log,
    settings: {
      ALUCO_SMTP: catcher.smtp,
      ALUCO_MAIL_FROM: 'aluco@nest.example',
      ALUCO_ALIAS_DOMAIN: DOMAIN,
      ALUCO_RELAY: '127.0.0.1:0',
      ALUCO_RELAY_NAME: 'mx.nest.example',
      ALUCO_DNS: dns.address,
      ...settings,
    },
  });
  const receiver = receiverOf(() => house.parts, { log, now });
  const { relay: port = 0, submission } = await receiver.listen();

  async function addSender(name: string, domain: string): Promise<Sender> {
    const application = await addApplication(house.parts, name, `https://${domain}/`, { senderDomains: [domain] });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    dns.zone[`mail._domainkey.${domain}`] = { TXT: [recordOf(key)] };
    return {
      application,
      domain,
      async signed(message) {
        const octets = Buffer.from(message);
        const end = octets.indexOf('\r\n\r\n') + 4;
        const head = readHead(octets.subarray(0, end));
        const verifier = makeVerifier(head, makeDns([dns.address]), now);
        verifier.update(octets.subarray(end));
        const { bodyHash } = await verifier.finish();
        const by = { selector: 'mail', algorithm: 'rsa-sha256', privateKey: key } as const;
        const signature = await sign(head.fields, bodyHash, by, { domain, at: now() });
        return Buffer.concat([Buffer.from(signature.raw, 'latin1'), octets]);
      },
    };
  }

  function message({ domain }: Pick<Sender, 'domain'>, to: string, words: Words = {}): string {
    const {
      from = `Meadow <notify@${domain}>`,
      subject = 'Somebody mentioned you',
      text = 'Hello.',
      more = '',
    } = words;
    const head = [
      `From: ${from}`,
      `To: ${to}`,
      `Subject: ${subject}`,
      `Date: ${new Date(now()).toUTCString().replace('GMT', '+0000')}`,
      `Message-ID: <${randomBytes(9).toString('hex')}@${domain}>`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
    ];
    return `${head.join('\r\n')}\r\n${more}\r\n${text.replaceAll('\n', '\r\n')}\r\n`;
  }

  function hand(octets: Buffer | string, from: string, to: string | readonly string[]): Promise<Answered> {
    const connection = new SMTPConnection({ host: '127.0.0.1', port, ignoreTLS: true, name: 'app.example' });
    return new Promise((resolve, reject) => {
      connection.once('error', reject);
      connection.connect(() => {
        connection.send({ from, to: [to].flat() }, octets, (error, info) => {
          connection.quit();
          if (error === null) resolve({ code: Number(info.response.slice(0, 3)), text: info.response });
          else if (error.responseCode === undefined) reject(error);
          else resolve({ code: error.responseCode, text: error.response ?? '' });
        });
      });
    });
  }

  async function settle(): Promise<void> {
    await house.parts.relay.deliver();
    await house.parts.relay.idle();
  }

  return {
    house,
    receiver,
    port,
    submission,
    dns,
    catcher,
    addSender,
    message,
    hand,
    settle,
    person: (name) => addPerson(house.parts, name),
    profile: (account, { application }, name) =>
      house.parts.profiles.create(account.id, application, { name, note: '' }),
    aliasOf: ({ aliasLocal }) => `${aliasLocal}@${DOMAIN}`,
    send: async (sender, to, words) =>
      hand(await sender.signed(message(sender, to, words)), `bounces@${sender.domain}`, to),
    async next(mailbox) {
      await settle();
      return catcher.next(mailbox);
    },
    async close() {
      await receiver.close();
      await house.close();
      if (options.catcher === undefined) await catcher.close();
      await dns.close();
    },
  };
}
