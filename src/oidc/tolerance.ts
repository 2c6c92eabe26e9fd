import type { IncomingMessage } from 'node:http';
import querystring from 'node:querystring';
import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { Applications } from '../applications/applications.ts';

/** More than any token request needs; the library's own limit. */
const BODY_LIMIT = 56 * 1024;

/** The longest query that is made of a posted form, in bytes. */
const QUERY_LIMIT = 11 * 1024;

/** How long a client may take to send what it announced, in milliseconds. */
const BODY_PATIENCE = 10_000;

/** The endpoints at which clients prove who they are. */
const CLIENT_ENDPOINTS = new Set(['/oidc/token', '/oidc/introspect', '/oidc/revoke', '/oidc/par']);

/** Reads a body of known length and puts it back, so that the library finds the request as it came. */
async function peekBody(req: IncomingMessage): Promise<string | undefined> {
  const length = Number(req.headers['content-length']);
  if (!Number.isInteger(length) || length <= 0 || length > BODY_LIMIT) return undefined;
  const chunks: Buffer[] = [];
  for (let received = 0; received < length;) {
    const chunk = req.read() as Buffer | null;
    if (chunk !== null) {
      received += chunk.length;
      chunks.push(chunk);
    } else if (req.destroyed || req.readableEnded) return undefined;
    else await once(req, 'readable', { signal: AbortSignal.timeout(BODY_PATIENCE) });
  }
  const body = Buffer.concat(chunks);
  req.unshift(body);
  return body.toString('utf8');
}

function isForm(req: IncomingMessage): boolean {
  const type = req.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  return req.method === 'POST' && type === 'application/x-www-form-urlencoded';
}

/** The name and secret in an Authorization header, if it is of that kind. */
export function basicCredentials(header: string): { id: string; secret: string } | undefined {
  const [scheme, encoded, ...rest] = header.split(' ');
  if (scheme?.toLowerCase() !== 'basic' || encoded === undefined || rest.length > 0) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) return undefined;
  try {
    // RFC 6749 §2.3.1: both parts are form-encoded inside the header.
    const [id, secret] = [text.slice(0, colon), text.slice(colon + 1)].map((part) =>
      decodeURIComponent(part.replaceAll('+', '%20')),
    );
    return id === undefined || secret === undefined ? undefined : { id, secret };
  } catch {
    return undefined;
  }
}

function isSame(a: string, b: unknown): boolean {
  if (typeof b !== 'string') return false;
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Some clients send their secret by header and in the body at once, which RFC 6749 §2.3 forbids. Where both are
 * identical and the client's setting allows it, the header is dropped and the request goes on; every other double is
 * left for the library to refuse.
 */
export async function tolerateDoubleCredentials(req: IncomingMessage, applications: Applications): Promise<void> {
  const path = req.url?.split('?', 1)[0] ?? '';
  const header = req.headers.authorization;
  if (!isForm(req) || !CLIENT_ENDPOINTS.has(path) || header === undefined) return;
  const credentials = basicCredentials(header);
  if (credentials === undefined) return;
  const client = await applications.findClient(credentials.id);
  if (client?.doubleCredentials !== true) return;
  const body = await peekBody(req);
  if (body === undefined) return;
  const form = querystring.parse(body, '&', '=', { maxKeys: 200 });
  if (isSame(credentials.id, form['client_id']) && isSame(credentials.secret, form['client_secret'])) {
    delete req.headers.authorization;
  }
}

/** The endpoints that browsers are sent to, by GET or by a posted form. */
const BROWSER_ENDPOINTS = new Set(['/oidc/authorize', '/oidc/logout']);

/**
 * Where a form posted to an endpoint of browsers asks to go by GET (OpenID Connect Core §3.1.2.1, RP-Initiated Logout
 * §2). Posted from another site it comes without our cookies; the redirection that follows it brings them.
 */
export async function postedQuery(req: IncomingMessage): Promise<string | undefined> {
  if (!isForm(req) || !BROWSER_ENDPOINTS.has(req.url ?? '')) return undefined;
  const body = await peekBody(req);
  // Only what a query may hold as it stands; everything else is for the library to refuse.
  return body !== undefined && body.length <= QUERY_LIMIT && /^[\w.~%+&=!*'()-]*$/u.test(body)
    ? `${req.url}?${body}`
    : undefined;
}

/**
 * Some clients ask for logout with nothing but the address to come back to. Where exactly one client registered that
 * address and its setting allows it, the request is completed with its `client_id`.
 */
export async function completeLogout(req: IncomingMessage, applications: Applications): Promise<void> {
  const [path, query] = req.url?.split('?', 2) ?? [];
  if (req.method !== 'GET' || path !== '/oidc/logout' || query === undefined) return;
  const params = new URLSearchParams(query);
  const uri = params.get('post_logout_redirect_uri');
  if (uri === null || params.has('client_id') || params.has('id_token_hint')) return;
  const client = await applications.clientByLogoutAddress(uri);
  if (client !== undefined) req.url = `${path}?${query}&client_id=${encodeURIComponent(client.id)}`;
}
