import type { AddressInfo } from 'node:net';
import ipaddr from 'ipaddr.js';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { openCarrier, type Carrier, type Dispatch, type Outcome } from '../../../src/mail/courier/courier.ts';

type Way = Parameters<typeof openCarrier>[0];

/** A message as it arrived, and what was said of it before. */
export type Arrived = {
  readonly from: string;
  readonly to: readonly string[];
  readonly octets: Buffer;
  readonly isEncrypted: boolean;
  /** The parameters of MAIL FROM. */
  readonly said: Readonly<Record<string, string | true>>;
  /** Which connection it came by. */
  readonly connection: string;
  /** The name the other side greeted by. */
  readonly name: string;
};

/** A mail server on loopback that takes every message, unless `options` have it otherwise. */
export type Target = {
  readonly port: number;
  /** For `ALUCO_SMTP`. */
  readonly smtp: string;
  readonly arrived: readonly Arrived[];
  /** Connections made so far, and those that are open. */
  readonly connections: { readonly made: number; readonly open: number };
  close(): Promise<void>;
};

export const refusal = (responseCode: number, text: string): Error => Object.assign(new Error(text), { responseCode });

export async function openTarget(options: SMTPServerOptions = {}, address = '127.0.0.1', port = 0): Promise<Target> {
  const arrived: Arrived[] = [];
  let made = 0;
  const open = new Set<string>();
  const take = (session: SMTPServerSession, octets: Buffer): void => {
    const { mailFrom, rcptTo } = session.envelope;
    arrived.push({
      from: mailFrom === false ? '' : mailFrom.address,
      to: rcptTo.map((one) => one.address),
      octets,
      isEncrypted: session.secure,
      said: (mailFrom === false ? {} : mailFrom.args) as Arrived['said'],
      connection: session.id,
      name: session.hostNameAppearsAs,
    });
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    size: 60_000_000,
    hideENHANCEDSTATUSCODES: false,
    onConnect(session, callback) {
      made += 1;
      open.add(session.id);
      callback();
    },
    onClose: (session) => void open.delete(session.id),
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
      stream.once('end', () => {
        take(session, Buffer.concat(chunks));
        callback();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => void server.listen(port, address, resolve));
  const listening = (server.server.address() as AddressInfo).port;
  return {
    port: listening,
    smtp: `smtp://${address}:${listening}`,
    arrived,
    connections: {
      get made() {
        return made;
      },
      get open() {
        return open.size;
      },
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Loopback may be reached here, as an administrator's own network. */
export const LOOPBACK = [ipaddr.parseCIDR('127.0.0.0/8')];

/** The way of an instance called `nest.example` whose relay addresses are in `alias.example`. */
export function wayBy(
  smtp: string,
  more: Omit<Partial<Way>, 'config'> & { config?: Partial<Way['config']> } = {},
): Way {
  const { config, ...rest } = more;
  return {
    config: {
      ALUCO_ALIAS_DOMAIN: 'alias.example',
      ALUCO_PRIVATE_NETWORKS: LOOPBACK,
      ALUCO_RELAY: '',
      ALUCO_RELAY_NAME: 'relay.nest.example',
      ALUCO_SMTP: smtp,
      ALUCO_URL: 'https://nest.example',
      ...config,
    },
    dns: { mx: () => Promise.reject(new Error('not asked')), addresses: () => Promise.reject(new Error('not asked')) },
    ...rest,
  };
}

export const HEAD = Buffer.from('From: owl@alias.example\r\nSubject: hello\r\n\r\n');
export const BODY = Buffer.from('Good evening.\r\n');

/** A message to Alix, whose body comes in these pieces. */
export function message(pieces: readonly Buffer[] = [BODY], more: Partial<Dispatch> = {}): Dispatch {
  return {
    from: 'q2w3e4r5t6y7u8i9o0pa@alias.example',
    to: 'alix@mailbox.test',
    head: HEAD,
    size: pieces.reduce((sum, piece) => sum + piece.length, 0),
    async *body() {
      yield* pieces;
    },
    ...more,
  };
}

/** Sends one message through a carrier of its own. */
export async function sendOnce(way: Way, dispatch: Dispatch = message()): Promise<Outcome> {
  const carrier: Carrier = openCarrier(way);
  try {
    return await carrier.carry(dispatch);
  } finally {
    carrier.close();
  }
}
