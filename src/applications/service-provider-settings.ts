import { z } from 'zod';
import { SettingsProblem } from '../errors.ts';
import { isReturnAddress } from './client-settings.ts';

/** What a NameID can be for a service provider (SAML Core §8.3); `unspecified` is the name of the profile. */
export const NAME_ID_FORMATS = ['persistent', 'emailAddress', 'unspecified', 'transient'] as const;

/** What messages, metadata and settings of applications call it. */
export const NAME_ID_URIS: Readonly<Record<(typeof NAME_ID_FORMATS)[number], string>> = {
  persistent: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  emailAddress: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
  unspecified: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
  transient: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
};

/** The format of that name; nothing where we do not have it. */
export function nameIdFormatOf(uri: string): (typeof NAME_ID_FORMATS)[number] | undefined {
  return NAME_ID_FORMATS.find((format) => NAME_ID_URIS[format] === uri);
}

/** How attributes are named: in words, by the identifiers of the usual directories, or both. */
export const ATTRIBUTE_NAMES = ['basic', 'oid', 'both'] as const;

/** A further attribute that identifies the profile (SAML Subject Identifier Attributes Profile 1.0). */
export const SUBJECT_ATTRIBUTES = ['none', 'pairwise-id', 'subject-id'] as const;

/** How an assertion is encrypted, as the service provider's metadata says (XML Encryption 1.1 §5.2). */
export const ENCRYPTION_ALGORITHMS = ['aes256-gcm', 'aes128-gcm', 'aes256-cbc', 'aes128-cbc'] as const;

const MOST_ENDPOINTS = 20;
const MOST_CERTIFICATES = 10;

const serverAddress = z
  .string()
  .max(1000)
  .refine((text) => isReturnAddress(text) && /^https?:/u.test(text));

/** Whether a text can name an entity (SAML Core §8.3.6): an address or a URN, of characters that XML can carry. */
export function isEntityId(text: string): boolean {
  return text !== '' && Buffer.byteLength(text) <= 1024 && !/[\s\p{Cc}\p{Cs}\uFFFE\uFFFF]/u.test(text);
}

/** A certificate in DER, as base64 without line breaks. */
const certificate = z
  .string()
  .max(16_000)
  .regex(/^[A-Za-z0-9+/]+={0,2}$/u);

const consumer = z.object({ url: serverAddress, index: z.number().int().min(0).max(65_535), isDefault: z.boolean() });

const logoutEndpoint = z.object({
  binding: z.enum(['redirect', 'post']),
  url: serverAddress,
  /** Where answers go, if elsewhere. */
  responseUrl: serverAddress.optional(),
});

/** Where its metadata comes from, and how the last attempt to read it again ended. Times in milliseconds. */
const metadataSource = z.object({
  url: serverAddress.optional(),
  /** Certificates or public keys in PEM that must have signed it; none: its signature is not looked at. */
  keys: z.array(z.string().max(20_000)).max(5),
  takenAt: z.number(),
  validUntil: z.number().optional(),
  /** How soon it asks to be read again. */
  refreshEvery: z.number().optional(),
  /** What it says and is not used: keys of sentences. */
  remarks: z.array(z.string().max(60)).max(40).optional(),
  triedAt: z.number().optional(),
  problem: z.object({ code: z.string(), params: z.record(z.string(), z.union([z.string(), z.number()])) }).optional(),
});

/** One SAML service provider of an application. */
export const serviceProviderSettings = z.object({
  label: z.string().trim().min(1).max(60),
  /** As it stands in its messages. */
  entityId: z.string().max(1024).refine(isEntityId),
  /** Where answers may be sent, by HTTP POST (SAML Metadata §2.4.4). */
  consumers: z.array(consumer).min(1).max(MOST_ENDPOINTS),
  /** Where logout messages are sent; none: it takes no part in single logout. */
  logout: z.array(logoutEndpoint).max(4),
  /** What its messages are signed with. */
  signingCertificates: z.array(certificate).max(MOST_CERTIFICATES),
  /** What assertions for it can be encrypted with; the first one is used. */
  encryptionCertificates: z.array(certificate).max(MOST_CERTIFICATES),
  /** In its order of preference; none: it did not say. */
  encryptionAlgorithms: z.array(z.enum(ENCRYPTION_ALGORITHMS)).max(ENCRYPTION_ALGORITHMS.length),
  /** Whether its sign-in requests must be signed. One that is signed must verify in any case. */
  signedRequests: z.boolean(),
  /** Whether assertions are encrypted where it has a key for it. */
  encrypt: z.boolean(),
  nameId: z.enum(NAME_ID_FORMATS),
  /** Send this NameID whatever its requests ask for. */
  nameIdFixed: z.boolean(),
  attributes: z.enum(ATTRIBUTE_NAMES),
  subjectAttribute: z.enum(SUBJECT_ATTRIBUTES),
  /** Whether people may enter from their own pages, without a request of its own. */
  unsolicited: z.boolean(),
  /** What goes along then (RelayState), in bytes of UTF-8 at most 80 (SAML Bindings §3.4.3). */
  unsolicitedState: z
    .string()
    .refine((text) => Buffer.byteLength(text) <= 80 && !/[\p{Cc}\p{Cs}]/u.test(text))
    .optional(),
  metadata: metadataSource.optional(),
});

export type ServiceProviderSettings = z.output<typeof serviceProviderSettings>;

/** A new service provider's settings where the administrator did not say otherwise. */
export const SERVICE_PROVIDER_DEFAULTS: Omit<ServiceProviderSettings, 'label' | 'entityId' | 'consumers'> = {
  logout: [],
  signingCertificates: [],
  encryptionCertificates: [],
  encryptionAlgorithms: [],
  signedRequests: false,
  encrypt: true,
  nameId: 'persistent',
  nameIdFixed: false,
  attributes: 'basic',
  subjectAttribute: 'none',
  unsolicited: false,
};

const CODES: Record<string, string> = {
  label: 'application_name_required',
  entityId: 'entity_id_invalid',
  consumers: 'consumer_invalid',
  logout: 'url_invalid',
  signingCertificates: 'certificate_invalid',
  encryptionCertificates: 'certificate_invalid',
  unsolicitedState: 'relay_state_invalid',
  metadata: 'url_invalid',
};

/**
 * Checks a service provider's settings.
 * @throws {SettingsProblem} with a code for each field that is wrong.
 */
export function checkServiceProvider(input: unknown): ServiceProviderSettings {
  const result = serviceProviderSettings.safeParse(input);
  if (result.success) return result.data;
  throw new SettingsProblem(
    result.error.issues.map(({ path }) => {
      const field = String(path[0]);
      return { field, code: CODES[field] ?? 'choice_required', params: {} };
    }),
  );
}
