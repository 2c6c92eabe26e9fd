import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { SAML, ValidateInResponseTo, type Profile, type SamlConfig } from '@node-saml/node-saml';
import { freePort } from '../../free-port.ts';
import type { Page, Visitor } from '../../visitor.ts';
import { makeFolder, makeKey, present, removeFolder, works } from './program.ts';
import {
  readIdentityProvider,
  type Asking,
  type IdentityProvider,
  type Learned,
  type RealProvider,
} from './provider.ts';

/** Whether what it needs is at hand. */
export const nodeSamlPresent = present('openssl', works('openssl', ['version']));

function learnedFrom(profile: Profile): Learned {
  const attributes = (profile['attributes'] ?? {}) as Record<string, string | string[]>;
  return {
    nameId: profile.nameID,
    nameIdFormat: profile.nameIDFormat,
    sessionIndex: profile.sessionIndex,
    attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, [value].flat()])),
  };
}

async function bodyOf(req: IncomingMessage): Promise<Record<string, string>> {
  let body = '';
  for await (const chunk of req) body += String(chunk);
  return Object.fromEntries(new URLSearchParams(body));
}

/**
 * Starts an application with @node-saml/node-saml that signs its requests, wants both signatures, can decrypt, and
 * takes answers to its own requests, each once.
 */
export async function startNodeSaml(identityProvider: IdentityProvider): Promise<RealProvider> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const entityId = `${url}/metadata`;
  const consumer = `${url}/acs`;
  const folder = makeFolder('node-saml');
  const own = makeKey(folder);
  removeFolder(folder);
  let idp = readIdentityProvider(identityProvider);
  const sessions = new Map<string, Profile>();

  const config = (): SamlConfig => ({
    issuer: entityId,
    callbackUrl: consumer,
    logoutCallbackUrl: `${url}/slo`,
    entryPoint: idp.signOn,
    logoutUrl: idp.logout,
    idpIssuer: idp.entityId,
    idpCert: idp.certificates,
    privateKey: own.key,
    publicCert: own.certificate,
    decryptionPvk: own.key,
    signatureAlgorithm: 'sha256',
    // Else it is SHA-1, where the signature is inside.
    digestAlgorithm: 'sha256',
    identifierFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: true,
    validateInResponseTo: ValidateInResponseTo.always,
    disableRequestedAuthnContext: true,
  });
  const { cacheProvider } = new SAML(config());
  const saml = (extra: Partial<SamlConfig> = {}): SAML => new SAML({ ...config(), cacheProvider, ...extra });
  const metadata = saml().generateServiceProviderMetadata(own.certificate, own.certificate);

  const sessionOf = (req: IncomingMessage): string => /\bnode-saml=(\w+)/u.exec(req.headers.cookie ?? '')?.[1] ?? '';
  const reply = (res: ServerResponse, status: number, value: unknown): void =>
    void res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  const lead = (res: ServerResponse, location: string): void => void res.writeHead(302, { location }).end();

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { pathname, search, searchParams } = new URL(req.url ?? '/', url);
    if (pathname === '/start') {
      const force = searchParams.has('force');
      const passive = searchParams.has('passive');
      const asking = saml({ forceAuthn: force, passive });
      const state = searchParams.get('state') ?? '';
      if (!searchParams.has('post')) return lead(res, await asking.getAuthorizeUrlAsync(state, undefined, {}));
      const byPost = saml({
        forceAuthn: force,
        passive,
        authnRequestBinding: 'HTTP-POST',
        entryPoint: idp.signOnByPost,
      });
      res.writeHead(200, { 'content-type': 'text/html' }).end(await byPost.getAuthorizeFormAsync(state));
      return;
    }
    if (pathname === '/acs') {
      const fields = await bodyOf(req);
      const { profile } = await saml().validatePostResponseAsync(fields);
      // What the library makes of this one status, which it takes for no error.
      if (profile === null) return reply(res, 403, { error: 'NoPassive' });
      const id = randomBytes(16).toString('hex');
      sessions.set(id, profile);
      res.setHeader('set-cookie', `node-saml=${id}; Path=/; HttpOnly`);
      return reply(res, 200, { ...learnedFrom(profile), state: fields['RelayState'] });
    }
    if (pathname === '/who') {
      const profile = sessions.get(sessionOf(req));
      return profile === undefined ? reply(res, 401, {}) : reply(res, 200, learnedFrom(profile));
    }
    if (pathname === '/leave') {
      const profile = sessions.get(sessionOf(req));
      if (profile === undefined) return reply(res, 401, {});
      return lead(res, await saml().getLogoutUrlAsync(profile, '', {}));
    }
    if (pathname === '/slo') {
      const posted = req.method === 'POST';
      const fields = posted ? await bodyOf(req) : Object.fromEntries(searchParams);
      // The library looks for what a posted answer answers only where it is one to a sign-in.
      const answers = { validateInResponseTo: ValidateInResponseTo.never };
      if (posted && fields['SAMLResponse'] !== undefined) await saml(answers).validatePostResponseAsync(fields);
      else if (!posted && fields['SAMLRequest'] === undefined)
        await saml().validateRedirectAsync(fields, search.slice(1));
      else {
        const { profile } = posted
          ? await saml().validatePostRequestAsync(fields)
          : await saml().validateRedirectAsync(fields, search.slice(1));
        if (profile === null) return reply(res, 403, { error: 'nobody' });
        for (const [id, { nameID, sessionIndex }] of sessions)
          if (nameID === profile.nameID && sessionIndex === profile.sessionIndex) sessions.delete(id);
        return lead(res, await saml().getLogoutResponseUrlAsync(profile, fields['RelayState'] ?? '', {}, true));
      }
      sessions.delete(sessionOf(req));
      return reply(res, 200, { left: true });
    }
    return reply(res, 404, {});
  }

  const server = createServer((req, res) => {
    answer(req, res).catch((error: unknown) => reply(res, 403, { error: String(error) }));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  return {
    url,
    entityId,
    consumer,
    metadata,
    isHome: (address) => address.origin === url,
    async ask(visitor: Visitor, asking: Asking = {}): Promise<Page> {
      const { force = false, passive = false, binding = 'redirect', state = '' } = asking;
      const query = new URLSearchParams({ state });
      if (force) query.set('force', '1');
      if (passive) query.set('passive', '1');
      if (binding === 'post') query.set('post', '1');
      return visitor.get(`${url}/start?${query}`);
    },
    async learned(visitor: Visitor): Promise<Learned | undefined> {
      const page = await visitor.get(`${url}/who`);
      return page.status === 200 ? (JSON.parse(page.text) as Learned) : undefined;
    },
    leave: (visitor) => visitor.get(`${url}/leave`),
    async renew(changed) {
      idp = readIdentityProvider({ metadata: changed });
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
