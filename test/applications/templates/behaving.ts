import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';
import { parse } from 'node-html-parser';
import {
  findTemplate,
  fromTemplate,
  instructionsOf,
  placeOf,
  type Application,
  type Block,
  type Client,
} from '../../../src/applications/applications.ts';
import { walk } from '../../application.ts';
import { get, post } from '../../attacks/exchange.ts';
import { freePort } from '../../free-port.ts';
import type { House } from '../../house.ts';
import { makeVisitor, type Visitor } from '../../visitor.ts';

/** An application made from a template, as its administrator has it: its address, and the instructions. */
export type Made = {
  readonly application: Application;
  readonly client: Client;
  readonly address: string;
  readonly blocks: readonly Block[];
  /** What was posted to it, by path. */
  readonly posted: { readonly path: string; readonly fields: Readonly<Record<string, string>> }[];
  /** Alix's browser, which stops at the application. */
  readonly alix: Visitor;
  close(): Promise<void>;
};

/** Makes an application from a template and lets everybody in. It listens, to be told of sign-outs. */
export async function makeFrom(
  house: House,
  id: string,
  answers: (address: string) => Readonly<Record<string, string>> = () => ({}),
  folder = '',
): Promise<Made> {
  const template = findTemplate(id);
  if (template === undefined) throw new Error(`no template ${id}`);
  const port = await freePort();
  const address = `http://localhost:${port}${folder}`;
  const place = placeOf(house.parts.config);
  const asked = { name: template.name, people: 'none', answers: { ...answers(address), address } };
  const wanted = fromTemplate(template, asked, place);
  if (wanted.protocol !== 'oidc') throw new Error(`${id} is not by OpenID Connect`);
  const made = await house.parts.applications.addWithClient(wanted);
  const { id: applicationId, ...settings } = made.application;
  await house.parts.applications.change(applicationId, { ...settings, entry: { kind: 'everyone' } });
  const filled = { protocol: 'oidc', place, clientId: made.client.id, secret: made.secret ?? '' } as const;

  const posted: { path: string; fields: Record<string, string> }[] = [];
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += String(chunk);
    posted.push({ path: req.url ?? '', fields: Object.fromEntries(new URLSearchParams(body)) });
    res.end();
  });
  server.listen(port, 'localhost');
  await once(server, 'listening');
  return {
    application: made.application,
    client: made.client,
    address,
    blocks: instructionsOf(made.application, filled) ?? [],
    posted,
    alix: makeVisitor((url) => url.port === String(port)),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The lines that the instructions want copied. */
export const codeOf = ({ blocks }: Made): string =>
  blocks.flatMap((block) => (block.kind === 'code' ? block.lines : [])).join('\n');

/** The fields that the instructions want filled in. */
export const fieldsOf = ({ blocks }: Made): Record<string, string> =>
  Object.fromEntries(
    blocks.flatMap((block) => (block.kind === 'fields' ? block.lines.map(({ name, value }) => [name, value]) : [])),
  );

/** A discovery document, as an application reads it. */
export async function discover(url: string): Promise<Record<string, string>> {
  return (await get(url)).body as Record<string, string>;
}

/** A verifier and its challenge (RFC 7636, S256). */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** A value nobody guesses: a state, a nonce. */
export const random = (): string => randomBytes(16).toString('hex');

/** Sends Alix to the address with these parameters, and comes back with what the application is answered. */
export async function ask(
  made: Made,
  authorize: string,
  params: Readonly<Record<string, string>>,
  name = 'alice',
): Promise<Record<string, string>> {
  const url = new URL(authorize);
  for (const [key, value] of Object.entries(params)) url.searchParams.set(key, value);
  const isHome = (address: URL): boolean => address.origin === new URL(made.address).origin;
  const page = await walk(made.alix, { isHome }, await made.alix.get(url), { person: 'alix', profile: name });
  if (isHome(page.url)) {
    if (!page.url.href.startsWith(params['redirect_uri'] ?? 'nowhere')) throw new Error(`came to ${page.url.pathname}`);
    return Object.fromEntries(page.url.searchParams);
  }
  const form = parse(page.text).querySelector('main form');
  if (form === null || form.getAttribute('action') !== params['redirect_uri'])
    throw new Error('no form for this address');
  return Object.fromEntries(
    form
      .querySelectorAll('input')
      .map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? '']),
  );
}

/** How a client proves who it is: in the header, form-encoded first, or in the body. */
export const inHeader = (id: string, secret: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from([id, secret].map(encodeURIComponent).join(':')).toString('base64')}`,
});
export const inBody = (id: string, secret: string): Record<string, string> => ({
  client_id: id,
  client_secret: secret,
});

/** What the token endpoint answers. @throws when it refuses. */
export async function exchange(
  url: string,
  fields: Readonly<Record<string, string>>,
  headers: Record<string, string> = {},
): Promise<Record<string, string>> {
  const { status, body } = await post(url, { grant_type: 'authorization_code', ...fields }, headers);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body as Record<string, string>;
}

/** The claims of a token that was checked against the published keys. */
export async function checked(
  jwks: string,
  token: string | undefined,
  expected: { issuer: string; audience: string; algorithms?: string[] },
): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token ?? '', createRemoteJWKSet(new URL(jwks)), expected);
  return payload;
}

/** What userinfo says of the bearer. */
export async function userinfoOf(url: string, accessToken: string | undefined): Promise<Record<string, unknown>> {
  const { status, body } = await get(url, { authorization: `Bearer ${accessToken ?? ''}` });
  if (status !== 200) throw new Error(`userinfo ${status}`);
  return body;
}

/** Alix signs out at the application, which sends her to this address. @returns where she ends up. */
export async function leave(made: Made, url: string): Promise<URL> {
  const page = await made.alix.get(url);
  return (await made.alix.submit(page, '/leave', { scope: 'everything' })).url;
}
