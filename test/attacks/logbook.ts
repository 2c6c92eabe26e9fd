import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { Log } from '../../src/log.ts';

/** A log whose lines can be read afterwards. */
export function keepLog(): { log: Log; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)) as Record<string, unknown>);
      done();
    },
  });
  return { log: pino({ level: 'info', base: null }, sink), lines };
}

/** The lines that say something of ours failed. */
export function failures(lines: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  return lines.filter(({ event }) => event === 'internal');
}
