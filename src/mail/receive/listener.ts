import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import {
  SMTPServer,
  type SMTPServerAuthentication,
  type SMTPServerAuthenticationResponse,
  type SMTPServerDataStream,
  type SMTPServerSession,
} from 'smtp-server';
import type { Metrics } from '../../metrics.ts';
import type { Reply } from '../arrival.ts';
import type { Certificate } from './certificate.ts';
import { Dialogue, RECIPIENTS_MAX, type DialogueNeeds } from './dialogue.ts';
import { SIZE_MAX } from './guard.ts';
import { REPLIES } from './replies.ts';
import { asError } from './spoken.ts';

/** Longer lines of commands end the dialogue, in octets: more than RFC 5321 §4.5.3.1.4 and RFC 4954 §4 need here. */
const COMMAND_MAX = 4096;
/** How long whoever finds no room may take to read that. */
const LAST_WORDS = 2000;

export type ListenerNeeds = Omit<DialogueNeeds, 'metrics' | 'renewCertificate'> & {
  /** By which we greet. */
  readonly name: string;
  readonly certificate: Certificate;
  readonly metrics: Pick<Metrics, 'relayConnection' | 'relayMessage'>;
  /** Whether this address has any business here. */
  mayConnect(address: string): boolean;
};

type Done = (error?: Error | null) => void;

/** One port, and the dialogues there. */
export class Listener extends SMTPServer {
  readonly #needs: ListenerNeeds;
  readonly #dialogues = new Map<SMTPServerSession, Dialogue>();
  #shown: ReturnType<Certificate['current']>;
  #isClosing = false;

  constructor(needs: ListenerNeeds) {
    super({
      name: needs.name,
      heloResponse: '%s',
      size: SIZE_MAX,
      maxRecipients: RECIPIENTS_MAX,
      maxCommandLength: COMMAND_MAX,
      socketTimeout: needs.patience.silence,
      closeTimeout: needs.patience.grace,
      authMethods: ['PLAIN', 'LOGIN'],
      // Each dialogue decides who must sign in, and where a password may be said.
      authOptional: true,
      allowInsecureAuth: true,
      useXClient: true,
      useXForward: true,
      disableReverseLookup: true,
      hideENHANCEDSTATUSCODES: false,
      hideDSN: true,
      hideREQUIRETLS: true,
      hideSMTPUTF8: true,
      minVersion: 'TLSv1.2',
      // Its lines hold addresses.
      logger: false,
    });
    this.#needs = needs;
    // What clients do to their connections is nobody's fault here.
    this.on('error', () => undefined);
  }

  /** @returns the port */
  async open(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, resolve);
    });
    return (this.server.address() as AddressInfo).port;
  }

  /** Ends every dialogue: those that receive a message afterwards, or when the grace is over. */
  async shut(): Promise<void> {
    this.#isClosing = true;
    const closed = new Promise<void>((resolve) => this.close(resolve));
    for (const dialogue of this.#dialogues.values()) if (!dialogue.isReceiving) dialogue.say(REPLIES.closing);
    await closed;
    for (const dialogue of this.#dialogues.values()) dialogue.hangUp();
  }

  override connect(socket: Socket | TLSSocket): void {
    const { gate, metrics } = this.#needs;
    if (!gate.enter(socket.remoteAddress ?? '')) {
      metrics.relayConnection('refused');
      turnAway(socket, REPLIES.tooManyConnections);
      return;
    }
    const dialogue = new Dialogue(this, socket, {
      ...this.#needs,
      renewCertificate: () => this.#renewCertificate(),
    });
    this.#dialogues.set(dialogue.session, dialogue);
    this.connections.add(dialogue);
    dialogue.on('error', () => undefined);
    dialogue.init();
  }

  override onConnect(session: SMTPServerSession, callback: Done): void {
    void this.#greet(this.#of(session), callback);
  }

  override onSecure(_socket: Socket | TLSSocket, session: SMTPServerSession, callback: Done): void {
    this.#of(session).offer();
    callback();
  }

  override onAuth(
    auth: SMTPServerAuthentication,
    session: SMTPServerSession,
    callback: (error: Error | null | undefined, response?: SMTPServerAuthenticationResponse) => void,
  ): void {
    // A mail server in front of us may say who signed in there; here that is nobody.
    if (auth.method === 'XCLIENT') return callback(null);
    void this.#signIn(this.#of(session), auth, callback);
  }

  override onMailFrom(_address: unknown, _session: unknown, callback: Done): void {
    callback();
  }

  override onRcptTo(_address: unknown, _session: unknown, callback: Done): void {
    callback();
  }

  override onData(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    callback: (error?: Error | null, message?: string) => void,
  ): void {
    void this.#receive(this.#of(session), stream, callback);
  }

  override onClose(session: SMTPServerSession): void {
    const dialogue = this.#of(session);
    this.#dialogues.delete(session);
    this.#needs.gate.leave(dialogue.peer);
    dialogue.end();
  }

  async #greet(dialogue: Dialogue, callback: Done): Promise<void> {
    let refusal: Reply | undefined;
    try {
      refusal = await this.#refusal(dialogue);
    } catch (error) {
      refusal = dialogue.fail(error);
    }
    this.#needs.metrics.relayConnection(refusal === undefined ? 'taken' : 'refused');
    dialogue.offer();
    callback(refusal === undefined ? null : asError(refusal));
  }

  async #signIn(
    dialogue: Dialogue,
    { username = '', password }: SMTPServerAuthentication,
    callback: (error: Error | null, response?: SMTPServerAuthenticationResponse) => void,
  ): Promise<void> {
    const answer = await dialogue.signIn(username, password ?? '');
    if (typeof answer === 'string') callback(null, { user: answer });
    else callback(asError(answer));
  }

  async #receive(
    dialogue: Dialogue,
    stream: SMTPServerDataStream,
    callback: (error: Error | null, message?: string) => void,
  ): Promise<void> {
    const reply = await dialogue.receive(stream);
    if (reply.code < 300) callback(null, `${reply.enhanced} ${reply.text}`);
    else callback(asError(reply));
    if (this.#isClosing) dialogue.say(REPLIES.closing);
  }

  #of(session: SMTPServerSession): Dialogue {
    const dialogue = this.#dialogues.get(session);
    if (dialogue === undefined) throw new Error('a session without a dialogue');
    return dialogue;
  }

  async #refusal({ peer }: Dialogue): Promise<Reply | undefined> {
    const { gate, isBusy, mayConnect } = this.#needs;
    if (!mayConnect(peer)) return REPLIES.noSubmission;
    const busy = isBusy();
    return busy === undefined ? gate.mayStay(peer) : { ...busy, code: 421, enhanced: '4.3.2' };
  }

  #renewCertificate(): boolean {
    const pair = this.#needs.certificate.current();
    if (pair !== this.#shown && pair !== undefined) this.updateSecureContext(pair);
    this.#shown = pair;
    return pair !== undefined;
  }
}

/** Says why to somebody for whom there is no dialogue, and ends the connection soon, whatever he does. */
function turnAway(socket: Socket, { code, enhanced, text }: Reply): void {
  const impatience = setTimeout(() => socket.destroy(), LAST_WORDS);
  impatience.unref();
  socket.once('close', () => clearTimeout(impatience));
  socket.on('error', () => undefined);
  socket.resume();
  socket.end(`${code} ${enhanced} ${text}\r\n`);
}
