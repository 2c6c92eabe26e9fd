import type { Application } from '../../../src/applications/applications.ts';
import type { ServiceProvider } from '../../../src/applications/applications.ts';
import {
  SERVICE_PROVIDER_DEFAULTS,
  type ServiceProviderSettings,
} from '../../../src/applications/service-provider-settings.ts';
import type { ApplicationSettings } from '../../../src/applications/settings.ts';
import { readMetadata } from '../../../src/saml/sp-metadata.ts';
import { walk, type Answers } from '../../application.ts';
import type { House } from '../../house.ts';
import { addApplication } from '../../people.ts';
import { textOf, type Page, type Visitor } from '../../visitor.ts';
import type { Asking, IdentityProvider, RealProvider } from './provider.ts';

/** Our metadata, as anybody reads it. */
export async function identityProviderOf(house: House): Promise<IdentityProvider> {
  const answer = await fetch(`${house.url}/saml/metadata`);
  return { metadata: await answer.text() };
}

/** Registers a service provider with what its metadata says, as one of an application of its own. */
export async function register(
  house: House,
  name: string,
  provider: Pick<RealProvider, 'url' | 'metadata'>,
  {
    application: settings = {},
    ...more
  }: Partial<ServiceProviderSettings> & { application?: Partial<ApplicationSettings> } = {},
): Promise<{ application: Application; serviceProvider: ServiceProvider }> {
  const application = await addApplication(house.parts, name, provider.url, settings);
  const understood = readMetadata(provider.metadata, { now: Date.now() });
  if (!('consumers' in understood)) throw new Error('metadata of several');
  const { entityId, consumers, logout, signedRequests } = understood;
  const { signingCertificates, encryptionCertificates, encryptionAlgorithms } = understood;
  const serviceProvider = await house.parts.applications.addServiceProvider(application.id, {
    ...SERVICE_PROVIDER_DEFAULTS,
    label: name,
    entityId,
    consumers,
    logout,
    signedRequests,
    signingCertificates,
    encryptionCertificates,
    encryptionAlgorithms,
    ...more,
  });
  return { application, serviceProvider };
}

/** A message that a page is about to carry to another site. */
export type Message = { readonly action: string; readonly fields: Readonly<Record<string, string>> };

/** The message that a page would post by itself, by script or by its button; undefined where it carries none. */
export function messageOf(page: Page, field: 'SAMLRequest' | 'SAMLResponse'): Message | undefined {
  const form = page.document.querySelectorAll('form').find((entry) => entry.querySelector(`input[name=${field}]`));
  if (form === undefined) return undefined;
  const inputs = form.querySelectorAll('input[name]');
  const fields = inputs.map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? ''] as const);
  return { action: form.getAttribute('action') ?? '', fields: Object.fromEntries(fields) };
}

/** Posts a message as a browser does that comes from another site. */
export function post(visitor: Visitor, from: Page, { action, fields }: Message): Promise<Page> {
  return visitor.post(action, fields, { 'sec-fetch-site': 'cross-site', origin: from.url.origin });
}

/** Goes on as long as pages post messages by themselves. */
export async function carry(
  visitor: Visitor,
  page: Page,
  fields: readonly ('SAMLRequest' | 'SAMLResponse')[] = ['SAMLRequest', 'SAMLResponse'],
): Promise<Page> {
  let at = page;
  for (let hop = 0; hop < 6; hop += 1) {
    const message = fields.map((field) => messageOf(at, field)).find((found) => found !== undefined);
    if (message === undefined) return at;
    at = await post(visitor, at, message);
  }
  throw new Error(`too many messages, at ${at.url.href}`);
}

/** An answer on the page that would post it, and that page. */
export type Handed = { readonly page: Page; readonly answer: Message; readonly xml: string };

/** Asks, answers the pages on the way, and stops where the answer is about to be posted. */
export async function comeToAnswer(
  visitor: Visitor,
  provider: RealProvider,
  answers: Answers,
  asking: Asking = {},
): Promise<Handed> {
  const asked = await carry(visitor, await provider.ask(visitor, asking), ['SAMLRequest']);
  return handedOver(await walk(visitor, provider, asked, answers));
}

/** The answer on a page. */
export function handedOver(page: Page): Handed {
  const answer = messageOf(page, 'SAMLResponse');
  if (answer === undefined) throw new Error(`no answer at ${page.url.pathname} (${page.status}): ${textOf(page)}`);
  return { page, answer, xml: Buffer.from(answer.fields['SAMLResponse'] ?? '', 'base64').toString('utf8') };
}

/** A whole sign-in: to the page that the service provider shows at the end. */
export async function signInAt(
  visitor: Visitor,
  provider: RealProvider,
  answers: Answers,
  asking: Asking = {},
): Promise<Page> {
  const { page, answer } = await comeToAnswer(visitor, provider, answers, asking);
  return post(visitor, page, answer);
}

/** An answer that says that it is from a second before, as somebody on the way could make it: all else is as it was. */
export function aSecondEarlier({ answer, page, xml }: Handed): Handed {
  const [before = ''] = /(?<= IssueInstant=")[^"]+/u.exec(xml) ?? [];
  const after = new Date(Date.parse(before) - 1000).toISOString();
  const other = xml.replace(before, before.includes('.') ? after : after.replace(/\.\d+/u, ''));
  const fields = { ...answer.fields, SAMLResponse: Buffer.from(other).toString('base64') };
  return { page, answer: { ...answer, fields }, xml: other };
}
