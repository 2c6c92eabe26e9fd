import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Caught } from '../mail-catcher.ts';

/** A message of the application. */
export type Letter = { readonly id: string; readonly to: string; readonly octets: Buffer };

/** What a server answered. */
export type Answer = { readonly code: number; readonly text: string };

/** A message to a relay address, of some size in bytes. */
export function letterTo(to: string, size = 600): Letter {
  const id = `<${randomBytes(9).toString('hex')}@meadow.example>`;
  const head = [
    'From: Meadow <notify@meadow.example>',
    `To: ${to}`,
    'Subject: Somebody mentioned you',
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: ${id}`,
    '',
    '',
  ];
  const line = `${'A line of the meadow. '.repeat(3)}\r\n`;
  return { id, to, octets: Buffer.from(head.join('\r\n') + line.repeat(Math.ceil(size / line.length))) };
}

/**
 * Hands one message over, once: the first answer that is no step on the way, and undefined where the connection ended
 * without one. `between` is waited for in the middle of the octets.
 */
export function tryOnce(
  port: number,
  { to, octets }: Letter,
  between: () => Promise<void> = async () => undefined,
): Promise<Answer | undefined> {
  const half = Math.floor(octets.length / 2);
  const middle = octets.indexOf('\n', half) + 1;
  const socket = connect(port, '127.0.0.1');
  const send = async (): Promise<void> => {
    socket.write(octets.subarray(0, middle));
    await between();
    socket.write(Buffer.concat([octets.subarray(middle), Buffer.from('.\r\n')]));
  };
  const steps: readonly (readonly [code: number, next: () => unknown])[] = [
    [220, () => socket.write('EHLO app.example\r\n')],
    [250, () => socket.write('MAIL FROM:<bounces@meadow.example>\r\n')],
    [250, () => socket.write(`RCPT TO:<${to}>\r\n`)],
    [250, () => socket.write('DATA\r\n')],
    [354, send],
  ];
  return new Promise((resolve) => {
    let said = '';
    let at = 0;
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(undefined));
    socket.on('data', (chunk) => {
      said += chunk.toString('latin1');
      const text = /^\d{3} .*(?=\r\n)/mu.exec(said)?.[0];
      if (text === undefined) return;
      said = '';
      const code = Number(text.slice(0, 3));
      const step = steps[at];
      at += 1;
      if (step?.[0] === code) {
        step[1]();
      } else {
        resolve({ code, text });
        socket.end('QUIT\r\n');
      }
    });
  });
}

/** An application's mail server: what it was told of its messages, by Message-ID. */
export type Outbox = {
  readonly accepted: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
  /** How many times no answer came, or one that said to try again. */
  readonly retries: number;
  /** Sends some, several at once, each until it is taken or refused. */
  send(letters: Iterable<Letter>, lanes?: number): Promise<void>;
};

/** Sends as a mail server does: a message that nobody answered for is sent again as it is, until somebody does. */
export function openOutbox(port: number): Outbox {
  const accepted = new Set<string>();
  const refused = new Set<string>();
  let retries = 0;
  async function sendUntilAnswered(letter: Letter): Promise<void> {
    for (;;) {
      const answer = await tryOnce(port, letter);
      if (answer !== undefined && answer.code < 300) return void accepted.add(letter.id);
      if (answer !== undefined && answer.code >= 500) return void refused.add(letter.id);
      retries += 1;
      await pause(50);
    }
  }
  return {
    accepted,
    refused,
    get retries() {
      return retries;
    },
    async send(letters, lanes = 4) {
      const source = letters[Symbol.iterator]();
      const lane = async (): Promise<void> => {
        for (let next = source.next(); next.done !== true; next = source.next()) await sendUntilAnswered(next.value);
      };
      await Promise.all(Array.from({ length: lanes }, lane));
    },
  };
}

/** How many times each message arrived, by Message-ID. */
export function copiesOf(letters: readonly Caught[]): Map<string, number> {
  const copies = new Map<string, number>();
  for (const { raw } of letters) {
    const id = /^Message-ID:\s*(<[^>]+>)/imu.exec(raw)?.[1] ?? '';
    copies.set(id, (copies.get(id) ?? 0) + 1);
  }
  return copies;
}
