import type { Agent } from 'node:http';
import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import argon2 from 'argon2';
import { PASSWORD } from './seed.ts';
import { ask } from './sso.ts';

/** A sign-in on its way: its page is open. */
export type Begun = { readonly address: string; readonly path: string; readonly cookie: string; readonly csrf: string };

/** Opens the page of a sign-in at the portal, from a network address of one's own. */
export async function beginSignIn(url: string, address: string): Promise<Begun> {
  const forwarded = { 'x-forwarded-for': address };
  const start = await ask(`${url}/`, 'GET', forwarded);
  const cookie = start.cookies.map((line) => line.split(';', 1)[0]).join('; ');
  const path = start.location ?? '';
  const page = await ask(`${url}${path}`, 'GET', { ...forwarded, cookie });
  return { address, path, cookie, csrf: /name="csrf" value="([^"]+)"/u.exec(page.body)?.[1] ?? '' };
}

/** Sends the password that everybody has in the bench. */
export function sendPassword(
  url: string,
  { address, path, cookie, csrf }: Begun,
  loginName: string,
  through?: Agent,
): ReturnType<typeof ask> {
  const form = new URLSearchParams({ csrf, login: loginName, password: PASSWORD });
  const headers = {
    'x-forwarded-for': address,
    cookie,
    origin: url,
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/x-www-form-urlencoded',
  };
  return ask(`${url}${path}/sign-in`, 'POST', headers, form.toString(), through);
}

/** Signs in at the portal with a password, from a network address of one's own. Returns the session cookie. */
export async function logIn(url: string, loginName: string, address: string): Promise<string> {
  const answer = await sendPassword(url, await beginSignIn(url, address), loginName);
  const session = answer.cookies.filter((line) => /^aluco(\.sig)?=/u.test(line)).map((line) => line.split(';', 1)[0]);
  if (session.length < 2) throw new Error(`not signed in: ${answer.status} ${answer.body.slice(0, 300)}`);
  return session.join('; ');
}

/** A network address of its own for each number. */
export const addressOf = (number: number): string => `10.${Math.floor(number / 250) + 1}.${(number % 250) + 1}.1`;

/** Password logins in a second, `atOnce` people at a time. */
export async function loginsPerSecond(
  url: string,
  people: readonly string[],
  count: number,
  atOnce: number,
): Promise<number> {
  let next = 0;
  const started = performance.now();
  const worker = async (): Promise<void> => {
    while (next < count) {
      const number = next;
      next += 1;
      await logIn(url, people[number % people.length] ?? '', addressOf(number));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return count / ((performance.now() - started) / 1000);
}

/** Verifications in a second with nothing else to do, as many at once as there are cores: the ceiling. */
export async function hashesPerSecond(count: number): Promise<number> {
  const encoded = await argon2.hash(PASSWORD, {
    type: argon2.argon2id,
    memoryCost: 19_456,
    timeCost: 2,
    parallelism: 1,
  });
  let left = count;
  const started = performance.now();
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await argon2.verify(encoded, PASSWORD);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return count / ((performance.now() - started) / 1000);
}

/** The 99th percentile, in milliseconds, of the discovery document while `people` all sign in at once. */
export async function discoveryWhileHashing(url: string, people: readonly string[]): Promise<number> {
  let busy = true;
  const logins = Promise.all(people.map((name, number) => logIn(url, name, addressOf(number + 5000)))).finally(() => {
    busy = false;
  });
  const times: number[] = [];
  while (busy) {
    const started = performance.now();
    await ask(`${url}/.well-known/openid-configuration`, 'GET', {});
    times.push(performance.now() - started);
    await nextTurn();
  }
  await logins;
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
}
