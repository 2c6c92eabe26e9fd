import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

/** A guard against hanging, in milliseconds. */
const PATIENCE = 120_000;

/** One side of a dialogue, octet by octet: a client that need not keep to any rule. */
export type Talk = {
  /** Everything that was answered so far. */
  readonly said: string;
  /** Whether the other side has ended the connection. */
  readonly isOver: boolean;
  /** The next whole reply, all its lines in one; waits for it. Empty where the connection ended instead. */
  reply(): Promise<string>;
  /** Sends octets as they are. */
  send(octets: string | Buffer): Promise<void>;
  /** Sends a line, and returns the reply. */
  ask(line: string): Promise<string>;
  /** Sends lines together, and returns as many replies. */
  askAll(...lines: string[]): Promise<string[]>;
  /** Sends a whole message after DATA, and returns the last reply; dots are as they are. */
  data(message: string | Buffer): Promise<string>;
  /** Goes over to TLS, after STARTTLS was answered. */
  encrypt(options?: ConnectionOptions): Promise<TLSSocket>;
  /** Waits for the other side to end the connection. */
  ended(): Promise<void>;
  close(): void;
};

/** Connects; `from` is an address of this machine. The greeting is the first reply. */
export async function talkTo(port: number, from = '127.0.0.1'): Promise<Talk> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  await once(socket, 'connect');
  return talkOver(socket);
}

function talkOver(first: Socket): Talk {
  let socket = first;
  let said = '';
  let read = 0;
  let isOver = false;
  const listen = (): void => {
    socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
    socket.on('error', () => (isOver = true));
    socket.on('end', () => (isOver = true));
    socket.on('close', () => (isOver = true));
  };
  listen();

  async function until(isThere: () => boolean): Promise<void> {
    const last = performance.now() + PATIENCE;
    while (!isThere()) {
      if (performance.now() > last) throw new Error(`nothing more was said after: ${said.slice(-200)}`);
      await pause(2);
    }
  }
  const next = (): string | undefined => /^(?:\d{3}-[^\r\n]*\r\n)*\d{3}(?: [^\r\n]*)?\r\n/u.exec(said.slice(read))?.[0];

  const talk: Talk = {
    get said() {
      return said;
    },
    get isOver() {
      return isOver;
    },
    async reply() {
      await until(() => next() !== undefined || isOver);
      const found = next() ?? '';
      read += found.length;
      return found.trimEnd();
    },
    async send(octets) {
      if (isOver) return;
      const isDrained = socket.write(octets);
      // A server that ends the dialogue does not read the rest, which is no fault of the test's.
      if (!isDrained) await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined);
    },
    async ask(line) {
      await talk.send(`${line}\r\n`);
      return talk.reply();
    },
    async askAll(...lines) {
      await talk.send(lines.map((line) => `${line}\r\n`).join(''));
      const replies: string[] = [];
      for (const _ of lines) replies.push(await talk.reply());
      return replies;
    },
    async data(message) {
      const ready = await talk.ask('DATA');
      if (!ready.startsWith('354')) return ready;
      await talk.send(message);
      await talk.send('\r\n.\r\n');
      return talk.reply();
    },
    async encrypt(options = {}) {
      socket.removeAllListeners();
      const secure = connectTls({ socket, rejectUnauthorized: false, ...options });
      await once(secure, 'secureConnect');
      socket = secure;
      listen();
      return secure;
    },
    ended: () => until(() => isOver),
    close: () => socket.destroy(),
  };
  return talk;
}

/** Connects, hears the greeting and says EHLO. */
export async function greet(port: number, from?: string): Promise<Talk> {
  const talk = await talkTo(port, from);
  await talk.reply();
  await talk.ask('EHLO client.example');
  return talk;
}

/** Hands one message over, in a dialogue of its own. */
export async function handOver(
  port: number,
  {
    from = 'app@masto.example',
    to,
    message,
    at,
  }: { from?: string; to: string[]; message: string | Buffer; at?: string },
): Promise<string> {
  const talk = await greet(port, at);
  try {
    const sender = await talk.ask(`MAIL FROM:<${from}>`);
    if (!sender.startsWith('250')) return sender;
    for (const address of to) {
      const recipient = await talk.ask(`RCPT TO:<${address}>`);
      if (!recipient.startsWith('250')) return recipient;
    }
    return await talk.data(message);
  } finally {
    talk.close();
  }
}
