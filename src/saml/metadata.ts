import { hash } from 'node:crypto';
import { NAME_ID_URIS } from '../applications/applications.ts';
import { keyInfo, signed, type Signer } from './sign.ts';
import { BINDINGS, NAMESPACES } from './vocabulary.ts';
import { canonical, element, instant, toSend, type Element } from './xml.ts';

/** How often others should look again: a new certificate is published weeks before it signs. */
const LOOK_AGAIN = 'P1D';

type Ours = {
  /** Our entity ID, which is where the metadata is. */
  readonly entityId: string;
  /** Where requests and logout messages come in, by both bindings. */
  readonly signOn: string;
  readonly logout: string;
  /** What our scoped attributes (pairwise-id, subject-id) end with. */
  readonly scope: string;
  readonly signing: Signer & { /** In milliseconds. */ readonly notAfter: number };
  /** All certificates a signature of ours may be from, as `keys.ts` publishes them. */
  readonly published: readonly { readonly certificate: string }[];
};

const byBothBindings = (name: Element['name'], address: string): Element[] =>
  [BINDINGS.redirect, BINDINGS.post].map((binding) => element(name, { Binding: binding, Location: address }));

function descriptor({ signOn, logout, scope, published }: Ours): Element {
  return element(
    'md:IDPSSODescriptor',
    { protocolSupportEnumeration: NAMESPACES.samlp, WantAuthnRequestsSigned: 'false' },
    // Shibboleth drops scoped attributes of a provider that does not say its scope.
    element('md:Extensions', {}, element('shibmd:Scope', { regexp: 'false' }, scope)),
    ...published.map(({ certificate }) => element('md:KeyDescriptor', { use: 'signing' }, keyInfo(certificate))),
    ...byBothBindings('md:SingleLogoutService', logout),
    ...Object.values(NAME_ID_URIS).map((uri) => element('md:NameIDFormat', {}, uri)),
    ...byBothBindings('md:SingleSignOnService', signOn),
  );
}

/**
 * Our metadata, signed (SAML Metadata §2.3.2, §2.4.3, in the order of its schema). While the certificates stay the same,
 * so does every byte.
 *
 * It is valid until the certificate that signs ends. Many service providers keep the copy they were given once and refuse
 * it when its time is over: two weeks, as federations have it, would lock people out for no reason two weeks later. Those
 * that do look again are told to each day, and see a new certificate long before it signs.
 */
export function writeMetadata(ours: Ours): string {
  const content = descriptor(ours);
  const attributes = { entityID: ours.entityId, validUntil: instant(ours.signing.notAfter), cacheDuration: LOOK_AGAIN };
  const id = `_${hash('sha256', canonical(element('md:EntityDescriptor', attributes, content)), 'hex').slice(0, 32)}`;
  return toSend(canonical(signed(element('md:EntityDescriptor', { ...attributes, ID: id }, content), 0, ours.signing)));
}
