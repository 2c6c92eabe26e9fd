import { randomBytes } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import type { Application, ServiceProvider } from '../src/applications/applications.ts';
import {
  SERVICE_PROVIDER_DEFAULTS,
  type ServiceProviderSettings,
} from '../src/applications/service-provider-settings.ts';
import type { ApplicationSettings } from '../src/applications/settings.ts';
import { walk, type Answers } from './application.ts';
import { freePort } from './free-port.ts';
import type { House } from './house.ts';
import { addApplication } from './people.ts';
import { makeKey, type TestKey } from './saml/keys.ts';
import { form, packed, signed, signedQuery } from './saml/requests.ts';
import { textOf, type Page, type Visitor } from './visitor.ts';

const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion';
export const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';

/** A service provider that writes its own messages and reads the answers; nothing listens at its addresses. */
export type Wiki = {
  readonly application: Application;
  readonly provider: ServiceProvider;
  readonly key: TestKey;
  readonly url: string;
  readonly consumer: string;
  readonly logoutUrl: string;
  /** Our addresses, as it knows them. */
  readonly sso: string;
  readonly slo: string;
  /** Whether an address is this service provider's: where a visitor stops. */
  isHome(url: URL): boolean;
};

let shared: TestKey | undefined;

/** Registers a service provider, which signs its messages and decrypts with `key` (one for all, if none is given). */
export async function openWiki(
  house: House,
  name: string,
  settings: {
    application?: Partial<ApplicationSettings>;
    provider?: Partial<ServiceProviderSettings>;
    of?: Application;
    key?: TestKey;
  } = {},
): Promise<Wiki> {
  const url = `http://localhost:${await freePort()}`;
  const key = settings.key ?? (shared ??= makeKey());
  const application = settings.of ?? (await addApplication(house.parts, name, url, settings.application));
  const provider = await house.parts.applications.addServiceProvider(application.id, {
    ...SERVICE_PROVIDER_DEFAULTS,
    label: name,
    entityId: `${url}/metadata`,
    consumers: [{ url: `${url}/acs`, index: 0, isDefault: true }],
    logout: [{ binding: 'redirect', url: `${url}/slo` }],
    signingCertificates: [key.certificate],
    ...settings.provider,
  });
  return {
    application,
    provider,
    key,
    url,
    consumer: `${url}/acs`,
    logoutUrl: `${url}/slo`,
    sso: `${house.url}/saml/sso`,
    slo: `${house.url}/saml/slo`,
    isHome: (address) => address.origin === url,
  };
}

/** What a service provider asks for; times in milliseconds. */
export type Asking = {
  readonly id?: string;
  readonly at?: number;
  readonly destination?: string;
  readonly forceAuthn?: boolean;
  readonly isPassive?: boolean;
  /** Further attributes of the request, as they are written. */
  readonly attributes?: string;
  /** What follows the issuer, as it is written. */
  readonly inside?: string;
  readonly relayState?: string;
};

const newId = (): string => `_${randomBytes(16).toString('hex')}`;
const instant = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

function message(
  kind: string,
  { id, at = Date.now(), destination }: { id: string; at?: number | undefined; destination: string },
  attributes: string,
  issuer: string,
  inside: string,
): string {
  return (
    `<samlp:${kind} xmlns:samlp="${PROTOCOL}" xmlns:saml="${ASSERTION}" ID="${id}" Version="2.0"` +
    ` IssueInstant="${instant(at)}" Destination="${destination}"${attributes}>` +
    `<saml:Issuer>${issuer}</saml:Issuer>${inside}</samlp:${kind}>`
  );
}

/** A request as it is written, not signed yet. */
export function writeAsking(wiki: Wiki, asking: Asking = {}): { id: string; xml: string } {
  const { id = newId(), at, destination = wiki.sso, forceAuthn, isPassive, attributes = '', inside = '' } = asking;
  const flags = `${forceAuthn === true ? ' ForceAuthn="true"' : ''}${isPassive === true ? ' IsPassive="1"' : ''}`;
  const xml = message('AuthnRequest', { id, at, destination }, flags + attributes, wiki.provider.entityId, inside);
  return { id, xml };
}

/** A sign-in request by Redirect: its ID, and what to send the browser to. */
export function ask(wiki: Wiki, asking: Asking = {}, key = wiki.key): { id: string; url: string } {
  const { id, xml } = writeAsking(wiki, asking);
  return { id, url: `${wiki.sso}?${signedQuery(xml, key, asking.relayState)}` };
}

/** The same without a signature. */
export function askUnsigned(wiki: Wiki, asking: Asking = {}): { id: string; url: string } {
  const { id, xml } = writeAsking(wiki, asking);
  const state = asking.relayState === undefined ? '' : `&RelayState=${encodeURIComponent(asking.relayState)}`;
  return { id, url: `${wiki.sso}?SAMLRequest=${packed(xml)}${state}` };
}

/** A form from another site, with none of our cookies: what comes of it, without going on. */
export function post(url: string, body: string): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    body,
    redirect: 'manual',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'cross-site',
      accept: 'text/html',
    },
  });
}

/** Sends a browser with a request by POST, and on to where that leads. */
export async function askByPost(
  visitor: Visitor,
  wiki: Wiki,
  asking: Asking = {},
): Promise<{ id: string; page: Page }> {
  const { id, xml } = writeAsking(wiki, asking);
  const answer = await post(wiki.sso, form(signed(xml, wiki.key), asking.relayState));
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`a request by POST was answered ${answer.status}`);
  return { id, page: await visitor.get(new URL(location, wiki.sso)) };
}

/** What a page would carry to a service provider by a form. */
export type Handed = { readonly action: string; readonly xml: string; readonly relayState: string | undefined };

/** The answer that a page is about to carry; nothing where it is another page. */
export function handed({ document }: Page): Handed | undefined {
  const value = document.querySelector('input[name=SAMLResponse]')?.getAttribute('value');
  if (value === undefined) return undefined;
  return {
    action: document.querySelector('form[data-submit]')?.getAttribute('action') ?? '',
    xml: Buffer.from(value, 'base64').toString(),
    relayState: document.querySelector('input[name=RelayState]')?.getAttribute('value'),
  };
}

/** The same where there must be one. */
export function answerOn(page: Page): Handed {
  const found = handed(page);
  if (found === undefined) throw new Error(`no answer at ${page.url.pathname} (${page.status}): ${textOf(page)}`);
  return found;
}

/** A whole sign-in: request, pages, and the answer that the last page hands over. */
export async function signInAt(
  visitor: Visitor,
  wiki: Wiki,
  answers: Answers,
  asking: Asking = {},
): Promise<Handed & { readonly id: string }> {
  const { id, url } = ask(wiki, asking);
  const page = await walk(visitor, wiki, await visitor.get(url), answers);
  return { id, ...answerOn(page) };
}

/** What a logout request says of whom; times in milliseconds. */
export type Leaving = {
  readonly nameId: string;
  readonly sessionIndexes?: readonly string[];
  readonly id?: string;
  readonly at?: number;
  readonly until?: number;
  readonly relayState?: string;
};

/** A logout request as it is written, not signed yet. */
export function writeLeaving(wiki: Wiki, { nameId, sessionIndexes = [], id = newId(), at, until }: Leaving): string {
  const inside = [
    `<saml:NameID>${nameId}</saml:NameID>`,
    ...sessionIndexes.map((index) => `<samlp:SessionIndex>${index}</samlp:SessionIndex>`),
  ].join('');
  const attributes = until === undefined ? '' : ` NotOnOrAfter="${instant(until)}"`;
  return message('LogoutRequest', { id, at, destination: wiki.slo }, attributes, wiki.provider.entityId, inside);
}

/** A logout request by Redirect. */
export function askToLeave(wiki: Wiki, leaving: Leaving, key = wiki.key): string {
  return `${wiki.slo}?${signedQuery(writeLeaving(wiki, leaving), key, leaving.relayState)}`;
}

/** The message that an address carries to a service provider. */
export function carriedBy({ searchParams }: URL): { kind: 'SAMLRequest' | 'SAMLResponse'; xml: string } {
  const kind = searchParams.has('SAMLRequest') ? 'SAMLRequest' : 'SAMLResponse';
  return { kind, xml: inflateRawSync(Buffer.from(searchParams.get(kind) ?? '', 'base64')).toString() };
}

/** The answer to a logout request that came to a service provider: the address to send the browser back to. */
export function answerLeaving(wiki: Wiki, request: URL): string {
  const [, id] = / ID="([^"]+)"/u.exec(carriedBy(request).xml) ?? [];
  const status = `<samlp:Status><samlp:StatusCode Value="${SUCCESS}"/></samlp:Status>`;
  const to = { id: newId(), destination: wiki.slo };
  const xml = message('LogoutResponse', to, ` InResponseTo="${id}"`, wiki.provider.entityId, status);
  return `${wiki.slo}?${signedQuery(xml, wiki.key, undefined, undefined, 'SAMLResponse')}`;
}
