import { generateKeyPairSync } from 'node:crypto';
import { createTransport } from 'nodemailer';
import type { Caught, MailCatcher } from '../mail-catcher.ts';
import type { DnsServer } from '../mail/dns-server.ts';

/** A message that an application sent, with all that it heard. */
export type Sent = {
  readonly to: string;
  readonly subject: string;
  /** What both said, line by line: `C:` the application, `S:` the relay. */
  readonly dialogue: readonly string[];
};

/** The mail of one application: a domain of its own, a key that signs, and what comes back. */
export type Post = {
  readonly domain: string;
  /** Writes to somebody who is signed in there. */
  notify(userName: string, alias: string): Promise<Sent>;
  /** All that it sent, the last first. */
  sent(): readonly Sent[];
  /** All that arrived at its domain, the last first. */
  received(): readonly Caught[];
};

type Needs = {
  /** Its name, which is also that of its domain. */
  readonly name: string;
  /** Where Aluco takes mail. */
  readonly relayPort: number;
  readonly dns: DnsServer;
  readonly catcher: MailCatcher;
};

const SELECTOR = 'demo';
/** What is remembered at most. */
const KEPT = 20;

/** The domain that an application of the demo writes from. */
export const domainOf = (name: string): string => `${name.toLowerCase()}.example`;

/** Gives an application mail: publishes its key, and signs with it. */
export function makePost({ name, relayPort, dns, catcher }: Needs): Post {
  const domain = domainOf(name);
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'der' },
  });
  dns.zone[`${SELECTOR}._domainkey.${domain}`] = { TXT: [`v=DKIM1; k=rsa; p=${publicKey.toString('base64')}`] };
  const all: Sent[] = [];

  return {
    domain,
    async notify(userName, alias) {
      const dialogue: string[] = [];
      const note = (entry: { tnx?: string }, line: string, ...rest: unknown[]): void => {
        const [text = ''] = [line, ...rest].map(String);
        if (entry.tnx === 'client') dialogue.push(`C: ${text}`);
        if (entry.tnx === 'server') dialogue.push(`S: ${text}`);
      };
      const logger = {
        level: () => undefined,
        trace: note,
        debug: note,
        info: note,
        warn: note,
        error: note,
        fatal: note,
      };
      const transport = createTransport({
        host: '127.0.0.1',
        port: relayPort,
        name: `mail.${domain}`,
        ignoreTLS: true,
        logger,
        debug: true,
        dkim: { domainName: domain, keySelector: SELECTOR, privateKey },
      });
      const subject = `${userName}, somebody liked what you said`;
      try {
        await transport.sendMail({
          from: { name, address: `notify@${domain}` },
          to: alias,
          subject,
          text: `Hello ${userName},\n\nhulotte liked what you said, and says: "Will you be in the garden on Sunday?"\n\nYou may answer this message.\n`,
          envelope: { from: `bounces@${domain}`, to: alias },
        });
      } catch (error) {
        dialogue.push(`(${(error as Error).message})`);
      } finally {
        transport.close();
      }
      const sent = { to: alias, subject, dialogue };
      all.unshift(sent);
      all.length = Math.min(all.length, KEPT);
      return sent;
    },
    sent: () => all,
    received: () => catcher.letters.filter(({ to }) => to.endsWith(`@${domain}`)).toReversed(),
  };
}
