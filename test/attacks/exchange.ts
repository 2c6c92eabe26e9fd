import { begin, walk, type Answers, type Service } from '../application.ts';
import type { Visitor } from '../visitor.ts';

/** An answer of one of the protocol's addresses, as it came. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
};

/** An authorization code and the verifier that belongs to it. */
export type Code = { readonly code: string; readonly verifier: string; readonly nonce: string };

type HeaderLines = Record<string, string>;

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  let body: Readonly<Record<string, unknown>> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // An empty answer, or a page.
  }
  return { status: response.status, headers: response.headers, body };
}

/** Posts a form to an address, with nothing added by a client library. */
export async function post(
  url: string,
  fields: Record<string, string> | URLSearchParams,
  headers: HeaderLines = {},
): Promise<Answer> {
  return answerOf(await fetch(url, { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' }));
}

/** Gets an address with the given headers. */
export async function get(url: string, headers: HeaderLines = {}): Promise<Answer> {
  return answerOf(await fetch(url, { headers, redirect: 'manual' }));
}

/** The Authorization header of a service that keeps a secret. */
export function basic({ client, secret = '' }: Pick<Service, 'client' | 'secret'>): HeaderLines {
  const pair = [client.id, secret].map(encodeURIComponent).join(':');
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** Has somebody sign in at a service up to the moment it holds a code. */
export async function obtainCode(
  visitor: Visitor,
  service: Service,
  answers: Answers,
  params: Record<string, string> = {},
): Promise<Code> {
  const attempt = await begin(service, params);
  const page = await walk(visitor, service, await visitor.get(attempt.url), answers);
  const code = page.url.searchParams.get('code');
  if (code === null) throw new Error(`no code: ${page.url.search}`);
  return { code, verifier: attempt.verifier, nonce: attempt.nonce };
}

/** The fields that exchange a code. */
export function codeFields(service: Service, { code, verifier }: Code): Record<string, string> {
  return { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: service.redirectUri };
}

/** Exchanges a code at a node. */
export function redeem(node: string, service: Service, code: Code): Promise<Answer> {
  return post(`${node}/oidc/token`, codeFields(service, code), basic(service));
}

/** Renews with a refresh token at a node. */
export function renew(
  node: string,
  service: Service,
  refreshToken: unknown,
  more: Record<string, string> = {},
): Promise<Answer> {
  const fields = { grant_type: 'refresh_token', refresh_token: String(refreshToken), ...more };
  return post(`${node}/oidc/token`, fields, basic(service));
}

/** Asks for userinfo with an access token. */
export function userinfo(node: string, accessToken: unknown): Promise<Answer> {
  return get(`${node}/oidc/userinfo`, { authorization: `Bearer ${String(accessToken)}` });
}

/** Asks, as the service itself, about a token. */
export function introspect(node: string, service: Service, token: unknown): Promise<Answer> {
  return post(`${node}/oidc/introspect`, { token: String(token) }, basic(service));
}

/** Every way in which tokens of one answer still open something; empty when they are dead. */
export async function stillOpen(node: string, service: Service, tokens: Answer['body']): Promise<string[]> {
  const { access_token: access, refresh_token: refresh } = tokens;
  const open: string[] = [];
  if ((await userinfo(node, access)).status !== 401) open.push('userinfo');
  if ((await introspect(node, service, access)).body['active'] !== false) open.push('introspection');
  if (refresh === undefined) return open;
  if ((await introspect(node, service, refresh)).body['active'] !== false) open.push('refresh introspection');
  const renewed = await renew(node, service, refresh);
  if (renewed.status !== 400 || renewed.body['error'] !== 'invalid_grant') open.push('refresh');
  return open;
}
