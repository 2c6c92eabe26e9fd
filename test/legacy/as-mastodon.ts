import { SAML, ValidateInResponseTo } from '@node-saml/node-saml';
import * as client from 'openid-client';
import type { House } from '../house.ts';
import { answerOn } from '../service-provider.ts';
import type { Page, Visitor } from '../visitor.ts';

/** What Mastodon learns of a person: the value that it looks up among its identities, and the address. */
export type Learned = { readonly uid: string; readonly email: string | undefined; readonly verified: unknown };

/** Walks a visitor through the pages between a request and the application. */
export type Walk = (page: Page) => Promise<Page>;

/** Mastodon as it signs people in, by the settings that the template prints for its `.env.production`. */
export type Door = {
  readonly provider: 'openid_connect' | 'saml';
  signIn(visitor: Visitor, walk: Walk): Promise<Learned>;
};

const claimOf = (claims: Readonly<Record<string, unknown>>, name: string): string => {
  const value = claims[name];
  if (typeof value !== 'string') throw new Error(`there is no ${name}`);
  return value;
};

/** By OpenID Connect. `settings`: lines of the file, by name. */
export async function openIdDoor(settings: Readonly<Record<string, string>>): Promise<Door> {
  const setting = (name: string): string => settings[name] ?? '';
  const configuration = await client.discovery(
    new URL(setting('OIDC_ISSUER')),
    setting('OIDC_CLIENT_ID'),
    undefined,
    client.ClientSecretBasic(setting('OIDC_CLIENT_SECRET')),
    { execute: [client.allowInsecureRequests] },
  );
  return {
    provider: 'openid_connect',
    async signIn(visitor, walk) {
      const pkceCodeVerifier = client.randomPKCECodeVerifier();
      const expectedState = client.randomState();
      const expectedNonce = client.randomNonce();
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: setting('OIDC_REDIRECT_URI'),
        scope: setting('OIDC_SCOPE').replaceAll(',', ' '),
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
        state: expectedState,
        nonce: expectedNonce,
      });
      const { url: answer } = await walk(await visitor.get(url));
      const checks = { pkceCodeVerifier, expectedState, expectedNonce };
      const tokens = await client.authorizationCodeGrant(configuration, answer, checks);
      const idToken = tokens.claims();
      if (idToken === undefined) throw new Error('no ID token');
      // Both together, and where they differ the ID token counts.
      const userinfo = await client.fetchUserInfo(configuration, tokens.access_token, idToken.sub);
      const claims = { ...userinfo, ...idToken };
      return {
        uid: claimOf(claims, setting('OIDC_UID_FIELD')),
        email: claims.email === undefined ? undefined : claimOf(claims, 'email'),
        verified: claims['email_verified'],
      };
    },
  };
}

/** By SAML, which looks at the attribute that SAML_UID_ATTRIBUTE names. */
export async function samlDoor(
  house: House,
  at: { readonly entityId: string; readonly consumer: string },
): Promise<Door> {
  const ours = await house.parts.saml.ours();
  const saml = new SAML({
    issuer: at.entityId,
    callbackUrl: at.consumer,
    entryPoint: ours.ssoUrl,
    idpCert: ours.certificates.map(({ pem }) => pem),
    identifierFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    wantAssertionsSigned: true,
    validateInResponseTo: ValidateInResponseTo.always,
    disableRequestedAuthnContext: true,
  });
  return {
    provider: 'saml',
    async signIn(visitor, walk) {
      const page = await walk(await visitor.get(await saml.getAuthorizeUrlAsync('', undefined, {})));
      const { xml } = answerOn(page);
      const answer = { SAMLResponse: Buffer.from(xml).toString('base64') };
      const { profile } = await saml.validatePostResponseAsync(answer);
      const attributes = (profile?.['attributes'] ?? {}) as Record<string, string>;
      return { uid: attributes['uid'] ?? '', email: attributes['email'], verified: undefined };
    },
  };
}
