import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aSecondEarlier, comeToAnswer, identityProviderOf, type Handed } from './going.ts';
import { nodeSamlPresent, startNodeSaml } from './node-saml.ts';
import { openPlace } from './place.ts';
import { makeFolder, present, removeFolder, works } from './program.ts';

const xmlsec1Present = present('xmlsec1', works('xmlsec1', ['--version']));

const IDS = [
  'urn:oasis:names:tc:SAML:2.0:protocol:Response',
  'urn:oasis:names:tc:SAML:2.0:assertion:Assertion',
  'urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor',
];

describe.skipIf(!xmlsec1Present || !nodeSamlPresent)('xmlsec1, which is nobody’s library here,', () => {
  const at = openPlace('Notes', startNodeSaml, { encrypt: false });
  let folder: string;
  let certificate: string;
  let handed: Handed;
  beforeAll(async () => {
    folder = makeFolder('xmlsec1');
    certificate = path.join(folder, 'certificate.pem');
    writeFileSync(certificate, (await at().house.parts.saml.ours()).certificates[0]?.pem ?? '');
    const alix = at().visitor();
    handed = await comeToAnswer(alix, at().provider, { person: 'alix', profile: 'alice' });
  });
  afterAll(() => removeFolder(folder));

  /** Whether the signature that is a child of the element of this name verifies with our certificate alone. */
  async function verifies(xml: string, parent: string): Promise<boolean> {
    const file = path.join(folder, 'message.xml');
    writeFileSync(file, xml);
    const ids = IDS.flatMap((id) => ['--id-attr:ID', id]);
    const where = `//*[local-name()='${parent}']/*[local-name()='Signature']`;
    const args = ['--verify', ...ids, '--pubkey-cert-pem', certificate, '--node-xpath', where, file];
    return promisify(execFile)('xmlsec1', args).then(
      () => true,
      () => false,
    );
  }

  test('verifies both signatures of an answer', async () => {
    expect(handed.xml.match(/<(?:\w+:)?SignatureValue/gu)).toHaveLength(2);
    expect([await verifies(handed.xml, 'Response'), await verifies(handed.xml, 'Assertion')]).toEqual([true, true]);
  });

  test('verifies neither the envelope that says something else, nor a name that is not the one we signed', async () => {
    const earlier = aSecondEarlier(handed).xml;
    expect([await verifies(earlier, 'Response'), await verifies(earlier, 'Assertion')]).toEqual([false, true]);
    const renamed = handed.xml.replace('>alice<', '>malice<');
    expect([await verifies(renamed, 'Response'), await verifies(renamed, 'Assertion')]).toEqual([false, false]);
  });

  test('verifies our metadata, also with two certificates in it', async () => {
    const before = (await identityProviderOf(at().house)).metadata;
    expect(await verifies(before, 'EntityDescriptor')).toBe(true);
    await at().house.parts.saml.prepareCertificate();
    const after = (await identityProviderOf(at().house)).metadata;
    expect(after).not.toBe(before);
    expect(await verifies(after, 'EntityDescriptor')).toBe(true);
    expect(await verifies(after.replace('/saml/sso', '/saml/ssx'), 'EntityDescriptor')).toBe(false);
  });
});
