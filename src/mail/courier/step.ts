import type SMTPConnection from 'nodemailer/lib/smtp-connection';

type Done<T> = (error?: unknown, value?: T) => void;

/** A failure in the words of the library, for `judge`. */
export function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/**
 * One thing a connection is asked to do, up to the moment when it has, failed, or was to take no longer. The library
 * forgets what it was asked for once it is closed, and tells some failures by an event alone.
 * @param time in milliseconds
 * @throws what the library says, or the reason of `signal`; then the connection is closed
 */
export function step<T>(
  connection: SMTPConnection,
  { time, signal }: { time: number; signal: AbortSignal | undefined },
  start: (done: Done<T>) => void,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      connection.off('error', fail);
      connection.off('end', onEnd);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown): void => {
      stop();
      reject(error);
    };
    const giveUp = (error: unknown): void => {
      fail(error);
      connection.close();
    };
    // What the server said last comes after the end of the connection, in the same moment.
    const onEnd = (): void => void setImmediate(() => fail(failure('ECONNECTION', 'the connection was closed')));
    const onAbort = (): void => giveUp(signal?.reason);
    const timer = setTimeout(() => giveUp(failure('ETIMEDOUT', 'it took too long')), Math.max(time, 0));
    connection.once('error', fail);
    connection.once('end', onEnd);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) return onAbort();
    start((error, value) => {
      if (error !== undefined && error !== null) return fail(error);
      stop();
      resolve(value);
    });
  });
}
