import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../../free-port.ts';
import type { Visitor } from '../../visitor.ts';
import { makeFolder, makeKey, present, removeFolder, runProgram, works } from './program.ts';
import { readIdentityProvider, type IdentityProvider, type Learned, type RealProvider } from './provider.ts';

const PROGRAM = path.join(import.meta.dirname, 'omniauth.rb');

/** Whether what it needs is at hand. */
export const omniauthPresent = present(
  'omniauth-saml (ruby, ruby-omniauth-saml, ruby-rack, ruby-webrick, openssl)',
  works('ruby', ['-e', 'require "omniauth-saml"; require "rack"; require "webrick"']) && works('openssl', ['version']),
);

/** What a site stores about somebody at the first sign-in. */
export type Stored = {
  readonly username: string;
  readonly email: string;
  readonly display_name: string;
  /** Whether it takes the address as proven; Mastodon only. */
  readonly confirmed?: boolean;
};

export type RubySite = Omit<RealProvider, 'learned'> & {
  learned(visitor: Visitor): Promise<(Learned & { readonly stored: Stored }) | undefined>;
};

async function start(
  prefix: string,
  settingsOf: (url: string, folder: string) => Promise<Record<string, unknown>>,
): Promise<RubySite> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const folder = makeFolder('omniauth');
  const settingsFile = path.join(folder, 'settings.json');
  const run = async (settings: Record<string, unknown>) => {
    await writeFile(settingsFile, JSON.stringify({ port, ...settings }));
    return runProgram('ruby', [PROGRAM, settingsFile], { folder, answersAt: `${url}/who` });
  };
  const program = await run(await settingsOf(url, folder));
  const metadata = await (await fetch(`${url}${prefix}/saml/metadata`)).text();

  return {
    url,
    entityId: `${url}${prefix}/saml/metadata`,
    consumer: `${url}${prefix}/saml/callback`,
    metadata,
    isHome: (address) => address.origin === url,
    async ask(visitor, { force = false, passive = false } = {}) {
      const query = new URLSearchParams();
      if (force) query.set('force', '1');
      if (passive) query.set('passive', '1');
      const page = await visitor.get(`${url}/sign_in?${query}`);
      return visitor.submit(page, query.size === 0 ? '/saml' : `/saml?${query}`);
    },
    async learned(visitor) {
      const page = await visitor.get(`${url}/who`);
      return page.status === 200 ? (JSON.parse(page.text) as Learned & { stored: Stored }) : undefined;
    },
    leave: (visitor) => visitor.get(`${url}${prefix}/saml/spslo`),
    renew: () => Promise.reject(new Error('its certificate is in its settings')),
    async close() {
      await program.stop();
      removeFolder(folder);
    },
  };
}

/** The lines of Mastodon's environment for an identity provider, where nothing else is asked for. */
export function mastodonEnvironment(url: string, identityProvider: IdentityProvider): Record<string, string> {
  const idp = readIdentityProvider(identityProvider);
  return {
    SAML_ENABLED: 'true',
    SAML_ACS_URL: `${url}/auth/auth/saml/callback`,
    SAML_ISSUER: `${url}/auth/auth/saml/metadata`,
    SAML_IDP_SSO_TARGET_URL: idp.signOn,
    SAML_IDP_CERT: idp.certificates[0] ?? '',
    SAML_UID_ATTRIBUTE: 'username',
    SAML_ATTRIBUTES_STATEMENTS_EMAIL: 'email',
    SAML_ATTRIBUTES_STATEMENTS_FULL_NAME: 'name',
    SAML_SECURITY_WANT_ASSERTION_SIGNED: 'true',
    SAML_SECURITY_ASSUME_EMAIL_IS_VERIFIED: 'true',
  };
}

/** Starts a site that reads these lines, and stores people, as Mastodon does. Its requests are never signed. */
export function startMastodon(
  environment: (url: string) => Record<string, string> | Promise<Record<string, string>>,
): Promise<RubySite> {
  return start('/auth/auth', async (url) => ({ environment: await environment(url) }));
}

/**
 * Starts a site that stores people as GitLab does, with all that ruby-saml can do: it signs what it sends, wants a
 * signed and encrypted assertion, and takes part in single logout.
 */
export function startGitlab(identityProvider: IdentityProvider): Promise<RubySite> {
  const idp = readIdentityProvider(identityProvider);
  return start('/users/auth', async (url, folder) => {
    const { key, certificate } = makeKey(folder);
    const options = {
      assertion_consumer_service_url: `${url}/users/auth/saml/callback`,
      single_logout_service_url: `${url}/users/auth/saml/slo`,
      slo_default_relay_state: `${url}/bye`,
      issuer: `${url}/users/auth/saml/metadata`,
      idp_entity_id: idp.entityId,
      idp_sso_target_url: idp.signOn,
      idp_slo_service_url: idp.logout,
      idp_cert: idp.certificates[0],
      name_identifier_format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
      certificate,
      private_key: key,
      security: {
        authn_requests_signed: true,
        logout_requests_signed: true,
        logout_responses_signed: true,
        want_assertions_signed: true,
        want_assertions_encrypted: true,
        metadata_signed: true,
        signature_method: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
        digest_method: 'http://www.w3.org/2001/04/xmlenc#sha256',
      },
      attribute_statements: { nickname: ['username'] },
    };
    return { options };
  });
}
