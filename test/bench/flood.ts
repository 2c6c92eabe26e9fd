import { spawn } from 'node:child_process';
import { Agent } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { addressOf, beginSignIn, sendPassword } from './logins.ts';
import type { Measured } from './process.ts';

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
  let peak = before;
  const pages = spawn(process.execPath, ['--import', 'tsx', 'test/bench/other-pages.ts', url], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const printed = readText(pages.stdout);
  await pause(3000);
  const look = setInterval(() => (peak = Math.max(peak, server.memory())), 20);
  // All at once: a connection each.
  const through = new Agent({ maxSockets: count });
  const answers = await Promise.all(
    begun.map((begin, number) => sendPassword(url, begin, people[number % people.length] ?? '', through)),
  );
  clearInterval(look);
  pages.stdin.end();
  const times = JSON.parse(await printed) as number[];
  const refused = answers.filter(({ status, retryAfter }) => status === 503 && Number(retryAfter) > 0).length;
  const signedIn = answers.filter(({ status }) => status === 303).length;
  const p99 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
  return { signedIn, refused, strange: count - refused - signedIn, p99, pages: times.length, before, peak };
}
