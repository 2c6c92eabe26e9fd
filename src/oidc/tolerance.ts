import type { IncomingMessage } from 'node:http';
import querystring from 'node:querystring';
import { timingSafeEqual } from 'node:crypto';
import type { Applications } from '../applications/applications.ts';

/** More than any token request needs; the library's own limit. */
const BODY_LIMIT = 56 * 1024;

/** The endpoints at which clients prove who they are. */
const CLIENT_ENDPOINTS = new Set(['/oidc/token', '/oidc/introspect', '/oidc/revoke', '/oidc/par']);

type WithBody = IncomingMessage & { body?: Record<string, unknown> };

async function readForm(req: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_LIMIT) return undefined;
    chunks.push(chunk);
  }
  return { ...querystring.parse(Buffer.concat(chunks).toString('utf8'), '&', '=', { maxKeys: 200 }) };
}

function basicCredentials(header: string): { id: string; secret: string } | undefined {
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
  const isForm =
    req.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded';
  if (req.method !== 'POST' || !CLIENT_ENDPOINTS.has(path) || header === undefined || !isForm) return;
  const credentials = basicCredentials(header);
  if (credentials === undefined) return;
  const client = await applications.findClient(credentials.id);
  if (client?.doubleCredentials !== true) return;
  const form = await readForm(req);
  if (form === undefined) return;
  (req as WithBody).body = form;
  if (isSame(credentials.id, form['client_id']) && isSame(credentials.secret, form['client_secret'])) {
    delete req.headers.authorization;
  }
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
