import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SAML } from '@node-saml/node-saml';
import { DOMParser } from '@xmldom/xmldom';
import { SignedXml } from 'xml-crypto';
import { writeMetadata } from '../../src/saml/metadata.ts';
import type { Signer } from '../../src/saml/sign.ts';
import { NAMESPACES } from '../../src/saml/vocabulary.ts';
import { FORUM, FORUM_ACS, HOUSE } from './answers.ts';
import { keyPemOf, pemOf } from './signer.ts';

const XMLSEC = '/usr/bin/xmlsec1';
const PYTHON = '/usr/bin/python3';
const READER = path.join(import.meta.dirname, 'pysaml2_reader.py');
const MANY = 100_000_000;

function present(name: string, isThere: boolean): boolean {
  if (!isThere) process.stderr.write(`SKIPPED: ${name} is not there, so it does not read what we write\n`);
  return isThere;
}

export const xmlsecPresent = present('xmlsec1', spawnSync(XMLSEC, ['--version']).status === 0);
export const pysaml2Present = present(
  'pysaml2 (python3-pysaml2 with xmlsec1)',
  xmlsecPresent && spawnSync(PYTHON, ['-c', 'import saml2']).status === 0,
);

/** What a service provider read in an assertion. */
export type Read = { nameId: string; attributes: [string, string[]][]; sessionIndex: string };

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'aluco-saml-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Whether `xmlsec1` verifies the signature that is the direct child of the element, in all the documents, with nothing
 * but this certificate's key.
 */
export function verifiesWithXmlsec(
  documents: readonly string[],
  [prefix, name]: ['samlp' | 'saml' | 'md', string],
  { certificate }: Pick<Signer, 'certificate'>,
): boolean {
  return inFolder((folder) => {
    const key = path.join(folder, 'certificate.pem');
    writeFileSync(key, pemOf(certificate));
    const files = documents.map((xml, place) => {
      const file = path.join(folder, `${place}.xml`);
      writeFileSync(file, xml);
      return file;
    });
    const signature = `//*[local-name()='${name}']/*[local-name()='Signature']`;
    const { status, stderr } = spawnSync(
      XMLSEC,
      [
        '--verify',
        '--enabled-reference-uris',
        'same-doc',
        // Not the certificate in the document.
        '--enabled-key-data',
        'key-name',
        '--node-xpath',
        signature,
        '--id-attr:ID',
        `${NAMESPACES[prefix]}:${name}`,
        '--pubkey-cert-pem',
        key,
        ...files,
      ],
      { encoding: 'utf8', maxBuffer: MANY },
    );
    return status === 0 && stderr.split('\n').filter((line) => line === 'OK').length === documents.length;
  });
}

/** What `xmlsec1` makes of the document when it may decrypt with the service provider's key. */
export function decryptsWithXmlsec(xml: string, theirs: Signer): string {
  return inFolder((folder) => {
    const key = path.join(folder, 'key.pem');
    const file = path.join(folder, 'answer.xml');
    writeFileSync(key, keyPemOf(theirs));
    writeFileSync(file, xml);
    return spawnSync(XMLSEC, ['--decrypt', '--privkey-pem', key, file], { encoding: 'utf8' }).stdout;
  });
}

export type Metadata = Parameters<typeof writeMetadata>[0];

/** Our metadata in these tests. */
export function metadataOf(signing: Metadata['signing'], others: readonly Signer[] = []): string {
  return writeMetadata({
    entityId: HOUSE,
    signOn: 'https://id.example/saml/sso',
    logout: 'https://id.example/saml/slo',
    scope: 'id.example',
    signing,
    published: [signing, ...others],
  });
}

/** Has one pysaml2 take our metadata and read all the answers; `theirs`: what it decrypts with. */
export function readWithPysaml2(
  documents: readonly string[],
  { metadata, theirs }: { metadata: string; theirs: Signer },
): { entities: string[]; singleSignOn: string[]; read: (Read | { refused: string })[] } {
  return inFolder((folder) => {
    const write = (name: string, content: string): string => {
      const file = path.join(folder, name);
      writeFileSync(file, content);
      return file;
    };
    const input = JSON.stringify({
      entity_id: FORUM,
      consumer: FORUM_ACS,
      issuer: HOUSE,
      key: write('key.pem', keyPemOf(theirs)),
      certificate: write('certificate.pem', pemOf(theirs.certificate)),
      metadata: write('metadata.xml', metadata),
      documents,
    });
    const { stdout, stderr, status } = spawnSync(PYTHON, [READER], { input, encoding: 'utf8', maxBuffer: MANY });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as ReturnType<typeof readWithPysaml2>;
  });
}

const elements = (within: Element, prefix: 'saml' | 'ds', name: string): Element[] =>
  Array.from(within.getElementsByTagNameNS(NAMESPACES[prefix], name));

/**
 * Verifies both signatures with `xml-crypto` and reads the assertion in the document itself.
 * @throws where one does not verify.
 */
export function readWithXmlCrypto(xml: string, { certificate }: Pick<Signer, 'certificate'>): Read {
  const { documentElement: root } = new DOMParser().parseFromString(xml, 'text/xml');
  const signatures = elements(root, 'ds', 'Signature');
  if (signatures.length !== 2) throw new Error(`${signatures.length} signatures`);
  for (const signature of signatures) {
    const verifier = new SignedXml({ publicCert: pemOf(certificate) });
    verifier.loadSignature(signature);
    if (!verifier.checkSignature(xml)) throw new Error('a signature does not verify');
  }
  const [nameId] = elements(root, 'saml', 'NameID');
  const [statement] = elements(root, 'saml', 'AuthnStatement');
  return {
    nameId: nameId?.textContent ?? '',
    attributes: elements(root, 'saml', 'Attribute').map((attribute) => [
      attribute.getAttribute('Name') ?? '',
      elements(attribute, 'saml', 'AttributeValue').map((value) => value.textContent ?? ''),
    ]),
    sessionIndex: statement?.getAttribute('SessionIndex') ?? '',
  };
}

/** An application with node-saml that wants everything signed. */
export function newNodeSaml(
  signers: readonly Pick<Signer, 'certificate'>[],
  more: Partial<ConstructorParameters<typeof SAML>[0]> = {},
): SAML {
  return new SAML({
    idpCert: signers.map(({ certificate }) => certificate),
    idpIssuer: HOUSE,
    issuer: FORUM,
    audience: FORUM,
    callbackUrl: FORUM_ACS,
    entryPoint: 'https://id.example/saml/sso',
    logoutUrl: 'https://id.example/saml/slo',
    wantAuthnResponseSigned: true,
    wantAssertionsSigned: true,
    // Requests are remembered by the library otherwise; `_asked` was never made by it.
    cacheProvider: {
      saveAsync: async () => null,
      getAsync: async (key) => (key === '_asked' ? new Date().toISOString() : null),
      removeAsync: async () => null,
    },
    validateInResponseTo: 'always' as never,
    ...more,
  });
}

/**
 * A text as node-saml reads it. It parses what it verified once more, and its parser takes these two for line ends where
 * no character reference protects them, as XML 1.1 does; in attributes of elements line ends become spaces.
 */
export const asNodeSamlReads = (text: string, end: '\n' | ' ' = '\n'): string =>
  text.replaceAll(/[\u{85}\u{2028}]/gu, end);

/** An encrypted text as pysaml2 reads it: it writes what it decrypted once more, carriage returns as they are. */
export const asPysaml2Decrypts = (text: string): string => text.replaceAll(/\r\n?/gu, '\n');

/** Has node-saml check an answer and read it. It says nothing for an empty value. */
export async function readWithNodeSaml(saml: SAML, xml: string): Promise<Read> {
  const { profile } = await saml.validatePostResponseAsync({ SAMLResponse: Buffer.from(xml).toString('base64') });
  type Value = string | undefined;
  const attributes = (profile?.['attributes'] ?? {}) as Record<string, Value | Value[]>;
  return {
    nameId: profile?.nameID ?? '',
    attributes: Object.entries(attributes).map(([name, values]) => [name, [values].flat().map((value) => value ?? '')]),
    sessionIndex: profile?.sessionIndex ?? '',
  };
}
