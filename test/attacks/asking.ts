import { parse } from 'node-html-parser';
import { expect } from 'vitest';
import type { Service } from '../application.ts';
import type { House } from '../house.ts';

/** An answer as it came, no redirection followed. */
export type Raw = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Where the browser was sent, if anywhere. */
  readonly location: URL | undefined;
};

/** The challenge for which nobody keeps a verifier. */
export const CHALLENGE = 'E9Melhoa2OwvFrEGTJ0uPG4n5FqWc3tOBgNLgkGBdiI';

/** Reads an answer without following it. */
export async function rawOf(answer: Response): Promise<Raw> {
  const location = answer.headers.get('location');
  return {
    status: answer.status,
    headers: answer.headers,
    text: await answer.text(),
    location: location === null ? undefined : new URL(location, answer.url),
  };
}

/** What a correct authorization request of a service carries. */
export function request({ client, redirectUri }: Pick<Service, 'client' | 'redirectUri'>): Record<string, string> {
  return {
    client_id: client.id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    state: 'a-state',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  };
}

/** Asks for authorization with these parameters as they stand; pairs may repeat a name. */
export async function ask(
  house: House,
  params: Record<string, string> | [string, string][],
  cookie = '',
): Promise<Raw> {
  const headers = { accept: 'text/html', ...(cookie === '' ? {} : { cookie }) };
  const url = `${house.url}/oidc/authorize?${new URLSearchParams(params)}`;
  return rawOf(await fetch(url, { redirect: 'manual', headers }));
}

/**
 * Refused on our own page: 400, nothing that sends the browser anywhere, no form or link to the hostile place, nothing
 * hostile that is not escaped.
 */
export function expectRefusedHere(answer: Raw, ...hostile: string[]): void {
  expect(answer.location).toBeUndefined();
  expect(answer.status).toBe(400);
  expect(answer.headers.get('content-type')).toMatch(/^text\/html/u);
  expect(answer.headers.has('refresh')).toBe(false);
  expect(answer.headers.get('content-security-policy')).toMatch(/form-action 'self'(;|$)/u);
  const page = parse(answer.text);
  expect(page.querySelector('meta[http-equiv]')).toBeNull();
  expect(page.querySelector('h1')).not.toBeNull();
  expect(page.querySelectorAll('form').map((form) => form.getAttribute('action'))).toEqual(['/language']);
  // The way back after a change of language is this very request, which stays here: the one place that repeats it.
  const back = page.querySelector('input[name=back]');
  expect(back?.getAttribute('value')).toMatch(/^\/oidc\//u);
  expect(answer.text).not.toContain('<script>');
  back?.remove();
  for (const text of hostile) expect(page.toString()).not.toContain(text);
}

/** Told to the application, at the address it registered and nowhere else: the error, our name, no code. */
export function expectToldTo(service: Pick<Service, 'redirectUri'>, house: House, answer: Raw, error: string): void {
  expect([302, 303]).toContain(answer.status);
  const { location } = answer;
  expect(location === undefined ? undefined : `${location.origin}${location.pathname}`).toBe(service.redirectUri);
  const told = new URLSearchParams(location?.hash === '' ? location.search : location?.hash.slice(1));
  expect(told.get('error')).toBe(error);
  expect(told.get('iss')).toBe(house.url);
  for (const name of ['code', 'access_token', 'id_token']) expect(told.has(name)).toBe(false);
}
