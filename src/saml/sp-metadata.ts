import type { ServiceProviderSettings } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { attributeOf, parseDocument, type XmlDocument } from './document.ts';
import { withoutComments } from './metadata-comments.ts';
import { derOf } from './metadata-keys.ts';
import { refuseMetadata } from './metadata-problem.ts';
import { refreshEveryOf, validUntilOf } from './metadata-time.ts';
import { verifyEnveloped } from './signature.ts';
import { consumersOf, logoutOf } from './sp-endpoints.ts';
import { entityOf, rolesOf, type Choice, type Entity } from './sp-entity.ts';
import { keysOf } from './sp-keys.ts';
import { displayNameOf, nameIdFormatsOf } from './sp-words.ts';

/** What metadata says of one service provider, as far as we can use it. */
export type Understood = Pick<
  ServiceProviderSettings,
  | 'entityId'
  | 'consumers'
  | 'logout'
  | 'signingCertificates'
  | 'encryptionCertificates'
  | 'encryptionAlgorithms'
  | 'signedRequests'
> & {
  /** The identifiers of the NameID formats it takes, in its order. */
  readonly nameIdFormats: readonly string[];
  /** Not to be used after this moment, in milliseconds. */
  readonly validUntil?: number;
  /** How soon it asks to be read again, in milliseconds, within our bounds. */
  readonly refreshEvery?: number;
  /** One line for people, without anything harmful but not escaped; at most 60 UTF-16 units. */
  readonly displayName?: string;
  /** What was left out: keys of sentences. */
  readonly remarks: readonly string[];
};

export type ReadOptions = {
  /** Which one, where there are several. */
  entityId?: string | undefined;
  /** Certificates or public keys in PEM, one of which must have signed the root; none: signatures are not looked at. */
  keys?: readonly string[] | undefined;
  now: number;
  /** The largest text, in bytes. */
  limit?: number;
};

/** The largest metadata that is pasted or uploaded, in bytes: that of one service provider has a few thousand. */
export const GIVEN_LIMIT = 1024 * 1024;

const MOST_DEPTH = 40;
const MOST_ATTRIBUTES = 60;
/** A tree takes memory by its nodes, not by its bytes. Real metadata has an element every 100 bytes or more. */
const BYTES_PER_ELEMENT = 80;
const BYTES_PER_ATTRIBUTE = 40;

/** @throws {UserError} metadata_too_large, metadata_invalid: xml_complex */
function checkSize(xml: string, limit: number): void {
  // Each UTF-16 unit is a byte at least: what is much too large is not even measured.
  if (xml.length > limit || Buffer.byteLength(xml) > limit) {
    throw new UserError('metadata_too_large', { mebibytes: limit / 1024 ** 2 });
  }
  const most = limit / BYTES_PER_ATTRIBUTE;
  let count = 0;
  for (let at = xml.indexOf('='); at !== -1; at = xml.indexOf('=', at + 1)) count += 1;
  if (count > most) refuseMetadata('xml_complex');
}

/** @throws {UserError} metadata_invalid: doctype, processing_instruction, cdata, and what `parseDocument` refuses */
function parse(xml: string, limit: number): XmlDocument {
  const text = withoutComments(xml);
  if (/<!(?:DOCTYPE|ENTITY)/iu.test(text)) refuseMetadata('doctype');
  if (text.includes('<![CDATA[')) refuseMetadata('cdata');
  if (/<\?(?!xml[\s?])/u.test(text)) refuseMetadata('processing_instruction');
  return parseDocument(text.trim(), {
    size: limit,
    depth: MOST_DEPTH,
    elements: limit / BYTES_PER_ELEMENT,
    attributes: MOST_ATTRIBUTES,
  });
}

/** What cannot be read or verified is a fault of the metadata here, of whatever the parser calls it. */
function asMetadata<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError && error.code === 'saml_message_invalid') {
      throw new UserError('metadata_invalid', error.params);
    }
    throw error;
  }
}

function understand(entity: Entity, now: number): Understood {
  const [role, second] = rolesOf(entity);
  if (role === undefined) refuseMetadata('no_service_provider');
  if (second !== undefined) refuseMetadata('several_roles');
  const remarks = new Set<string>();
  const remark = (key: string): void => void remarks.add(key);
  const above = [...entity.ancestors, entity.element, role];
  const validUntil = validUntilOf(above, now);
  const refreshEvery = refreshEveryOf(above);
  const keys = keysOf(role, now, remark);
  const signedRequests = ['true', '1'].includes((attributeOf(role, 'AuthnRequestsSigned') ?? '').trim());
  if (signedRequests && keys.signingCertificates.length === 0) refuseMetadata('signing_key_missing');
  const logout = logoutOf(role, remark);
  // Logout messages must be signed: without a key it can be told of a logout but never ask for one.
  if (logout.length > 0 && keys.signingCertificates.length === 0) remark('logout_without_key');
  const displayName = displayNameOf(entity.element, role);
  return {
    entityId: entity.id,
    consumers: consumersOf(role, remark),
    logout,
    ...keys,
    signedRequests,
    nameIdFormats: nameIdFormatsOf(role),
    ...(validUntil === undefined ? {} : { validUntil }),
    ...(refreshEvery === undefined ? {} : { refreshEvery }),
    ...(displayName === undefined ? {} : { displayName }),
    remarks: [...remarks],
  };
}

/**
 * Reads the metadata of a service provider (SAML Metadata §2): an EntityDescriptor, or one of the EntitiesDescriptor,
 * nested ones too. With several to choose from and no `entityId` it returns the choice. Where keys are given, the root
 * must be signed by one of them, and every value comes from the canonical text that was signed. Without keys a signature
 * is not looked at. What we cannot use is left out and remarked.
 * @throws {UserError} metadata_too_large; metadata_invalid with the exact reason.
 */
export function readMetadata(xml: string, options: ReadOptions): Understood | Choice {
  const { entityId, keys = [], now, limit = GIVEN_LIMIT } = options;
  checkSize(xml, limit);
  return asMetadata(() => {
    const given = parse(xml, limit);
    const { root } = keys.length === 0 ? given : parse(verifyEnveloped(given, keys.map(derOf)), limit);
    const entity = entityOf(root, entityId);
    if ('choose' in entity) {
      validUntilOf([root], now);
      return entity;
    }
    return understand(entity, now);
  });
}

/** Whether a document holds several service providers, of which one must be chosen. */
export function isChoice(result: Understood | Choice): result is Choice {
  return 'choose' in result;
}
