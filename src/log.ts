import { pino, type DestinationStream, type Logger } from 'pino';

/** What a room may log with. One line an event, JSON, on standard output. */
export type Log = Logger;

/**
 * Makes the program's log. Callers pass events and small facts, never an e-mail address, a whole network address,
 * a password, a token, or an account and a profile in one line (P9).
 */
export function makeLog(level: string, destination: DestinationStream = standardOutput()): Log {
  return pino({ level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` }, destination);
}

/**
 * Each line is written before its event goes on: what is said last would otherwise overtake the line before it when the
 * program ends, or that one would be lost.
 */
function standardOutput(): DestinationStream {
  return pino.destination({ fd: 1, sync: true });
}

/** E-mail addresses, and network addresses of both families with or without a port. */
const ADDRESSES =
  /[^\s@<>"'(]+@[^\s@<>"',)]+|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|\[?(?:[0-9a-f]{0,4}:){2,7}[0-9a-f.]*\]?(?::\d+)?/giu;

/** What may be said of an internal error in the log: its kind and where it happened, cut to a fixed size. */
export function describeError(error: unknown): { kind: string; message: string; at: string } {
  if (!(error instanceof Error)) return { kind: typeof error, message: '', at: '' };
  // Database drivers put the statement and its values into the message: the first line says enough.
  const [message = ''] = error.message.split('\n', 1);
  // The trace begins with the whole message, in which a line may look like a place.
  const { stack = '' } = error;
  const trace = stack.includes(error.message) ? stack.slice(stack.indexOf(error.message) + error.message.length) : '';
  return {
    kind: error.name.slice(0, 80),
    message: message.slice(0, 200).replaceAll(ADDRESSES, '…'),
    at: trace.split('\n').slice(1, 7).join(' < ').slice(0, 800),
  };
}
