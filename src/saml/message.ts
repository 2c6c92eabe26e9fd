import { attributeOf, everyElement, NAMESPACES, parseDocument, type XmlDocument } from './document.ts';
import { issuerOf, readAuthnRequest, readLogoutRequest, readLogoutResponse } from './message-content.ts';
import type { Message } from './message-kinds.ts';
import type { Received } from './received.ts';
import { signaturesIn, verifyEnveloped, verifyOctets } from './signature.ts';
import { refuse } from './problem.ts';

export type { AuthnRequest, LogoutRequest, LogoutResponse, Message, RequestedContexts } from './message-kinds.ts';

/** A message whose form is right and of whose content nothing but the claimed sender is known yet. */
export type Opened = {
  readonly kind: Message['kind'];
  /** Who it says it is from: to look up with which certificates to verify it, and for nothing else. */
  readonly issuer: string;
  readonly hasSignature: boolean;
  /**
   * The values, once the signature, if there is one, is known to be by one of the certificates (base64 of DER). A signed
   * message that does not verify is refused, also where signatures are not required. Those of an enveloped signature are
   * read from the canonical bytes it is over.
   * @throws {UserError} saml_message_invalid, see `verifyEnveloped`; structure, too_long, id_invalid, issuer_invalid,
   * instant_invalid, consumer_index.
   */
  verify(certificates: readonly string[]): { readonly message: Message; readonly signed: boolean };
};

const KINDS = ['AuthnRequest', 'LogoutRequest', 'LogoutResponse'] as const;
/** Nothing we receive holds these, and what does was made to be mistaken for something else. */
const FOREIGN = new Set(['Assertion', 'EncryptedAssertion']);

/** The kind of a message, after the checks of its whole structure. */
function kindOf({ root }: XmlDocument): Message['kind'] {
  const kind = KINDS.find((name) => name === root.localName);
  if (kind === undefined || root.namespaceURI !== NAMESPACES.protocol) refuse('kind_unknown');
  if (attributeOf(root, 'Version') !== '2.0') refuse('version_unsupported');
  for (const { localName } of everyElement(root).slice(1))
    if (localName === kind || FOREIGN.has(localName)) refuse('structure');
  return kind;
}

function valuesOf(document: XmlDocument): Message {
  const { root, xml } = document;
  const kind = kindOf(document);
  if (kind === 'AuthnRequest') return readAuthnRequest(root, xml);
  return kind === 'LogoutRequest' ? readLogoutRequest(root, xml) : readLogoutResponse(root, xml);
}

/**
 * Opens a received message: parses it strictly and checks that it is an AuthnRequest, LogoutRequest or LogoutResponse of
 * SAML 2.0 in the field meant for it, with no second one and no assertion inside. In the Redirect binding a ds:Signature
 * inside has no meaning, and must be taken out by who sends it (SAML Bindings §3.4.4.1). Alone it is refused. Beside the
 * signature of the address, where pysaml2 leaves it in what it answers to a logout, both must verify.
 * @throws {UserError} saml_message_invalid, see `parseDocument`; kind_unknown, version_unsupported, structure,
 * signature_place, signature_structure, issuer_invalid, too_long.
 */
export function openMessage(received: Received): Opened {
  const document = parseDocument(received.xml);
  const kind = kindOf(document);
  if ((kind === 'LogoutResponse') !== (received.field === 'SAMLResponse')) refuse('kind_unknown');
  const issuer = issuerOf(document.root);
  const inside = signaturesIn(document).length;
  const { binding, detached } = received;
  if (inside > 0 && binding === 'redirect' && detached === undefined) refuse('signature_place');
  if (inside > 1) refuse('signature_structure');

  return {
    kind,
    issuer,
    hasSignature: inside > 0 || detached !== undefined,
    verify(certificates) {
      if (detached !== undefined) {
        if (certificates.length === 0) refuse('signature_key_missing');
        const { octets, signature, algorithm } = detached;
        if (!verifyOctets(octets, signature, algorithm, certificates)) refuse('signature_invalid');
      }
      if (inside > 0) {
        const message = valuesOf(parseDocument(verifyEnveloped(document, certificates)));
        // The certificates were chosen by the name that stood outside.
        return message.issuer === issuer ? { message, signed: true } : refuse('issuer_invalid');
      }
      return { message: valuesOf(document), signed: detached !== undefined };
    },
  };
}
