import type { Config } from '../config.ts';
import { randomId } from '../storage/seal.ts';
import { openCarrier, within, type CourierConfig, type Refusal } from './courier/courier.ts';
import { makeDns } from './dns.ts';

/** A letter as it is sent. */
export type Message = {
  readonly to: string;
  readonly language: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The address by which no more of its kind come, where they can be stopped. */
  readonly unsubscribe?: string;
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

/** The way to the smart host or to each mailbox, kept open from the first letter to the last. */
export type Line = {
  /**
   * Sends a letter; resolves with the host's answer once it has taken it.
   * @throws {NotSent}
   */
  send(message: Message): Promise<string>;
  /**
   * Goes as far as signing in at the smart host, if there is one, and sends nothing.
   * @throws {NotSent}
   */
  check(): Promise<void>;
  close(): void;
};

export type Transport = { open(): Promise<Line> };

const SECOND = 1000;
/** However slowly the host answers, a letter is sent or not after this time, in milliseconds. */
const SENDING_MAX = 60 * SECOND;

/** What became of a letter, for the queue; the host's words as they would be read in a dialogue. */
function notSent({ fault, lasting, code, enhanced, text }: Refusal, isOfHost: boolean): NotSent {
  const said = text === '' ? '' : `${/\d{3}$/u.exec(code)?.[0] ?? ''} ${enhanced} ${text}`.trim();
  return new NotSent({ fault: fault === 'host' && isOfHost ? 'host' : 'letter', lasting, code, said });
}

type Needs = {
  readonly config: CourierConfig & Pick<Config, 'ALUCO_DNS' | 'ALUCO_MAIL_FROM' | 'ALUCO_NAME'>;
  /** Within this time, in milliseconds, a letter is sent or not, however slowly the host answers. */
  readonly patience?: number | undefined;
  /** Where the mail servers of other domains listen; 25 outside of tests. */
  readonly port?: number;
};

/** Without line ends and control characters, which no header may hold. */
const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();

/**
 * A letter as it leaves. It says that a program wrote it (RFC 3834), and nothing of whom it is for but the mailbox: the
 * Message-ID is random.
 */
async function compose(
  { ALUCO_NAME: name, ALUCO_MAIL_FROM: from }: Needs['config'],
  message: Message,
): Promise<Buffer> {
  // Loaded when something is sent: an instance without mail does without it.
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const { to, language, subject, text, html, unsubscribe } = message;
  const composer = new MailComposer({
    from: { name: oneLine(name), address: from },
    to: { name: '', address: to },
    subject: oneLine(subject),
    text,
    html,
    messageId: `<${randomId()}@${from.slice(from.lastIndexOf('@') + 1)}>`,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'Content-Language': language,
      // RFC 8058 §3.1: one request of the reader's mail program is enough.
      ...(unsubscribe === undefined
        ? {}
        : { 'List-Unsubscribe': `<${unsubscribe}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }),
    },
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** The way of our own letters: the one that all mail takes, over connections of their own. */
export function makeTransport({ config, port, patience = SENDING_MAX }: Needs): Transport {
  const dns = makeDns(config.ALUCO_DNS);
  const limits = within(patience, { connect: 10 * SECOND, open: 15 * SECOND, silence: 30 * SECOND, total: patience });
  const isDirect = config.ALUCO_SMTP === 'mx:';
  return {
    async open() {
      const carrier = openCarrier({ config, dns, limits, ...(port === undefined ? {} : { port }) });
      /** Domains whose hosts failed meanwhile: letters to them do not keep the others waiting again. */
      const away = new Map<string, Refusal>();
      return {
        async send(message) {
          const { to } = message;
          const domain = isDirect ? to.slice(to.lastIndexOf('@') + 1).toLowerCase() : '';
          const known = away.get(domain);
          if (known !== undefined) throw notSent(known, false);
          const octets = await compose(config, message);
          const end = octets.indexOf('\r\n\r\n') + 4;
          const body = octets.subarray(end);
          const outcome = await carrier.carry({
            from: config.ALUCO_MAIL_FROM,
            to,
            head: octets.subarray(0, end),
            size: body.length,
            async *body() {
              yield body;
            },
          });
          if (outcome.kind === 'taken') return outcome.text;
          // Straight to each mailbox, a host that fails keeps no letter to another one.
          if (isDirect && outcome.fault === 'host') away.set(domain, outcome);
          throw notSent(outcome, !isDirect);
        },
        async check() {
          const refusal = isDirect ? undefined : await carrier.check();
          if (refusal !== undefined) throw notSent(refusal, true);
        },
        close: () => carrier.close(),
      };
    },
  };
}
