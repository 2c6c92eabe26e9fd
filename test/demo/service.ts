import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import path from 'node:path';
import express, { type Express, type Request, type Response } from 'express';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { mailPage } from './mail-page.tsx';
import { landingPage, memberPage, type Look } from './pages.tsx';
import type { Post } from './post.ts';
import { ASSETS, type Registered } from './seed.ts';

/** All that an application was given at one sign-in. */
export type Received = {
  readonly answer: Readonly<Record<string, string>>;
  readonly tokens: Readonly<Record<string, unknown>>;
  readonly idToken: client.IDToken;
  readonly userinfo: client.UserInfoResponse;
};

/** A small application that signs people in with openid-client. */
export type Service = { readonly name: string; readonly url: string; close(): Promise<void> };

type Attempt = { verifier: string; state: string; nonce: string };

/** Attempts and sessions live in memory, so many at most: the oldest go first. */
const KEPT = 200;

function keep<T>(map: Map<string, T>, value: T): string {
  const id = randomBytes(16).toString('base64url');
  map.set(id, value);
  for (const oldest of map.keys()) if (map.size > KEPT) map.delete(oldest);
  return id;
}

function cookieOf(req: Request, name: string): string {
  const pairs = (req.headers.cookie ?? '').split('; ').map((pair) => pair.split('='));
  return pairs.find(([key]) => key === name)?.[1] ?? '';
}

/** Starts the application on its port and has it learn what the instance offers. */
export async function openService(
  issuer: string,
  registered: Registered,
  { look, post }: { look: Look; post: Post },
): Promise<Service> {
  const { name, url, clientId, clientSecret } = registered;
  const configuration = await client.discovery(
    new URL(issuer),
    clientId,
    undefined,
    client.ClientSecretBasic(clientSecret),
    { execute: [client.allowInsecureRequests] },
  );
  const app = serviceApp(configuration, registered, { look, post });
  const server = createServer(app);
  server.listen(Number(new URL(url).port), '127.0.0.1');
  await once(server, 'listening');
  return {
    name,
    url,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function serviceApp(
  configuration: client.Configuration,
  { name, url, clientId, icon }: Registered,
  { look, post }: { look: Look; post: Post },
): Express {
  const attempts = new Map<string, Attempt>();
  const sessions = new Map<string, Received>();
  const { issuer, jwks_uri: jwksUri = '' } = configuration.serverMetadata();
  const keys = createRemoteJWKSet(new URL(jwksUri));
  // All ports of a machine share their cookies: these have names of their own.
  const cookies = { attempt: `${name.toLowerCase()}-attempt`, session: `${name.toLowerCase()}-session` };
  const cookie = { httpOnly: true, sameSite: 'lax', path: '/' } as const;
  const frame = { name, look, issuer };
  const app = express();
  app.disable('x-powered-by');
  app.use(express.urlencoded({ extended: false, limit: '20kb' }));
  app.use('/assets', express.static(ASSETS));
  app.get('/icon', (_req, res) => res.sendFile(path.join(ASSETS, icon)));

  app.get('/', (req, res) => {
    const id = cookieOf(req, cookies.session);
    const received = sessions.get(id);
    if (received !== undefined) return res.send(memberPage(frame, received));
    return res.send(landingPage(frame, id === '' ? undefined : `Your session at ${name} has ended.`));
  });

  /** Writes to the relay address of whoever is signed in. */
  app.post('/notify', async (req, res) => {
    const received = sessions.get(cookieOf(req, cookies.session));
    const { email, preferred_username: userName } = { ...received?.userinfo, ...received?.idToken };
    if (typeof email === 'string' && typeof userName === 'string') await post.notify(userName, email);
    res.redirect(303, '/mail');
  });

  /** Its own log of mail, which only shows what it could know. */
  app.get('/mail', (_req, res) => {
    res.send(mailPage(frame, post));
  });

  app.post('/sign-in', async (req, res) => {
    const attempt = {
      verifier: client.randomPKCECodeVerifier(),
      state: client.randomState(),
      nonce: client.randomNonce(),
    };
    const again = (req.body as { choose?: string }).choose !== undefined;
    const target = client.buildAuthorizationUrl(configuration, {
      redirect_uri: `${url}/callback`,
      scope: 'openid profile email groups',
      code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
      state: attempt.state,
      nonce: attempt.nonce,
      ...(again ? { prompt: 'select_account' } : {}),
    });
    res.cookie(cookies.attempt, keep(attempts, attempt), cookie);
    res.redirect(303, target.href);
  });

  app.get('/callback', async (req, res) => {
    const id = cookieOf(req, cookies.attempt);
    const attempt = attempts.get(id);
    attempts.delete(id);
    res.clearCookie(cookies.attempt, cookie);
    if (attempt === undefined) return res.redirect(303, '/');
    try {
      const received = await receive(new URL(req.originalUrl, url), attempt);
      res.cookie(cookies.session, keep(sessions, received), cookie);
      return res.redirect(303, '/');
    } catch (error) {
      const reason = error instanceof client.AuthorizationResponseError ? error.error : (error as Error).message;
      return res.send(landingPage(frame, `The sign-in was not finished: ${reason}.`));
    }
  });

  async function receive(answer: URL, { verifier, state, nonce }: Attempt): Promise<Received> {
    const tokens = await client.authorizationCodeGrant(configuration, answer, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
    });
    const idToken = tokens.claims();
    if (idToken === undefined) throw new Error('there was no ID token');
    const userinfo = await client.fetchUserInfo(configuration, tokens.access_token, idToken.sub);
    return { answer: Object.fromEntries(answer.searchParams), tokens: { ...tokens }, idToken, userinfo };
  }

  function leave(req: Request, res: Response): Received | undefined {
    const id = cookieOf(req, cookies.session);
    const received = sessions.get(id);
    sessions.delete(id);
    res.clearCookie(cookies.session, cookie);
    return received;
  }

  /** Ends this application's own session and nothing else. */
  app.post('/leave', (req, res) => {
    leave(req, res);
    res.redirect(303, '/');
  });

  /** Ends this application's own session, then asks the instance to end what it holds (RP-Initiated Logout). */
  app.post('/sign-out', (req, res) => {
    const received = leave(req, res);
    if (received === undefined) return res.redirect(303, '/');
    const target = client.buildEndSessionUrl(configuration, {
      id_token_hint: String(received.tokens['id_token']),
      post_logout_redirect_uri: `${url}/bye`,
    });
    return res.redirect(303, target.href);
  });

  app.get('/bye', (_req, res) => {
    res.send(landingPage(frame, `You signed out of ${name}.`));
  });

  /** Where the instance says that a session has ended (Back-Channel Logout §2.5). */
  app.post('/ended', async (req, res) => {
    try {
      const token = String((req.body as { logout_token?: unknown }).logout_token);
      const { payload } = await jwtVerify(token, keys, { issuer, audience: clientId });
      for (const [id, { idToken }] of sessions) if (idToken['sid'] === payload['sid']) sessions.delete(id);
      return res.status(204).end();
    } catch {
      return res.status(400).end();
    }
  });

  return app;
}
