import { X509Certificate } from 'node:crypto';
import type { Request } from 'express';
import {
  SERVICE_PROVIDER_DEFAULTS,
  type ServiceProvider,
  type ServiceProviderSettings,
} from '../../applications/applications.ts';
import { SettingsProblem } from '../../errors.ts';
import { pemOf } from '../../saml/saml.ts';
import { field, lines } from '../form.ts';

/** What a form starts with: a service provider as it stands, or one that is not there yet. */
export type Known = Omit<ServiceProvider, 'id' | 'applicationId'>;

export const NOTHING_KNOWN: Known = { ...SERVICE_PROVIDER_DEFAULTS, label: '', entityId: '', consumers: [] };

const BLOCK = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]{1,20000})-----END CERTIFICATE-----/gu;

const TEXT_FIELDS = [
  'label',
  'entityId',
  'consumers',
  'logout',
  'logoutBinding',
  'signingCertificates',
  'encryptionCertificates',
  'signedRequests',
  'encrypt',
  'nameId',
  'nameIdFixed',
  'attributes',
  'subjectAttribute',
  'unsolicited',
  'unsolicitedState',
] as const;

/** What the fields of a form hold for a service provider. */
export function valuesOf(provider: Known): Record<string, string> {
  const tick = (on: boolean): string => (on ? 'on' : '');
  const [logout] = provider.logout;
  const inOrder = provider.consumers.toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault) || a.index - b.index);
  return {
    label: provider.label,
    entityId: provider.entityId,
    consumers: inOrder.map(({ url }) => url).join('\n'),
    logout: logout?.url ?? '',
    logoutBinding: logout?.binding ?? 'redirect',
    signingCertificates: provider.signingCertificates.map(pemOf).join(''),
    encryptionCertificates: provider.encryptionCertificates.map(pemOf).join(''),
    signedRequests: tick(provider.signedRequests),
    encrypt: tick(provider.encrypt),
    nameId: provider.nameId,
    nameIdFixed: tick(provider.nameIdFixed),
    attributes: provider.attributes,
    subjectAttribute: provider.subjectAttribute,
    unsolicited: tick(provider.unsolicited),
    unsolicitedState: provider.unsolicitedState ?? '',
  };
}

/** What was typed, for a form that is shown again. */
export const typedIn = (req: Request): Record<string, string> =>
  Object.fromEntries(TEXT_FIELDS.map((name) => [name, field(req, name)]));

/** Where a certificate has an RSA key, how long that must be at least, as it must in metadata. */
const LEAST_BITS = 2048;

function readCertificate(body: string): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(Buffer.from(body, 'base64'));
    // Of a kind that can be read, too.
    return certificate.publicKey.type === 'public' ? certificate : undefined;
  } catch {
    return undefined;
  }
}

/** @throws {SettingsProblem} certificate_invalid, certificate_weak, certificate_not_rsa */
function readCertificates(req: Request, name: 'signingCertificates' | 'encryptionCertificates'): string[] {
  const refuse = (code: string): never => {
    throw new SettingsProblem([{ field: name, code, params: {} }]);
  };
  const text = field(req, name).trim();
  const found = [...text.matchAll(BLOCK)].map(([, body = '']) => body);
  if (text !== '' && found.length === 0) refuse('certificate_invalid');
  return found.map((body) => {
    const certificate = readCertificate(body) ?? refuse('certificate_invalid');
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
    const isRsa = asymmetricKeyType === 'rsa';
    if (isRsa && (asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_BITS) refuse('certificate_weak');
    if (!isRsa && name === 'encryptionCertificates') refuse('certificate_not_rsa');
    return certificate.raw.toString('base64');
  });
}

/** The addresses, one a line; one that was there keeps its index, for the application may ask by it. */
function readConsumers(req: Request, before: Known): ServiceProviderSettings['consumers'] {
  const urls = [...new Set(lines(req, 'consumers'))];
  const known = new Map(before.consumers.map(({ url, index }) => [url, index]));
  const taken = new Set(urls.flatMap((url) => known.get(url) ?? []));
  const free = (): number => {
    let index = 0;
    while (taken.has(index)) index += 1;
    taken.add(index);
    return index;
  };
  return urls.map((url, place) => ({ url, index: known.get(url) ?? free(), isDefault: place === 0 }));
}

/** One address; what the form does not ask stays as long as that address does. */
function readLogout(req: Request, before: Known): unknown[] {
  const url = field(req, 'logout').trim();
  const binding = field(req, 'logoutBinding');
  if (url === '') return [];
  const [first] = before.logout;
  return first?.url === url && first.binding === binding ? before.logout : [{ url, binding }];
}

/**
 * What metadata would say, as it was written by hand.
 * @throws {SettingsProblem} certificate_invalid, certificate_weak, certificate_not_rsa
 */
export function readByHand(req: Request, before: Known): Record<string, unknown> {
  return {
    entityId: field(req, 'entityId').trim(),
    consumers: readConsumers(req, before),
    logout: readLogout(req, before),
    signingCertificates: readCertificates(req, 'signingCertificates'),
    encryptionCertificates: readCertificates(req, 'encryptionCertificates'),
    encryptionAlgorithms: before.encryptionAlgorithms,
  };
}

/** The settings that an administrator chooses; what is wrong with them is for `checkServiceProvider` to say. */
export function readChoices(req: Request): Record<string, unknown> {
  const state = field(req, 'unsolicitedState').trim();
  const isOn = (name: string): boolean => field(req, name) === 'on';
  return {
    label: field(req, 'label'),
    signedRequests: isOn('signedRequests'),
    encrypt: isOn('encrypt'),
    nameId: field(req, 'nameId'),
    nameIdFixed: isOn('nameIdFixed'),
    attributes: field(req, 'attributes'),
    subjectAttribute: field(req, 'subjectAttribute'),
    unsolicited: isOn('unsolicited'),
    unsolicitedState: state === '' ? undefined : state,
  };
}

/**
 * Requests that must be signed need something to check them with.
 * @throws {SettingsProblem} certificate_required
 */
export function checkSignable(settings: Record<string, unknown>): void {
  const { signedRequests, signingCertificates } = settings;
  if (signedRequests !== true || !Array.isArray(signingCertificates) || signingCertificates.length > 0) return;
  throw new SettingsProblem([{ field: 'signedRequests', code: 'certificate_required', params: {} }]);
}
