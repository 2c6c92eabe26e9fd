import { randomId } from '../storage/seal.ts';

/** A letter as it is sent. */
export type Message = {
  readonly to: string;
  readonly language: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
};

/**
 * A letter that the smart host did not take. `fault`: of the `letter` (to this mailbox, at this moment) or of the
 * `host`, which takes none now. `lasting`: the same letter will be refused again. Its words hold no address: `code`
 * is the SMTP reply or the kind of error, `said` is the host's answer and for the terminal alone.
 */
export class NotSent extends Error {
  override readonly name = 'NotSent';
  readonly fault: 'letter' | 'host';
  readonly lasting: boolean;
  readonly code: string;
  readonly said: string;

  constructor({ fault, lasting, code, said }: Pick<NotSent, 'fault' | 'lasting' | 'code' | 'said'>) {
    super(`the smart host did not take a letter: ${code}`);
    this.fault = fault;
    this.lasting = lasting;
    this.code = code;
    this.said = said;
  }
}

/** One connection to the smart host, made when the first letter leaves. */
export type Line = {
  /**
   * Sends a letter; resolves with the host's answer once it has taken it.
   * @throws {NotSent}
   */
  send(message: Message): Promise<string>;
  /**
   * Goes as far as signing in at the host, and sends nothing.
   * @throws {NotSent}
   */
  check(): Promise<void>;
  close(): void;
};

export type Transport = { open(): Promise<Line> };

const SECOND = 1000;
/** However slowly the host answers, a letter is sent or not after this time, in milliseconds. */
const SENDING_MAX = 60 * SECOND;

const SUBMISSION = 587;
const SUBMISSIONS = 465;
const RELAY = 25;

/** What a setting says of the smart host (RFC 5321, RFC 6409, RFC 8314). */
export type SmartHost = {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly implicitTls: boolean;
  /** Never without TLS, and with the right certificate. */
  readonly verified: boolean;
  readonly auth: { readonly user: string; readonly pass: string } | undefined;
};

/**
 * Reads `ALUCO_SMTP`. A password never leaves this machine in the clear, nor to somebody who has no certificate for the
 * host's name. Without one STARTTLS is used where it is offered, whatever the certificate: whoever can forge it can as
 * well take the offer away (RFC 7435).
 */
export function readSmartHost(address: string): SmartHost {
  const url = new URL(address);
  const host = url.hostname.replace(/^\[|\]$/gu, '');
  const implicitTls = url.protocol === 'smtps:';
  const auth =
    url.username === ''
      ? undefined
      : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  const isHere = /^(localhost|127\.[\d.]+|::1)$/iu.test(host);
  const usual = auth === undefined ? RELAY : SUBMISSION;
  return {
    host,
    port: url.port === '' ? (implicitTls ? SUBMISSIONS : usual) : Number(url.port),
    implicitTls,
    verified: !isHere && (implicitTls || auth !== undefined),
    auth,
  };
}

/** What an error of the library says, without the addresses that it repeats. */
function judge(error: unknown): NotSent {
  const {
    code = '',
    command = '',
    responseCode,
    response,
  } = error as {
    code?: string;
    command?: string;
    responseCode?: number;
    response?: string;
  };
  const said = (response ?? (error instanceof Error ? error.message : '')).slice(0, 500);
  // Only what is said of this mailbox or of this text is the letter's own: the rest holds for every one.
  const isOfLetter = command === 'RCPT TO' || command === 'DATA';
  if (responseCode === undefined || responseCode === 421 || !isOfLetter) {
    const local = code === 'EENVELOPE' && responseCode === undefined;
    const kind = responseCode === undefined ? code.slice(0, 20) : `${code.slice(0, 20)} ${responseCode}`;
    return new NotSent({ fault: local ? 'letter' : 'host', lasting: local, code: kind, said });
  }
  const lasting = responseCode >= 500 && responseCode !== 503;
  return new NotSent({ fault: 'letter', lasting, code: String(responseCode), said });
}

type Needs = {
  /** `ALUCO_SMTP`, not empty. */
  readonly smtp: string;
  /** `ALUCO_MAIL_FROM`. */
  readonly from: string;
  /** The name of the house. */
  readonly name: string;
  /** Our public address: by its host we greet. */
  readonly url: string;
  /** Within this time, in milliseconds, a letter is sent or not, however slowly the host answers. */
  readonly patience?: number | undefined;
};

/** Without line ends and control characters, which no header may hold. */
const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();

/**
 * The way to the smart host. Letters say that a program wrote them (RFC 3834), and nothing of whom they are for but
 * the mailbox: the Message-ID is random.
 */
export function makeTransport({ smtp, from, name, url, patience = SENDING_MAX }: Needs): Transport {
  const { host, port, implicitTls, verified, auth } = readSmartHost(smtp);
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return {
    async open() {
      // Loaded when something is sent: an instance without mail does without it.
      const { createTransport } = await import('nodemailer');
      const pool = createTransport({
        pool: true,
        maxConnections: 1,
        // A letter that may have been taken is tried again by the queue alone.
        maxRequeues: 0,
        host,
        port,
        secure: implicitTls,
        requireTLS: verified && !implicitTls,
        tls: { rejectUnauthorized: verified },
        ...(auth === undefined ? {} : { auth }),
        name: new URL(url).hostname,
        dnsTimeout: Math.min(10 * SECOND, patience),
        connectionTimeout: Math.min(10 * SECOND, patience),
        greetingTimeout: Math.min(15 * SECOND, patience),
        socketTimeout: Math.min(30 * SECOND, patience),
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      return {
        async send({ to, language, subject, text, html }) {
          try {
            const { response } = await pool.sendMail({
              envelope: { from, to: [to] },
              from: { name: oneLine(name), address: from },
              to: { name: '', address: to },
              subject: oneLine(subject),
              text,
              html,
              messageId: `<${randomId()}@${domain}>`,
              headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': language },
              xMailer: false,
              signal: AbortSignal.timeout(patience),
            });
            return response.slice(0, 500);
          } catch (error) {
            throw judge(error);
          }
        },
        async check() {
          try {
            await pool.verify();
          } catch (error) {
            throw judge(error);
          }
        },
        close: () => pool.close({ force: true }),
      };
    },
  };
}
