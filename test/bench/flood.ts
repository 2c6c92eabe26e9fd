import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { addressOf, beginSignIn, sendPassword } from './logins.ts';
import type { Measured } from './process.ts';
import { ask } from './sso.ts';

/** What a flood of sign-ins does to a server. */
export type Flood = {
  /** How many were let in, refused with 503 and Retry-After, and answered in any other way. */
  readonly signedIn: number;
  readonly refused: number;
  readonly strange: number;
  /** Of other pages meanwhile, in milliseconds: the 99th percentile, and how many there were. */
  readonly p99: number;
  readonly pages: number;
  /** Resident memory, in bytes: before, and at most meanwhile. */
  readonly before: number;
  readonly peak: number;
};

/** Sends `count` right passwords at one moment, each from a network of its own, and asks for other pages meanwhile. */
export async function flood(url: string, server: Measured, people: readonly string[], count: number): Promise<Flood> {
  const begun = [];
  for (let number = 0; number < count; number += 1) begun.push(await beginSignIn(url, addressOf(number + 10_000)));
  await pause(1000);
  const before = server.memory();
  let [peak, busy] = [before, true];
  const times: number[] = [];
  const others = (async () => {
    // As somebody would: one page after the other, at twenty a second.
    while (busy) {
      const started = performance.now();
      await ask(`${url}${times.length % 2 === 0 ? '/signed-out' : '/.well-known/openid-configuration'}`, 'GET', {});
      times.push(performance.now() - started);
      peak = Math.max(peak, server.memory());
      await pause(50);
    }
  })();
  // All at once: a connection each.
  const through = new Agent({ maxSockets: count });
  const answers = await Promise.all(
    begun.map((begin, number) => sendPassword(url, begin, people[number % people.length] ?? '', through)),
  );
  busy = false;
  await others;
  const refused = answers.filter(({ status, retryAfter }) => status === 503 && Number(retryAfter) > 0).length;
  const signedIn = answers.filter(({ status }) => status === 303).length;
  const p99 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
  return { signedIn, refused, strange: count - refused - signedIn, p99, pages: times.length, before, peak };
}
