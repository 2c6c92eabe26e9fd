import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import type { Reply } from '../arrival.ts';

/** Whether a line begins with an enhanced status code of our own (RFC 3463). */
const HAS_CODE = /^[245]\.\d{1,3}\.\d{1,3} /u;

/** What an error of a handler makes the library say. */
export const asError = ({ code, enhanced, text }: Reply): Error & { responseCode: number } =>
  Object.assign(new Error(`${enhanced} ${text}`), { responseCode: code });

/**
 * The library's connection with our words: a reply keeps the enhanced code it was given, and nothing that is said
 * tells the program, its version or whether an address exists.
 */
export class Spoken extends SMTPConnection {
  /** Says a reply outside the order of commands; one of 421 ends the connection. */
  say({ code, enhanced, text }: Reply): void {
    this.send(code, `${enhanced} ${text}`);
  }

  /** Ends the connection without a word. */
  hangUp(): void {
    this._socket.destroy();
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    super.send(code, data, typeof data === 'string' && HAS_CODE.test(data) ? false : context);
  }

  override handler_HELP(_command: Buffer, callback: () => void): void {
    this.send(214, 'HELO EHLO MAIL RCPT DATA RSET NOOP QUIT');
    callback();
  }

  /** Says the same of every address (RFC 5321 §3.5.3). */
  override handler_VRFY(_command: Buffer, callback: () => void): void {
    this.send(252, 'Cannot say, send to it and see');
    callback();
  }

  handler_EXPN(_command: Buffer, callback: () => void): void {
    this.send(502, 'Not here');
    callback();
  }
}
