import { ask } from './sso.ts';

/** How long the slowest hundredth of some requests takes at least, and the half, in milliseconds. */
export type Times = { readonly median: number; readonly p99: number };

/** What a moderator and somebody who wants a profile ask for, one after the other. */
export const QUESTIONS = {
  'the first page of the list': (number: number) => `profiles?n=${number}`,
  'a page in the middle': (number: number) => `profiles?after=stored${(number * 7919) % 900_000}`,
  'a search by the beginning of a name': (number: number) => `profiles?text=stored${(number * 104_729) % 1_000_000}`,
  'the blocked ones': (number: number) => `profiles?status=blocked&n=${number}`,
} as const;

/** Asks for a page `count` times as the session of `cookie`. */
export async function timesOf(count: number, cookie: string, address: (number: number) => string): Promise<Times> {
  const times: number[] = [];
  for (let number = 0; number < count; number += 1) {
    const began = performance.now();
    const { status } = await ask(address(number), 'GET', { cookie, accept: 'text/html' });
    if (status !== 200) throw new Error(`${address(number)} answered ${status}`);
    times.push(performance.now() - began);
  }
  const sorted = times.toSorted((a, b) => a - b);
  return { median: sorted[Math.floor(count / 2)] ?? 0, p99: sorted[Math.floor(count * 0.99)] ?? 0 };
}
