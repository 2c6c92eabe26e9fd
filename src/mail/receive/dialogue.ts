import type { Socket } from 'node:net';
import type { SMTPServer, SMTPServerDataStream, SMTPServerEnvelope } from 'smtp-server';
import { describeError, type Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import { randomId } from '../../storage/seal.ts';
import type { Client, Envelope, Reply, Target } from '../arrival.ts';
import type { Gate } from './gate.ts';
import { Introduced } from './introduced.ts';
import { Costly, takeMessage } from './message.ts';
import { readRecipient, readSender } from './path.ts';
import { failure, isReply, REPLIES } from './replies.ts';
import type { Relay } from './relay.ts';

/** How long a client may take, in milliseconds. */
export type Patience = {
  /** To say anything at all (RFC 5321 §4.5.3.2.7). */
  readonly silence: number;
  /** However much he says, from the greeting or from one message to the next. */
  readonly preparing: number;
  /** For a whole message. */
  readonly message: number;
  /** To end the message that he is sending, when we close. */
  readonly grace: number;
};

/** RFC 5321 §4.5.3.1.8. */
export const RECIPIENTS_MAX = 100;
/** Between two messages: room for as many recipients as there may be and for some mistakes. */
const COMMANDS_MAX = 500;
/** Wrong passwords in one dialogue. */
const FAILURES_MAX = 3;

export type DialogueNeeds = {
  readonly kind: 'relay' | 'submission';
  /** The domain of our addresses at this moment: it is a setting of the house. */
  readonly domain: () => string;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'relayMessage'>;
  readonly gate: Gate;
  readonly patience: Patience;
  readonly relay: Relay;
  authenticate(user: string, password: string, client: Client): Promise<string | undefined>;
  isBusy(): Reply | undefined;
  /** Whether one may sign in without encryption from this address. */
  isClearAllowed(address: string): boolean;
  /** Has the next handshake show the certificate of this moment, and says whether there is one. */
  renewCertificate(): boolean;
};

type Transaction = {
  /** The library makes a new one whenever the transaction ends, however that may be. */
  readonly of: SMTPServerEnvelope;
  readonly envelope: Envelope;
  readonly targets: Map<string, Target>;
};

/**
 * One dialogue (RFC 5321). The library reads lines and keeps the order of commands; what is asked, allowed, counted and
 * answered is ours.
 */
export class Dialogue extends Introduced {
  readonly #needs: DialogueNeeds;
  #deadline: NodeJS.Timeout | undefined;
  #transaction: Transaction | undefined;
  #commands = 0;
  #failures = 0;
  #isReceiving = false;
  #isEnded = false;

  constructor(server: SMTPServer, socket: Socket, needs: DialogueNeeds) {
    super(server, socket, { gate: needs.gate, mayTell: needs.kind === 'relay' });
    this.#needs = needs;
    this.#within(this.#needs.patience.preparing);
  }

  /** Whether a message is being received or judged. */
  get isReceiving(): boolean {
    return this.#isReceiving;
  }

  /** Forgets what was to happen later, after the connection has ended. */
  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#deadline);
  }

  /** Sets what the client may use from now on; with encryption that may be more. */
  offer(): void {
    const { kind, renewCertificate } = this.#needs;
    const off = ['WIZ', 'SHELL', 'KILL'];
    if (kind === 'relay' || !this.#isSafe()) off.push('AUTH');
    if (!renewCertificate()) off.push('STARTTLS');
    this.session.disabledCommands = off;
  }

  /** Answers where an attempt to sign in went. */
  async signIn(user: string, password: string): Promise<string | Reply> {
    const { gate, authenticate } = this.#needs;
    const guest = this.guest();
    try {
      if (this.#failures >= FAILURES_MAX || !(await gate.mayTry(guest))) return REPLIES.tooManyFailures;
      const applicationId = await authenticate(user, password, this.client());
      if (applicationId === undefined) this.#failures += 1;
      else gate.right(guest);
      return applicationId ?? REPLIES.wrongCredentials;
    } catch (error) {
      return this.fail(error);
    }
  }

  /** Receives a message, and answers once it was read to its end. */
  async receive(stream: SMTPServerDataStream): Promise<Reply> {
    const { gate, metrics, relay } = this.#needs;
    const transaction = this.#current();
    this.#isReceiving = true;
    this.#within(this.#needs.patience.message);
    stream.once('end', () => clearTimeout(this.#deadline));
    let reply: Reply;
    try {
      if (transaction === undefined) throw new Error('a message without an envelope');
      const { envelope, targets } = transaction;
      const octets = stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
      const taking = await takeMessage(octets, (head, body) =>
        relay.accept({ ...envelope, targets: [...targets.values()], head, body }),
      );
      reply = taking.isUnread ? this.fail(new Error('a message was taken that nobody read')) : taking.reply;
      if (reply.code < 300) {
        gate.taken(this.guest());
        for (const target of targets.values()) gate.noteGot(target, this.guest());
      }
    } catch (error) {
      stream.resume();
      if (error instanceof Costly) {
        this.say(REPLIES.costly);
        this.close();
      }
      // Where the client went away, nobody hears the reply, and nothing of ours failed.
      reply = this._closing || this._closed ? REPLIES.tooSlow : this.fail(error);
    }
    metrics.relayMessage(reply.code < 300 ? 'taken' : reply.code < 500 ? 'later' : 'refused');
    this.#isReceiving = false;
    this.#commands = 0;
    this.#within(this.#needs.patience.preparing);
    return reply;
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    this.#commands += 1;
    if (this.#commands > COMMANDS_MAX) this.say(REPLIES.tooManyCommands);
    else super._onCommand(command, callback);
  }

  override upgrade(callback: () => void, secureCallback?: () => void): void {
    this.#needs.renewCertificate();
    super.upgrade(callback, secureCallback);
  }

  override handler_MAIL(command: Buffer, callback: () => void): void {
    this.forgetUsed();
    if (this.session.envelope.mailFrom !== false) return super.handler_MAIL(command, callback);
    return void this.#answer(this.#mail(command), callback, () => super.handler_MAIL(command, callback));
  }

  override handler_RCPT(command: Buffer, callback: () => void): void {
    const transaction = this.#current();
    if (transaction === undefined) return super.handler_RCPT(command, callback);
    return void this.#answer(this.#rcpt(command, transaction), callback, () => super.handler_RCPT(command, callback));
  }

  /** Says a reply when it is known, or goes on where there is none. */
  async #answer(asked: Promise<Reply | undefined>, callback: () => void, goOn: () => void): Promise<void> {
    try {
      const reply = await asked;
      if (reply === undefined) return goOn();
      this.say(reply);
    } catch (error) {
      this.say(this.fail(error));
    }
    return callback();
  }

  async #mail(command: Buffer): Promise<Reply | undefined> {
    const { kind, gate, isBusy } = this.#needs;
    const isSignedIn = typeof this.session.user === 'string';
    if (kind === 'submission' && !isSignedIn) {
      return this.#isSafe() ? REPLIES.authenticationRequired : REPLIES.encryptionRequired;
    }
    const sender = readSender(command, { canAuthenticate: kind === 'submission' });
    if (isReply(sender)) return sender;
    const busy = isBusy();
    if (busy !== undefined) return busy;
    const guest = this.guest();
    // Who connected himself was told when he did.
    if (await gate.isOut(guest)) return this.#outReply();
    if (!(await gate.maySend(guest))) return REPLIES.tooManyMessages;
    this.use();
    this.#transaction = {
      of: this.session.envelope,
      envelope: {
        client: this.client(),
        applicationId: isSignedIn ? (this.session.user as string) : undefined,
        from: sender.address,
      },
      targets: new Map(),
    };
    return undefined;
  }

  async #rcpt(command: Buffer, { envelope, targets }: Transaction): Promise<Reply | undefined> {
    const { domain, gate, relay } = this.#needs;
    const path = readRecipient(command, domain());
    if (!isReply(path) && !targets.has(path.address) && targets.size >= RECIPIENTS_MAX)
      return REPLIES.tooManyRecipients;
    const target = isReply(path) ? path : await relay.recipient(path.address, envelope, [...targets.values()]);
    if (!isReply(target)) {
      if (!gate.mayGet(target, this.guest())) return REPLIES.aliasTooBusy;
      targets.set(target.address, target);
      return undefined;
    }
    if (target.code < 500) return target;
    const guest = this.guest();
    gate.noteUnknown(guest);
    return (await gate.isOut(guest)) ? this.#outReply() : target;
  }

  /** Ends the dialogue of somebody who guesses addresses, but not that of a mail server that speaks for him. */
  #outReply(): Reply {
    return this.isFront ? REPLIES.tooManyUnknownOfClient : REPLIES.tooManyUnknown;
  }

  #current(): Transaction | undefined {
    return this.#transaction?.of === this.session.envelope && this.session.envelope.mailFrom !== false
      ? this.#transaction
      : undefined;
  }

  /** Whether a password may be said here: nobody listens, or only those who could anyway. */
  #isSafe(): boolean {
    return this.session.secure || this.#needs.isClearAllowed(this.peer);
  }

  /** Notes a fault of ours, and says what to answer. */
  fail(error: unknown): Reply {
    const reference = randomId();
    this.#needs.log.error({ event: 'relay_failed', reference, ...describeError(error) });
    return failure(reference);
  }

  /** Ends the dialogue so many milliseconds from now, unless another time is set before. */
  #within(time: number): void {
    clearTimeout(this.#deadline);
    if (this.#isEnded) return;
    this.#deadline = setTimeout(() => this.say(REPLIES.tooSlow), time);
    this.#deadline.unref();
  }
}
