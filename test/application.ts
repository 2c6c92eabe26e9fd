import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import * as client from 'openid-client';
import type { Application, Client } from '../src/applications/applications.ts';
import type { ClientSettings } from '../src/applications/client-settings.ts';
import type { ApplicationSettings } from '../src/applications/settings.ts';
import { freePort } from './free-port.ts';
import type { House } from './house.ts';
import { addApplication, addClient, PEOPLE, type PersonName } from './people.ts';
import { textOf, type Page, type Visitor } from './visitor.ts';
import { signInOn } from './working.ts';

/** What an application learned at a sign-in. */
export type Received = {
  readonly answer: URL;
  readonly tokens: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers;
  readonly idToken: client.IDToken;
  readonly userinfo: client.UserInfoResponse;
};

/** A service on loopback that signs people in with openid-client, and the logout tokens it was sent. */
export type Service = {
  readonly application: Application;
  readonly client: Client;
  readonly secret: string | undefined;
  readonly configuration: client.Configuration;
  readonly url: string;
  readonly redirectUri: string;
  readonly logoutTokens: string[];
  /** Whether an address is this service's: where a visitor stops. */
  isHome(url: URL): boolean;
  close(): Promise<void>;
};

function authenticationOf({ authMethod }: Client, secret: string | undefined): client.ClientAuth {
  if (secret === undefined) return client.None();
  return authMethod === 'client_secret_post' ? client.ClientSecretPost(secret) : client.ClientSecretBasic(secret);
}

/**
 * Starts a service, registers it as an application with one client, and discovers the instance as it would. `of`: the
 * application that it is one more client of.
 */
export async function openService(
  house: House,
  name: string,
  settings: {
    application?: Partial<ApplicationSettings>;
    client?: Partial<ClientSettings>;
    authentication?: client.ClientAuth;
    of?: Application;
    /** Another way to the network than the usual one. */
    send?: typeof fetch;
  } = {},
): Promise<Service> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const redirectUri = `${url}/callback`;
  const logoutTokens: string[] = [];
  const server = await listenForLogout(port, logoutTokens);
  const application = settings.of ?? (await addApplication(house.parts, name, url, settings.application));
  const registered = await addClient(house.parts, application, {
    redirectUris: [redirectUri],
    postLogoutRedirectUris: [`${url}/bye`],
    backchannelLogoutUri: `${url}/logout`,
    ...settings.client,
  });
  const { secret } = registered;
  const authentication = settings.authentication ?? authenticationOf(registered.client, secret);
  const configuration = await client.discovery(
    new URL(house.parts.config.ALUCO_URL),
    registered.client.id,
    { id_token_signed_response_alg: registered.client.idTokenAlgorithm },
    authentication,
    {
      execute: [client.allowInsecureRequests],
      ...(settings.send === undefined ? {} : { [client.customFetch]: settings.send as client.CustomFetch }),
    },
  );
  return {
    application,
    client: registered.client,
    secret,
    configuration,
    url,
    redirectUri,
    logoutTokens,
    isHome: (address) => address.origin === url,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function listenForLogout(port: number, logoutTokens: string[]): Promise<Server> {
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += String(chunk);
    const token = new URLSearchParams(body).get('logout_token');
    if (req.url === '/logout' && token !== null) logoutTokens.push(token);
    res.end();
  });
  server.listen(port, 'localhost');
  await once(server, 'listening');
  return server;
}

/** One sign-in as the application begins it: what to send the browser to, and what it must remember. */
export type Attempt = { readonly url: URL; readonly verifier: string; readonly state: string; readonly nonce: string };

/** Builds an authorization request with PKCE, state and nonce. */
export async function begin(service: Service, params: Record<string, string> = {}): Promise<Attempt> {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const url = client.buildAuthorizationUrl(service.configuration, {
    redirect_uri: service.redirectUri,
    scope: 'openid profile email groups',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...params,
  });
  return { url, verifier, state, nonce };
}

/** Exchanges the answer and asks for userinfo, with all of openid-client's checks. */
export async function receive(service: Service, attempt: Attempt, answer: URL, maxAge?: number): Promise<Received> {
  const tokens = await client.authorizationCodeGrant(service.configuration, answer, {
    pkceCodeVerifier: attempt.verifier,
    expectedState: attempt.state,
    expectedNonce: attempt.nonce,
    ...(maxAge === undefined ? {} : { maxAge }),
  });
  const idToken = tokens.claims();
  if (idToken === undefined) throw new Error('no ID token');
  const userinfo = await client.fetchUserInfo(service.configuration, tokens.access_token, idToken.sub);
  return { answer, tokens, idToken, userinfo };
}

/** How a person answers the pages on the way. `code`: what their authenticator app shows, where they have one. */
export type Answers = {
  readonly person: PersonName;
  readonly profile?: string | undefined;
  readonly code?: () => string;
};

/** Whether the page is the form that carries the answer to the application. */
function isAnswerForm({ document }: Page, service: Pick<Service, 'isHome'>): boolean {
  const actions = document.querySelectorAll('form').map((form) => form.getAttribute('action') ?? '');
  return actions.some((action) => URL.canParse(action) && service.isHome(new URL(action)));
}

/** Walks through whatever pages stand between the request and the application, as the person would. */
export async function walk(
  visitor: Visitor,
  service: Pick<Service, 'isHome'>,
  first: Page,
  { person, profile, code }: Answers,
): Promise<Page> {
  let page = first;
  for (let hop = 0; hop < 6 && !service.isHome(page.url) && !isAnswerForm(page, service); hop += 1) {
    const { document } = page;
    if (document.querySelector('input[name=password]') !== null) {
      page = await signInOn(visitor, page, PEOPLE[person].loginName, PEOPLE[person].password);
    } else if (document.querySelector('input[name=code]') !== null && code !== undefined) {
      page = await visitor.submit(page, '/factor/code', { code: code() });
    } else if (document.querySelector('input[name=name]') !== null) {
      page = await visitor.submit(page, '/create', { name: profile ?? PEOPLE[person].loginName, note: '' });
    } else {
      page = await pick(visitor, page, profile);
    }
    if (page.status >= 400) throw new Error(`stopped at ${page.url.pathname}, ${page.status}: ${textOf(page)}`);
  }
  return page;
}

async function pick(visitor: Visitor, page: Page, profile: string | undefined): Promise<Page> {
  const { document } = page;
  const single = document.querySelector('button[name=profile]');
  const choices = document.querySelectorAll('input[name=profile]').map((input) => ({
    id: input.getAttribute('value') ?? '',
    label: document.querySelector(`label[for=${input.getAttribute('id')}]`)?.textContent ?? '',
  }));
  const wanted = profile === undefined ? undefined : choices.find(({ label }) => label.includes(profile));
  if (single !== null && (profile === undefined || single.textContent.includes(profile))) {
    return visitor.submit(page, '/profile', { profile: single.getAttribute('value') ?? '' });
  }
  if (profile !== undefined && wanted === undefined) {
    const fresh = await visitor.get(new URL(`${page.url.pathname.split('/').slice(0, 3).join('/')}/new`, page.url));
    return visitor.submit(fresh, '/create', { name: profile, note: '' });
  }
  return visitor.submit(page, '/profile', wanted === undefined ? {} : { profile: wanted.id });
}

/** A whole sign-in: request, pages, answer, tokens, userinfo. */
export async function signIn(
  visitor: Visitor,
  service: Service,
  answers: Answers,
  params: Record<string, string> = {},
): Promise<Received> {
  const attempt = await begin(service, params);
  const page = await walk(visitor, service, await visitor.get(attempt.url), answers);
  return receive(service, attempt, page.url, params['max_age'] === undefined ? undefined : Number(params['max_age']));
}
