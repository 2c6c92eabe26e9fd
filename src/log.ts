import { pino, type Logger } from 'pino';

/** What a room may log with. One line an event, JSON, on standard output. */
export type Log = Logger;

/**
 * Makes the program's log. Callers pass events and small facts, never an e-mail address, a whole network address,
 * a password, a token, or an account and a profile in one line (P9).
 */
export function makeLog(level: string): Log {
  return pino({ level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` });
}

/** What may be said of an internal error in the log: its kind and where it happened, cut to a fixed size. */
export function describeError(error: unknown): { kind: string; message: string; at: string } {
  if (!(error instanceof Error)) return { kind: typeof error, message: '', at: '' };
  // Database drivers put the statement and its values into the message: the first line says enough.
  const message = error.message.split('\n', 1)[0] ?? '';
  const stack = error.stack?.slice(error.stack.indexOf('\n    at ') + 1) ?? '';
  return {
    kind: error.name,
    message: message.slice(0, 200),
    at: stack.split('\n').slice(0, 6).join(' < ').slice(0, 800),
  };
}
