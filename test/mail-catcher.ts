import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A letter as it arrived. `links`: the addresses of its plain text. */
export type Caught = {
  readonly from: string;
  /** MAIL FROM. */
  readonly returnPath: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly links: string[];
  /** Everything that came after DATA. */
  readonly raw: string;
};

/** A mail server on loopback that takes every letter. */
export type MailCatcher = {
  /** For `ALUCO_SMTP`. */
  readonly smtp: string;
  readonly port: number;
  readonly letters: readonly Caught[];
  /** The first letter to an address that this was not told of yet; waits for it. */
  next(to: string): Promise<Caught>;
  close(): Promise<void>;
};

/** A guard against hanging, in milliseconds. */
const PATIENCE = 120_000;

async function parse(raw: Buffer, to: string, returnPath: string): Promise<Caught> {
  const { from, subject = '', text = '', html } = await simpleParser(raw, { skipTextToHtml: true });
  const links = [...text.matchAll(/https?:\/\/[^\s<>"]+/gu)].map(([link]) => link);
  const markup = typeof html === 'string' ? html : '';
  return { from: from?.text ?? '', returnPath, to, subject, text, html: markup, links, raw: raw.toString('latin1') };
}

/** Opens one on any free port; `options` change how it behaves. */
export async function openMailCatcher(options: SMTPServerOptions = {}): Promise<MailCatcher> {
  const letters: Caught[] = [];
  const told = new Set<Caught>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    async onData(stream, session, callback) {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        const to = session.envelope.rcptTo.map(({ address }) => address).join(', ');
        const { mailFrom } = session.envelope;
        letters.push(await parse(Buffer.concat(chunks), to, mailFrom === false ? '' : mailFrom.address));
        callback();
      } catch (error) {
        callback(error as Error);
      }
    },
    ...options,
  });
  // What a client does to its connection is no fault of the test's.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    smtp: `smtp://127.0.0.1:${port}`,
    port,
    letters,
    async next(to) {
      // Not by the time of day, which tests set.
      const end = performance.now() + PATIENCE;
      for (;;) {
        const letter = letters.find((one) => one.to === to && !told.has(one));
        if (letter !== undefined) {
          told.add(letter);
          return letter;
        }
        if (performance.now() > end) throw new Error(`no letter to ${to}, but ${letters.length} to others`);
        await pause(20);
      }
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
