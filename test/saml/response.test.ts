import { beforeAll, describe, expect, test } from 'vitest';
import { writeResponse, writeStatus } from '../../src/saml/response.ts';
import type { Status } from '../../src/saml/status.ts';
import { answer, BASIC, FORUM, FORUM_ACS, HOUSE } from './answers.ts';
import { newSigner } from './signer.ts';
import { newNodeSaml, readWithNodeSaml, verifiesWithXmlsec, xmlsecPresent } from './verifiers.ts';

const NOON = Date.UTC(2026, 10, 27, 12, 0, 0, 750);

let house: ReturnType<typeof newSigner>;
beforeAll(() => {
  house = newSigner('id.example');
});

/** The names of all elements in order, without those of signatures. */
const shapeOf = (xml: string): string[] =>
  [...xml.replaceAll(/<ds:Signature .*?<\/ds:Signature>/gu, '<Signature>').matchAll(/<([a-zA-Z:]+)/gu)].map(
    ([, name = '']) => name,
  );

const attributesOf = (xml: string, name: string): Record<string, string> => {
  const [, text = ''] = new RegExp(`<${name}((?: [^>]*)?)>`, 'u').exec(xml) ?? [];
  return Object.fromEntries(
    [...text.matchAll(/ ([\w:]+)="([^"]*)"/gu)].map(([, key = '', value = '']) => [key, value]),
  );
};

describe('an answer about one of alix’ profiles', () => {
  test('has the elements of the schema in its order', async () => {
    const xml = await writeResponse(answer(), house);
    expect(shapeOf(xml).join(' ')).toBe(
      'samlp:Response saml:Issuer Signature samlp:Status samlp:StatusCode ' +
        'saml:Assertion saml:Issuer Signature saml:Subject saml:NameID ' +
        'saml:SubjectConfirmation saml:SubjectConfirmationData ' +
        'saml:Conditions saml:AudienceRestriction saml:Audience ' +
        'saml:AuthnStatement saml:AuthnContext saml:AuthnContextClassRef ' +
        'saml:AttributeStatement saml:Attribute saml:AttributeValue ' +
        'saml:Attribute saml:AttributeValue saml:AttributeValue',
    );
  });

  test('A87: is for one service provider, one address, one request and five minutes', async () => {
    const xml = await writeResponse(answer({ now: NOON, authnInstant: NOON - 600_750 }), house);
    expect(attributesOf(xml, 'samlp:Response')).toMatchObject({
      Version: '2.0',
      IssueInstant: '2026-11-27T12:00:00Z',
      Destination: FORUM_ACS.replaceAll('&', '&amp;'),
      InResponseTo: '_asked',
    });
    expect(attributesOf(xml, 'saml:SubjectConfirmation')).toEqual({ Method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer' });
    expect(attributesOf(xml, 'saml:SubjectConfirmationData')).toEqual({
      NotOnOrAfter: '2026-11-27T12:05:00Z',
      Recipient: FORUM_ACS.replaceAll('&', '&amp;'),
      InResponseTo: '_asked',
    });
    expect(attributesOf(xml, 'saml:Conditions')).toEqual({
      NotBefore: '2026-11-27T11:59:00Z',
      NotOnOrAfter: '2026-11-27T12:05:00Z',
    });
    expect(attributesOf(xml, 'saml:AuthnStatement')).toEqual({
      AuthnInstant: '2026-11-27T11:50:00Z',
      SessionIndex: '_session',
    });
    expect(xml).toContain(`<saml:Audience>${FORUM}</saml:Audience>`);
    expect(xml.split(`>${HOUSE}</saml:Issuer>`)).toHaveLength(3);
  });

  test('has identifiers of 128 random bits that never come again', async () => {
    const written = await Promise.all(Array.from({ length: 20 }, () => writeResponse(answer(), house)));
    const ids = written.flatMap((xml) => [...xml.matchAll(/ ID="([^"]*)"/gu)].map(([, id]) => id));
    expect(ids).toHaveLength(40);
    expect(new Set(ids).size).toBe(40);
    for (const id of ids) expect(id).toMatch(/^_[0-9a-f]{32}$/u);
  });

  test('names no request where nobody asked', async () => {
    expect(await writeResponse(answer({ inResponseTo: undefined }), house)).not.toContain('InResponseTo');
  });

  test('has no statement of attributes where there are none, and no attribute without a value', async () => {
    const without = await writeResponse(
      answer({ attributes: [{ name: 'groups', nameFormat: BASIC, values: [] }] }),
      house,
    );
    expect(without).not.toContain('Attribute');
    const friendly = [{ name: 'urn:oid:0.9', nameFormat: BASIC, friendlyName: 'uid', values: [''] }];
    const withEmpty = await writeResponse(answer({ attributes: friendly }), house);
    expect(withEmpty).toContain(
      `<saml:Attribute FriendlyName="uid" Name="urn:oid:0.9" NameFormat="${BASIC}"><saml:AttributeValue></saml:AttributeValue>`,
    );
  });

  test('says nothing of types or of when the session ends', async () => {
    expect(await writeResponse(answer(), house)).not.toMatch(/xsi:|SessionNotOnOrAfter|NameQualifier/u);
  });

  test('A87: is refused by node-saml for another audience, for another request, or too late', async () => {
    const saml = newNodeSaml([house]);
    const read = async (more: Parameters<typeof answer>[0]) =>
      readWithNodeSaml(saml, await writeResponse(answer(more), house));
    expect(await read({})).toEqual({
      nameId: 'tawny-subject',
      attributes: [
        ['username', ['alix']],
        ['groups', ['readers', 'writers']],
      ],
      sessionIndex: '_session',
    });
    await expect(read({ audience: 'https://other.example' })).rejects.toThrow(/audience/u);
    await expect(read({ inResponseTo: '_other' })).rejects.toThrow(/InResponseTo/u);
    await expect(read({ now: Date.now() - 301_000 })).rejects.toThrow(/subject confirmation/u);
  });

  test('is refused by node-saml when another key has signed', async () => {
    const xml = await writeResponse(answer(), newSigner('id.example'));
    await expect(readWithNodeSaml(newNodeSaml([house]), xml)).rejects.toThrow(/signature/u);
  });
});

describe('an answer without an assertion', () => {
  const CASES: [Status, string][] = [
    ['NoPassive', 'Responder'],
    ['RequestDenied', 'Responder'],
    ['NoAuthnContext', 'Responder'],
    ['RequestUnsupported', 'Responder'],
    ['AuthnFailed', 'Responder'],
    ['InvalidNameIDPolicy', 'Requester'],
    ['UnknownPrincipal', 'Requester'],
  ];
  const refusal = { issuer: HOUSE, destination: FORUM_ACS, inResponseTo: '_asked', now: NOON };

  test.each(CASES)('says %s under %s', (status, topLevel) => {
    const xml = writeStatus({ ...refusal, status, message: 'not <here>' }, house);
    const codes = [...xml.matchAll(/<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:(\w+)">/gu)];
    expect(codes.map(([, code]) => code)).toEqual([topLevel, status]);
    expect(xml).toContain('<samlp:StatusMessage>not &lt;here&gt;</samlp:StatusMessage></samlp:Status>');
    expect(xml).not.toContain('Assertion>');
  });

  test('says a code of the first level alone, and no sentence, where there is no more to say', () => {
    const xml = writeStatus({ ...refusal, status: 'Responder' }, house);
    expect(xml.match(/<samlp:StatusCode /gu)).toHaveLength(1);
    expect(xml).not.toContain('StatusMessage');
  });

  test('is understood by node-saml', async () => {
    const saml = newNodeSaml([house]);
    const post = (status: Status) =>
      saml.validatePostResponseAsync({
        SAMLResponse: Buffer.from(writeStatus({ ...refusal, now: Date.now(), status }, house)).toString('base64'),
      });
    expect(await post('NoPassive')).toEqual({ profile: null, loggedOut: false });
    await expect(post('RequestDenied')).rejects.toThrow(/RequestDenied/u);
  });

  test.skipIf(!xmlsecPresent)('is signed, as xmlsec1 finds', () => {
    const xml = writeStatus({ ...refusal, status: 'NoPassive' }, house);
    expect(verifiesWithXmlsec([xml], ['samlp', 'Response'], house)).toBe(true);
    expect(verifiesWithXmlsec([xml.replace('NoPassive', 'AuthnFailed')], ['samlp', 'Response'], house)).toBe(false);
  });
});
