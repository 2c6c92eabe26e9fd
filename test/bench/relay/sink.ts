import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../free-port.ts';

/** A mail server that takes everything as fast as it comes, Postfix' own for measuring. */
export type Sink = {
  readonly port: number;
  /** How many messages came so far. */
  count(): number;
  /** Waits until so many came. */
  reach(count: number): Promise<void>;
  stop(): void;
};

const PATIENCE = 120_000;

export async function openSink(): Promise<Sink> {
  const port = await freePort();
  // Counts messages, one line each time.
  const child = spawn('/usr/sbin/smtp-sink', ['-c', '-u', 'postfix', `127.0.0.1:${port}`, '1024'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill());
  let seen = 0;
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    for (const [, messages] of text.matchAll(/mesg=(\d+)/gu)) seen = Number(messages);
  });
  await pause(200);
  return {
    port,
    count: () => seen,
    async reach(count) {
      const end = performance.now() + PATIENCE;
      while (seen < count) {
        if (performance.now() > end) throw new Error(`the sink has ${seen} of ${count} messages`);
        await pause(5);
      }
    },
    stop: () => void child.kill(),
  };
}
