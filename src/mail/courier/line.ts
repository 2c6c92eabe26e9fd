import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { dial } from './dial.ts';
import type { Host } from './host.ts';
import { cleaned, hostFails, judge } from './judge.ts';
import type { Limits } from './limits.ts';
import { octetsOf } from './octets.ts';
import type { Dispatch, Outcome } from './outcome.ts';
import { step } from './step.ts';

/** A connection serves no more messages than these. */
const SERVES = 100;
/** How long a server may take to say goodbye, in milliseconds. */
const GOODBYE = 5000;
/** Longest reply, in bytes. */
const REPLY_MAX = 64 * 1024;

/**
 * What became of a message at one host. `isBegun`: some of it was sent; `isSpent`: all of it, so that the host may have
 * taken it even where it did not say so.
 */
export type Attempt = { readonly outcome: Outcome; readonly isBegun: boolean; readonly isSpent: boolean };

/** A connection to a host that is ready to take messages, one after the other. */
export type Line = {
  /** Whether it can take another. */
  isUsable(): boolean;
  /**
   * Sends a message.
   * @param time for all of it, in milliseconds
   * @throws the reason of its signal, and what reading its body threw
   */
  send(dispatch: Dispatch, time: number): Promise<Attempt>;
  /** Says goodbye. */
  quit(): void;
  close(): void;
};

type Opening = {
  /** By which we greet. */
  readonly name: string;
  readonly limits: Limits;
  /** Without STARTTLS, although it may be offered. */
  readonly isPlain: boolean;
  readonly signal?: AbortSignal | undefined;
  /** In milliseconds. */
  readonly time: number;
};

/** STARTTLS was begun and did not come about, with a host that is spoken to in the clear otherwise. */
export class NoTls extends Error {
  override readonly name = 'NoTls';
}

/**
 * Opens a connection up to where messages may be sent: greeting, EHLO, STARTTLS where it is offered, signing in.
 * @throws {NoTls} what the library says (for `judge`), and the reason of the signal
 */
export async function openLine(host: Host, { name, limits, isPlain, signal, time }: Opening): Promise<Line> {
  const start = performance.now();
  const open = Math.min(limits.connect + limits.open, time);
  const left = (): { time: number; signal: AbortSignal | undefined } => ({
    time: open - (performance.now() - start),
    signal,
  });
  // Loaded when something is sent: an instance without mail does without it.
  const { default: Connection } = await import('nodemailer/lib/smtp-connection');
  const connect = Math.min(limits.connect, time);
  const socket = host.addresses && (await dial(host.addresses, host, { time: connect, signal }));
  const isOpportunistic = !host.verified && !host.implicitTls;
  const connection = new Connection({
    host: host.name,
    port: host.port,
    ...(socket === undefined ? {} : { connection: socket }),
    secure: host.implicitTls,
    requireTLS: host.verified && !host.implicitTls,
    // Where STARTTLS is refused, a password stays here.
    opportunisticTLS: isOpportunistic && host.auth === undefined,
    ignoreTLS: isPlain,
    tls: { rejectUnauthorized: host.verified },
    name,
    dnsTimeout: connect,
    connectionTimeout: open,
    greetingTimeout: Math.min(limits.open, time),
    socketTimeout: limits.silence,
    maxResponseSize: REPLY_MAX,
  });
  // What nobody waits for ends the connection, and nothing more.
  connection.on('error', () => undefined);
  try {
    await step(connection, left(), (done) => connection.connect(done));
    const { auth } = host;
    if (auth !== undefined) await step(connection, left(), (done) => connection.login({ ...auth }, done));
  } catch (error) {
    const isOfTls = connection.upgrading === true || (error as { code?: unknown }).code === 'ETLS';
    connection.close();
    if (isOfTls && isOpportunistic && host.auth === undefined && signal?.aborted !== true)
      throw new NoTls('no TLS', { cause: error });
    throw error;
  }
  return makeLine(connection);
}

function makeLine(connection: SMTPConnection): Line {
  let served = 0;
  let isRefused = false;

  /** After a refusal, the next message begins anew. */
  async function begin(way: { time: number; signal: AbortSignal | undefined }): Promise<void> {
    served += 1;
    if (isRefused) await step(connection, way, (done) => connection.reset(done));
    isRefused = false;
  }

  return {
    isUsable: () => !connection.destroyed && served < SERVES,

    async send(dispatch, time) {
      const { from, to, head, size, signal } = dispatch;
      // Only this reply asks for the message; the library would take a 250 for it, one that came too early among them.
      const isAsked = (): boolean => String(connection.lastServerResponse).startsWith('354');
      const { stream, progress } = octetsOf(dispatch, isAsked);
      const seen = (outcome: Outcome): Attempt => ({ outcome, isBegun: progress.isBegun, isSpent: progress.isSpent });
      const way = { time, signal };
      try {
        await begin(way);
        // Octets beyond ASCII leave as they are, whether or not the host says that it takes them (8BITMIME, RFC 6152):
        // to encode them would break every signature, and hosts that cannot are not met any more.
        const envelope = { from, to: [to], size: head.length + size, use8BitMime: true };
        const info = await step<SMTPConnection.SentMessageInfo>(connection, way, (done) =>
          connection.send(envelope, stream, done),
        );
        if (progress.isSpent) return seen({ kind: 'taken', text: cleaned(info?.response ?? '') });
        connection.close();
        return seen(hostFails('EPROTOCOL', '4.5.0'));
      } catch (error) {
        stream.destroy();
        const refusal = judge(error);
        isRefused = true;
        // A connection goes on only where it is clear what the other side expects next.
        if (refusal.fault === 'host' || progress.isBegun !== progress.isSpent) connection.close();
        if (signal?.aborted === true) throw signal.reason;
        if (progress.failure !== undefined) throw progress.failure.cause;
        return seen(refusal);
      }
    },

    quit() {
      if (connection.destroyed) return;
      setTimeout(() => connection.close(), GOODBYE).unref();
      connection.quit();
    },
    close: () => connection.close(),
  };
}
