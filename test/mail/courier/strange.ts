import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A server that speaks as it likes. */
export type Strange = {
  readonly port: number;
  readonly smtp: string;
  /** Every line it was told, without those of messages. */
  readonly heard: readonly string[];
  readonly connections: { readonly made: number };
  close(): void;
};

type Verb = 'greeting' | 'EHLO' | 'HELO' | 'MAIL' | 'RCPT' | 'DATA' | 'end' | 'RSET' | 'QUIT' | 'STARTTLS';

/** What is said: lines, or whatever is done with the connection. */
export type Answer = string | ((socket: Socket) => void);

const USUAL: Record<Verb, Answer> = {
  greeting: '220 strange.test ESMTP',
  EHLO: '250-strange.test\r\n250-PIPELINING\r\n250 SIZE 100000000',
  HELO: '250 strange.test',
  MAIL: '250 2.1.0 fine',
  RCPT: '250 2.1.5 fine',
  DATA: '354 go on',
  end: '250 2.0.0 taken',
  RSET: '250 2.0.0 fine',
  QUIT: '221 2.0.0 bye',
  STARTTLS: '502 5.5.1 not here',
};

/** Says again and again, and never comes to an end. */
export const endless =
  (text: string, pause = 5): Answer =>
  (socket) => {
    const timer = setInterval(() => socket.write(text), pause);
    socket.once('close', () => clearInterval(timer));
  };

export const hangUp: Answer = (socket) => void socket.destroy();

/** Talks with one connection as `answers` say, and as usual about the rest; tells what it hears. */
export function talk(
  socket: Socket,
  answers: Partial<Record<Verb, Answer>>,
  { heard = [], greets = true }: { heard?: string[]; greets?: boolean } = {},
): void {
  let waiting = '';
  let isMessage = false;
  const say = (verb: Verb): void => {
    const answer = answers[verb] ?? USUAL[verb];
    if (typeof answer === 'string') socket.write(`${answer}\r\n`);
    else answer(socket);
    if (verb === 'DATA' && (typeof answer !== 'string' || !/^[45]/u.test(answer))) {
      isMessage = true;
      // A message may end with its first line.
      waiting = `\r\n${waiting}`;
    }
    if (verb === 'QUIT') socket.end();
  };
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    waiting += chunk.toString('latin1');
    for (;;) {
      const mark = isMessage ? '\r\n.\r\n' : '\r\n';
      const end = waiting.indexOf(mark);
      if (end === -1) return;
      const line = waiting.slice(0, end);
      waiting = waiting.slice(end + mark.length);
      if (isMessage) {
        isMessage = false;
        say('end');
      } else {
        heard.push(line);
        say((/^[A-Z]+/u.exec(line)?.[0] ?? 'RSET') as Verb);
      }
    }
  });
  if (greets) say('greeting');
}

export async function openStrange(
  answers: Partial<Record<Verb, Answer>> = {},
  address = '127.0.0.1',
  wanted = 0,
): Promise<Strange> {
  const sockets = new Set<Socket>();
  const heard: string[] = [];
  let made = 0;
  const server = createServer((socket) => {
    made += 1;
    sockets.add(socket);
    talk(socket, answers, { heard });
  });
  await new Promise<void>((resolve) => void server.listen(wanted, address, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    smtp: `smtp://${address}:${port}`,
    heard,
    connections: {
      get made() {
        return made;
      },
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
