import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignedXml } from 'xml-crypto';
import type { TestKey } from './keys.ts';

const BINDINGS = 'urn:oasis:names:tc:SAML:2.0:bindings:';
const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
const NAMESPACES =
  'xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui"';

export const FORUM = 'https://forum.example/saml';
export const WIKI = 'https://wiki.example/saml';

/** An endpoint of a service provider; `more` are further attributes as they are written. */
export function endpoint(
  kind: 'AssertionConsumerService' | 'SingleLogoutService',
  binding: string,
  url: string,
  more = '',
): string {
  return `<md:${kind} Binding="${BINDINGS}${binding}" Location="${url}" ${more}/>`;
}

export const consumer = (url = 'https://forum.example/acs', more = 'index="0"'): string =>
  endpoint('AssertionConsumerService', 'HTTP-POST', url, more);

/** A key of a service provider; `methods` are the identifiers of what it decrypts. */
export function keyDescriptor(certificate: string, use?: string, methods: readonly string[] = []): string {
  const said = use === undefined ? '' : ` use="${use}"`;
  const list = methods.map((method) => `<md:EncryptionMethod Algorithm="${method}"/>`).join('');
  const data = `<ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data>`;
  return `<md:KeyDescriptor${said}><ds:KeyInfo>${data}</ds:KeyInfo>${list}</md:KeyDescriptor>`;
}

type Words = { entityId?: string; of?: string; role?: string; inside?: string; after?: string };

/** One entity with the role of a service provider: `of` and `role` are attributes, `inside` and `after` elements. */
export function entity({ entityId = FORUM, of = '', role = '', inside = consumer(), after = '' }: Words = {}): string {
  return `<md:EntityDescriptor ${NAMESPACES} entityID="${entityId}" ${of}><md:SPSSODescriptor protocolSupportEnumeration="${PROTOCOL}" ${role}>${inside}</md:SPSSODescriptor>${after}</md:EntityDescriptor>`;
}

/** Several entities, or groups of them. */
export function federation(entities: readonly string[], of = 'ID="_federation"'): string {
  return `<md:EntitiesDescriptor ${NAMESPACES} ${of}>${entities.join('')}</md:EntitiesDescriptor>`;
}

/** The same document with a signature over its root, as federations make it. */
export function signed(xml: string, { privateKey }: TestKey): string {
  const signer = new SignedXml({
    privateKey,
    idAttribute: 'ID',
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  });
  signer.addReference({
    xpath: '/*',
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', 'http://www.w3.org/2001/10/xml-exc-c14n#'],
  });
  signer.computeSignature(xml, { prefix: 'ds', location: { reference: '/*', action: 'prepend' } });
  return signer.getSignedXml();
}

/** A web server on loopback that answers as it is told. */
export type Site = {
  readonly url: string;
  readonly port: number;
  /** The paths that were asked for, in order. */
  readonly asked: readonly (string | undefined)[];
  answer: RequestListener;
  close(): Promise<void>;
};

export async function openSite(answer: RequestListener = (_req, res) => res.end(entity())): Promise<Site> {
  const asked: (string | undefined)[] = [];
  const site = { answer };
  const server = createServer((req, res) => {
    asked.push(req.url);
    site.answer(req, res);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(site, {
    url: `http://127.0.0.1:${port}`,
    port,
    asked,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}
