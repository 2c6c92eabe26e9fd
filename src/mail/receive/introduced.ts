import type { Socket } from 'node:net';
import type { SMTPServer } from 'smtp-server';
import type { Client } from '../arrival.ts';
import type { Gate, Guest } from './gate.ts';
import { Spoken } from './spoken.ts';

/**
 * A connection that knows for whom it is: for whoever connected, or for whom a mail server in front of us tells by
 * XCLIENT (for the connection) or XFORWARD (for one message), which is believed of those that the settings name.
 */
export class Introduced extends Spoken {
  /** Where the connection comes from, whatever is told later. */
  readonly peer: string;
  readonly #isFront: boolean;
  readonly #mayTell: boolean;
  /** The name that the peer gave itself. */
  #name: string | false = false;
  /** Whether what XFORWARD said was for a message that has begun. */
  #isUsed = false;

  constructor(server: SMTPServer, socket: Socket, { gate, mayTell }: { gate: Gate; mayTell: boolean }) {
    super(server, socket);
    this.peer = this.remoteAddress;
    this.#isFront = gate.isPeer(this.peer);
    this.#mayTell = mayTell;
  }

  /** Whether this is a mail server in front of us, which speaks for many. */
  get isFront(): boolean {
    return this.#isFront;
  }

  client(): Client {
    const name = this.hostNameAppearsAs === false ? '' : this.hostNameAppearsAs;
    const told = this.#told();
    const known = { address: told ?? this.peer, name, isEncrypted: this.session.secure };
    return told === undefined ? known : { ...known, isForwarded: true };
  }

  guest(): Guest {
    const { address, isForwarded } = this.client();
    // What it sends by itself are mostly questions whether an address exists, on behalf of others: counted as its own,
    // those of one stranger would have it, and so everybody's mail, put off.
    const isSilent = this.isFront && (isForwarded !== true || address === this.peer);
    return { address: isSilent ? '' : address, isSignedIn: typeof this.session.user === 'string' };
  }

  /** What was told is for the message that begins now. */
  use(): void {
    this.#isUsed = true;
  }

  /** Forgets what was told for a message that has begun: another one begins. */
  forgetUsed(): void {
    if (!this.#isUsed) return;
    this.#isUsed = false;
    this._xForward.clear();
    this.hostNameAppearsAs = this.#name;
  }

  override _proxyCommandAllowed(command: string, option: 'useXClient' | 'useXForward'): boolean {
    return this.#mayTell && this.#isFront && super._proxyCommandAllowed(command, option);
  }

  override handler_EHLO(command: Buffer, callback: () => void): void {
    super.handler_EHLO(command, callback);
    this.#name = this.hostNameAppearsAs;
  }

  override handler_HELO(command: Buffer, callback: () => void): void {
    super.handler_HELO(command, callback);
    this.#name = this.hostNameAppearsAs;
  }

  override handler_XFORWARD(command: Buffer, callback: () => void): void {
    this.forgetUsed();
    super.handler_XFORWARD(command, callback);
  }

  /** The address of whoever handed the message to a mail server in front of us, where that says so. */
  #told(): string | undefined {
    if (!this.isFront) return undefined;
    const told = this._xForward.get('ADDR') || this._xClient.get('ADDR');
    if (typeof told === 'string') return told;
    return this._xForward.get('SOURCE') === 'LOCAL' ? this.peer : undefined;
  }
}
