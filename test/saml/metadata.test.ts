import { beforeAll, describe, expect, test } from 'vitest';
import { writeResponse } from '../../src/saml/response.ts';
import { answer, HOUSE } from './answers.ts';
import { newSigner } from './signer.ts';
import { metadataOf, pysaml2Present, readWithPysaml2, verifiesWithXmlsec, xmlsecPresent } from './verifiers.ts';

let house: ReturnType<typeof newSigner>;
let next: ReturnType<typeof newSigner>;
beforeAll(() => {
  house = newSigner('id.example');
  next = newSigner('id.example');
});

const SSO = 'https://id.example/saml/sso';
const SLO = 'https://id.example/saml/slo';

describe('our metadata', () => {
  test('has the elements of the schema in its order', () => {
    const unsigned = metadataOf(house, [next]).replace(/<ds:Signature .*?<\/ds:Signature>/u, '<ds:Signature>');
    expect([...unsigned.matchAll(/<([\w:]+)/gu)].map(([, name]) => name).join(' ')).toBe(
      'md:EntityDescriptor ds:Signature md:IDPSSODescriptor md:Extensions shibmd:Scope ' +
        'md:KeyDescriptor ds:KeyInfo ds:X509Data ds:X509Certificate ' +
        'md:KeyDescriptor ds:KeyInfo ds:X509Data ds:X509Certificate ' +
        'md:SingleLogoutService md:SingleLogoutService ' +
        'md:NameIDFormat md:NameIDFormat md:NameIDFormat md:NameIDFormat ' +
        'md:SingleSignOnService md:SingleSignOnService',
    );
  });

  test('names both bindings, and the certificate that signs before the next one', () => {
    const xml = metadataOf(house, [next]);
    for (const binding of ['HTTP-Redirect', 'HTTP-POST']) {
      const uri = `urn:oasis:names:tc:SAML:2.0:bindings:${binding}`;
      expect(xml).toContain(`<md:SingleSignOnService Binding="${uri}" Location="${SSO}">`);
      expect(xml).toContain(`<md:SingleLogoutService Binding="${uri}" Location="${SLO}">`);
    }
    const [, content = ''] = xml.split('</ds:Signature>');
    expect([...content.matchAll(/<ds:X509Certificate>([^<]+)</gu)].map(([, text]) => text)).toEqual([
      house.certificate,
      next.certificate,
    ]);
    expect(content.match(/use="signing"/gu)).toHaveLength(2);
  });

  test('stays the same to the byte while the certificates do, and is valid until the one that signs ends', () => {
    expect(metadataOf(house)).toBe(metadataOf(house));
    expect(metadataOf(house)).toContain(` validUntil="${new Date(house.notAfter).toISOString().slice(0, 19)}Z"`);
    const idOf = (xml: string): string | undefined => / ID="([^"]+)"/u.exec(xml)?.[1];
    expect(idOf(metadataOf(house, [next]))).not.toBe(idOf(metadataOf(house)));
  });

  test.skipIf(!xmlsecPresent)('is signed, as xmlsec1 finds', () => {
    const xml = metadataOf(house, [next]);
    expect(verifiesWithXmlsec([xml], ['md', 'EntityDescriptor'], house)).toBe(true);
    expect(verifiesWithXmlsec([xml], ['md', 'EntityDescriptor'], next)).toBe(false);
    expect(verifiesWithXmlsec([xml.replace(SSO, 'https://evil.example')], ['md', 'EntityDescriptor'], house)).toBe(
      false,
    );
  });

  test('is read by samlify as an identity provider’s', async () => {
    const { IdentityProvider } = await import('samlify');
    const { entityMeta } = IdentityProvider({ metadata: metadataOf(house, [next]) });
    expect(entityMeta.getEntityID()).toBe(HOUSE);
    expect(entityMeta.getSingleSignOnService('redirect')).toBe(SSO);
    expect(entityMeta.getSingleSignOnService('post')).toBe(SSO);
    expect(entityMeta.getSingleLogoutService('redirect')).toBe(SLO);
    expect(entityMeta.getX509Certificate('signing')).toEqual([house.certificate, next.certificate]);
    expect(entityMeta.isWantAuthnRequestsSigned()).toBe(false);
  });

  test.skipIf(!pysaml2Present)('lets pysaml2 take answers of both its certificates', async () => {
    const written = await Promise.all([house, next].map((signer) => writeResponse(answer(), signer)));
    const stranger = await writeResponse(answer(), newSigner('id.example'));
    const taken = readWithPysaml2([...written, stranger], {
      metadata: metadataOf(house, [next]),
      theirs: newSigner('forum.example'),
    });
    expect(taken.entities).toEqual([HOUSE]);
    expect(taken.singleSignOn).toEqual([SSO]);
    expect(taken.read).toMatchObject([
      { nameId: 'tawny-subject' },
      { nameId: 'tawny-subject' },
      { refused: 'SignatureError' },
    ]);
  });
});
