import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { readConfig } from '../../../src/config.ts';
import { makeLog } from '../../../src/log.ts';
import type { Arrival, Envelope, Reply, Target } from '../../../src/mail/arrival.ts';
import { makeReceiver, type Receiver, type ReceiverNeeds } from '../../../src/mail/receive/receive.ts';
import { NO_METRICS } from '../../../src/metrics.ts';

/** What was taken: the envelope, and every octet from the first of the header to the last of the body. */
export type Taken = Omit<Arrival, 'body'> & { readonly octets: Buffer; readonly body: Buffer };

export const DOMAIN = 'relay.nest.example';
/** Aliases of alix at two applications, and of bruno. */
export const ALIX = `alixmasto0123456789a@${DOMAIN}`;
export const ALIX_TOO = `alixpixel0123456789b@${DOMAIN}`;
export const BRUNO = `brunomasto012345678c@${DOMAIN}`;

export const UNKNOWN: Reply = { code: 550, enhanced: '5.1.1', text: 'No such recipient' };
export const KEPT: Reply = { code: 250, enhanced: '2.0.0', text: 'Kept' };

/** A receiver on loopback, and what it does with messages: it keeps every one of them. */
export type Desk = {
  readonly receiver: Receiver;
  /** 0 where that port is not open. */
  readonly relay: number;
  readonly submission: number;
  readonly taken: readonly Taken[];
  /** Addresses that were asked for. */
  readonly asked: readonly string[];
  readonly lines: readonly string[];
  readonly counted: readonly string[];
  /** Its clock, which only moves when told to; in milliseconds. */
  readonly clock: { time: number };
  close(): Promise<void>;
};

type Options = Partial<Pick<ReceiverNeeds, 'authenticate' | 'isBusy' | 'isKnown' | 'patience'>> & {
  settings?: Record<string, string>;
  recipient?: (address: string, envelope: Envelope) => Promise<Target | Reply>;
  accept?: (arrival: Arrival) => Promise<Reply>;
};

/** Who has the aliases; postmaster@ are the administrators. */
export async function lookUp(address: string): Promise<Target | Reply> {
  if (address === `postmaster@${DOMAIN}`) return { kind: 'administrators', address };
  const isAlias = [ALIX, ALIX_TOO, BRUNO].includes(address);
  return isAlias ? { kind: 'profile', address, profileId: `profile of ${address}`, applicationId: 'masto' } : UNKNOWN;
}

export async function openDesk(options: Options = {}): Promise<Desk> {
  const taken: Taken[] = [];
  const asked: string[] = [];
  const lines: string[] = [];
  const counted: string[] = [];
  const clock = { time: 1_790_000_000_000 };
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(...chunk.toString().split('\n').filter(Boolean));
      done();
    },
  });
  const keep = async (arrival: Arrival): Promise<Reply> => {
    const body = await buffer(arrival.body);
    const head = Buffer.from(arrival.head.fields.map(({ raw }) => raw).join(''), 'latin1');
    taken.push({ ...arrival, body, octets: Buffer.concat([head, Buffer.from('\r\n'), body]) });
    return KEPT;
  };
  const receiver = makeReceiver({
    config: readConfig({
      ALUCO_URL: 'https://nest.example',
      ALUCO_SMTP: 'smtp://127.0.0.1:1',
      ALUCO_MAIL_FROM: 'aluco@nest.example',
      ALUCO_ALIAS_DOMAIN: DOMAIN,
      ALUCO_RELAY: '127.0.0.1:0',
      ALUCO_SUBMISSION: '127.0.0.1:0',
      ...options.settings,
    }),
    domain: () => DOMAIN,
    log: makeLog('trace', stream),
    metrics: {
      ...NO_METRICS,
      relayConnection: (outcome) => void counted.push(`connection ${outcome}`),
      relayMessage: (outcome) => void counted.push(`message ${outcome}`),
    },
    now: () => clock.time,
    relay: {
      recipient(address, envelope) {
        asked.push(address);
        return (options.recipient ?? lookUp)(address, envelope);
      },
      accept: options.accept ?? keep,
    },
    authenticate: options.authenticate ?? (async () => undefined),
    isBusy: options.isBusy ?? (() => undefined),
    isKnown: options.isKnown ?? (async () => false),
    ...(options.patience === undefined ? {} : { patience: options.patience }),
  });
  const { relay = 0, submission = 0 } = await receiver.listen();
  return { receiver, relay, submission, taken, asked, lines, counted, clock, close: () => receiver.close() };
}

/** A short message of an application. */
export const NOTE = [
  'From: Masto <app@masto.example>',
  `To: ${ALIX}`,
  'Subject: A new follower',
  'Date: Thu, 26 Nov 2026 10:00:00 +0000',
  'Message-ID: <1@masto.example>',
  '',
  'Bruno follows you.',
].join('\r\n');
