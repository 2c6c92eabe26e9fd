import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as client from 'openid-client';
import type { ApplicationSettings } from '../../src/applications/settings.ts';
import { begin, openService, receive, type Attempt, type Service } from '../application.ts';
import { freePort } from '../free-port.ts';
import type { House } from '../house.ts';

/** A service with pages of its own: a link to sign in, and a page that shows exactly what it received. */
export type VisibleService = { readonly service: Service; readonly url: string; close(): Promise<void> };

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

function document(title: string, body: string): string {
  return `<!doctype html><html lang="en"><title>${escaped(title)}</title><body><h1>${escaped(title)}</h1>${body}</body></html>`;
}

async function answerOf(req: IncomingMessage, url: URL): Promise<URL> {
  if (req.method !== 'POST') return url;
  let body = '';
  for await (const chunk of req) body += String(chunk);
  return new URL(`${url.href}?${body}`);
}

/** Starts the service. Whatever stands behind `/sign-in?` goes into its authorization request. */
export async function openVisibleService(
  house: House,
  name: string,
  application: Partial<ApplicationSettings> = {},
): Promise<VisibleService> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const redirectUri = `${url}/callback`;
  const registered = await openService(house, name, {
    application: { homeUrl: `${url}/`, ...application },
    client: { redirectUris: [redirectUri], postLogoutRedirectUris: [`${url}/bye`] },
  });
  const service: Service = { ...registered, url, redirectUri, isHome: (address) => address.origin === url };
  const attempts = new Map<string, Attempt>();
  let lastIdToken = '';

  async function show(req: IncomingMessage, res: ServerResponse): Promise<string> {
    const at = new URL(req.url ?? '/', url);
    if (at.pathname === '/sign-in') {
      const attempt = await begin(service, Object.fromEntries(at.searchParams));
      attempts.set(attempt.state, attempt);
      res.writeHead(302, { location: attempt.url.href });
      return '';
    }
    if (at.pathname === '/sign-out') {
      const leave = client.buildEndSessionUrl(service.configuration, {
        id_token_hint: lastIdToken,
        post_logout_redirect_uri: `${url}/bye`,
      });
      res.writeHead(302, { location: leave.href });
      return '';
    }
    if (at.pathname !== '/callback') return document(name, '<p><a href="/sign-in">Sign in</a></p>');
    const answer = await answerOf(req, at);
    const refused = answer.searchParams.get('error');
    if (refused !== null) return document(`${name} was refused`, `<p>${escaped(refused)}</p>`);
    const attempt = attempts.get(answer.searchParams.get('state') ?? '');
    if (attempt === undefined) return document(`${name} did not ask`, '');
    const { idToken, tokens } = await receive(service, attempt, answer);
    lastIdToken = tokens.id_token ?? '';
    const facts = Object.entries(idToken).map(
      ([key, value]) =>
        `<dt>${escaped(key)}</dt><dd id="${escaped(key)}">${escaped(typeof value === 'string' ? value : JSON.stringify(value))}</dd>`,
    );
    return document(`${name} received`, `<dl>${facts.join('')}</dl>`);
  }

  const server = createServer((req, res) => {
    // No icon of its own: the browser would complain of its absence.
    if (req.url === '/favicon.ico') {
      res.writeHead(204).end();
      return;
    }
    res.setHeader('content-type', 'text/html; charset=utf-8');
    show(req, res).then(
      (html) => res.end(html),
      (error: unknown) => res.end(document(`${name} failed`, `<p>${escaped(String(error))}</p>`)),
    );
  });
  server.listen(port, 'localhost');
  await once(server, 'listening');
  return {
    service,
    url,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await registered.close();
    },
  };
}
