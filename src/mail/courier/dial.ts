import { connect, isIPv4, type Socket } from 'node:net';
import type { Host } from './host.ts';
import { failure } from './step.ts';

/**
 * Connects to one of the addresses that were looked at, whatever the name says a moment later; one after the other,
 * the two families by turns (RFC 8305).
 * @param time for all of them, in milliseconds
 * @throws an error for `judge`, or the reason of the signal
 */
export function dial(
  addresses: readonly string[],
  { name, port }: Host,
  { time, signal }: { time: number; signal: AbortSignal | undefined },
): Promise<Socket> {
  const all = addresses.map((address) => ({ address, family: isIPv4(address) ? 4 : 6 }));
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: name,
      port,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: Math.max(Math.floor(time / (all.length + 1)), 10),
      lookup: (_name, _options, done) => done(null, all),
    });
    const stop = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off('error', onError).off('connect', onConnect);
    };
    const fail = (error: unknown): void => {
      stop();
      socket.on('error', () => undefined).destroy();
      reject(error);
    };
    const onError = (): void => fail(failure('ESOCKET', 'no connection'));
    const onAbort = (): void => fail(signal?.reason);
    const onConnect = (): void => {
      stop();
      resolve(socket);
    };
    const timer = setTimeout(() => fail(failure('ETIMEDOUT', 'no connection in time')), Math.max(time, 0));
    socket.once('error', onError).once('connect', onConnect);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
  });
}
