/**
 * Sends signed messages over SMTP as fast as they are taken, each connection one after the other, and prints what it took
 * as JSON. Its task comes as JSON on standard input. A process of its own, so that it does not slow what it measures.
 */
import { createHash, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { json } from 'node:stream/consumers';

/** What is to be sent. */
export type Task = {
  readonly port: number;
  readonly connections: number;
  readonly count: number;
  /** Of a message, in bytes, more or less. */
  readonly size: number;
  readonly recipients: readonly string[];
  /** The domain that messages come from and are signed for. */
  readonly domain: string;
  readonly selector: string;
  /** An RSA key (PEM). */
  readonly key: string;
};

/** `seconds` from the first connection to the last answer; `elapsed`: of the whole process. */
export type Sent = {
  readonly seconds: number;
  readonly elapsed: number;
  readonly accepted: number;
  readonly refused: readonly string[];
};

const LINE = 76;

function textOf(size: number): string {
  const lines: string[] = [];
  for (let left = size; left > 0; left -= LINE)
    lines.push(
      randomBytes(LINE)
        .toString('base64')
        .slice(0, LINE - 2),
    );
  return `${lines.join('\r\n')}\r\n`;
}

/** Messages with headers of their own and one body, signed relaxed/relaxed (RFC 6376). */
function write(task: Task): { to: string; text: string }[] {
  const body = textOf(task.size);
  const bodyHash = createHash('sha256').update(body).digest('base64');
  const key = createPrivateKey(task.key);
  return Array.from({ length: task.count }, (_, number) => {
    const to = task.recipients[number % task.recipients.length] ?? '';
    const fields = [
      ['From', `Meadow <notify@${task.domain}>`],
      ['To', to],
      ['Subject', `Somebody mentioned you (${number})`],
      ['Date', new Date().toUTCString().replace('GMT', '+0000')],
      ['Message-ID', `<${randomBytes(12).toString('hex')}@${task.domain}>`],
      ['MIME-Version', '1.0'],
      ['Content-Type', 'text/plain; charset=us-ascii'],
    ];
    const names = fields.map(([name]) => name?.toLowerCase()).join(':');
    const bare = `v=1; a=rsa-sha256; c=relaxed/relaxed; d=${task.domain}; s=${task.selector}; h=${names}; bh=${bodyHash}; b=`;
    const signed = [...fields.map(([name, value]) => `${name?.toLowerCase()}:${value}\r\n`), `dkim-signature:${bare}`];
    const signature = sign('sha256', Buffer.from(signed.join('')), key).toString('base64');
    const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    return { to, text: `DKIM-Signature: ${bare}${signature}\r\n${head}\r\n${body}.\r\n` };
  });
}

/** Reads replies, the last line of each. */
function replies(socket: Socket): () => Promise<string> {
  let buffered = '';
  let waiting: ((line: string) => void) | undefined;
  const next = (): void => {
    for (;;) {
      const end = buffered.indexOf('\r\n');
      if (end === -1 || waiting === undefined) return;
      const line = buffered.slice(0, end);
      buffered = buffered.slice(end + 2);
      if (line[3] === '-') continue;
      const tell = waiting;
      waiting = undefined;
      tell(line);
    }
  };
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    buffered += chunk;
    next();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    buffered += '000 the connection closed\r\n'.repeat(10);
    next();
  });
  return () =>
    new Promise((resolve) => {
      waiting = resolve;
      next();
    });
}

const task = (await json(process.stdin)) as Task;
const messages = write(task);
const refused: string[] = [];
let accepted = 0;
let next = 0;

/** Each connection comes from an address of its own: from one, only so many are taken at once. */
async function run(number: number): Promise<void> {
  const localAddress = `127.0.${1 + (number % 250)}.1`;
  const socket = connect({ port: task.port, host: '127.0.0.1', localAddress, noDelay: true });
  const reply = replies(socket);
  const say = (line: string): Promise<string> => {
    socket.write(`${line}\r\n`);
    return reply();
  };
  await reply();
  await say('EHLO load.example');
  for (;;) {
    const message = messages[next];
    next += 1;
    if (message === undefined) break;
    let answer = await say(`MAIL FROM:<notify@${task.domain}>`);
    if (answer.startsWith('2')) answer = await say(`RCPT TO:<${message.to}>`);
    if (answer.startsWith('2')) answer = await say('DATA');
    if (answer.startsWith('3')) {
      socket.write(message.text);
      answer = await reply();
    }
    if (answer.startsWith('250')) accepted += 1;
    else {
      refused.push(answer);
      if (answer.startsWith('000') || answer.startsWith('421')) break;
      await say('RSET');
    }
  }
  socket.end('QUIT\r\n');
}

const started = performance.now();
await Promise.all(Array.from({ length: task.connections }, (_, number) => run(number)));
const sent: Sent = {
  seconds: (performance.now() - started) / 1000,
  elapsed: performance.now() / 1000,
  accepted,
  refused: refused.slice(0, 5),
};
process.stdout.write(JSON.stringify(sent));
process.exit(0);
