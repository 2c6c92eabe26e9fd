import { generateKeyPairSync } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import { APPLICATION_DEFAULTS, makeApplications, type Applications } from '../../../src/applications/applications.ts';
import type { ApplicationSettings } from '../../../src/applications/settings.ts';
import type { Client } from '../../../src/mail/arrival.ts';
import { makeVerifier } from '../../../src/mail/dkim/verify.ts';
import { makeDns, type Dns } from '../../../src/mail/dns.ts';
import { readHead } from '../../../src/mail/head.ts';
import { makePolicy, type Examination, type Policy, type Verdict } from '../../../src/mail/policy/policy.ts';
import { openGround } from '../../engines.ts';
import { openDnsServer, type DnsServer, type Zone } from '../dns-server.ts';

/** The machine of the application, that of a stranger, and a mail server in front of the relay. */
export const MACHINE = '192.0.2.10';
export const STRANGER = '198.51.100.66';
export const FRONT = '127.0.0.1';

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** What DNS says of a domain that signs with the key of these tests. */
export const signing = (domain: string): Zone => ({
  [`mail._domainkey.${domain}`]: { TXT: [`v=DKIM1; k=rsa; p=${keys.publicKey.toString('base64')}`] },
});

/** A message from From, signed by each of these domains. */
export type Written = {
  from?: string;
  signedBy?: readonly string[];
  /** How many bytes of the body a signature covers. */
  covered?: number;
  /** Changed on its way. */
  tampered?: boolean;
};

export async function write({
  from = 'notify@masto.test',
  signedBy = [],
  covered,
  tampered,
}: Written): Promise<string> {
  const plain = `From: ${from}\r\nTo: abc@relay.example\r\nSubject: Hello\r\nMessage-ID: <1@masto.test>\r\n\r\nA bird sang.\r\n`;
  let signed = plain;
  for (const signingDomain of signedBy) {
    const signature = {
      signingDomain,
      selector: 'mail',
      privateKey: keys.privateKey,
      ...(covered === undefined ? {} : { maxBodyLength: covered }),
    };
    const { signatures, errors } = await dkimSign(plain, { ...signature, signatureData: [signature] });
    if (errors.length > 0) throw new Error(`not signed: ${String(errors[0]?.err)}`);
    signed = signatures + signed;
  }
  return tampered === true ? signed.replace('sang', 'sank') : signed;
}

/** How it is handed over. */
export type HandedOver = {
  by?: Partial<Client>;
  mailFrom?: string;
  /** The application that signed in. */
  as?: string;
};

/** The sender policy over a real database and a real DNS server. */
export type Desk = {
  readonly applications: Applications;
  readonly dns: Dns;
  readonly server: DnsServer;
  readonly policy: Policy;
  add(settings: Partial<ApplicationSettings>): Promise<string>;
  examine(message: string, how?: HandedOver): Promise<Examination>;
  /** What the policy says of a message to a profile of the application. */
  judge(applicationId: string, message: Written, how?: HandedOver): Promise<Verdict>;
  close(): Promise<void>;
};

export async function openDesk(zone: Zone): Promise<Desk> {
  const ground = await openGround('sqlite');
  const server = await openDnsServer(zone);
  const dns = makeDns([server.address]);
  const applications = makeApplications({ storage: ground.storage });
  const policy = makePolicy({ applications, dns, config: { ALUCO_RELAY_PEERS: [ipaddr.parseCIDR(`${FRONT}/32`)] } });

  async function examine(message: string, { by = {}, mailFrom = 'bounce@masto.test', as }: HandedOver = {}) {
    const end = message.indexOf('\r\n\r\n') + 4;
    const head = readHead(Buffer.from(message.slice(0, end)));
    const verifier = makeVerifier(head, dns, Date.now);
    verifier.update(Buffer.from(message.slice(end)));
    const { signatures: dkim } = await verifier.finish();
    const client = { address: STRANGER, name: 'mail.masto.test', isEncrypted: true, ...by };
    return policy.examine({ envelope: { client, applicationId: as, from: mailFrom }, head, dkim });
  }

  return {
    applications,
    dns,
    server,
    policy,
    async add(settings) {
      const named = { ...APPLICATION_DEFAULTS, name: 'Masto', homeUrl: 'https://masto.test' };
      return (await applications.add({ ...named, ...settings })).id;
    },
    examine,
    async judge(applicationId, message, how) {
      return (await examine(await write(message), how)).judge(applicationId);
    },
    async close() {
      await server.close();
      await ground.close();
    },
  };
}
