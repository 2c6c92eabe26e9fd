import { createVerify, X509Certificate } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { fc } from '../properties.ts';
import { toForm, toRedirect, writeLogoutRequest, writeLogoutResponse } from '../../src/saml/logout-message.ts';
import { NAME_ID_URIS } from '../../src/applications/service-provider-settings.ts';
import { RSA_SHA256 } from '../../src/saml/vocabulary.ts';
import { anyName, HOUSE } from './answers.ts';
import { newSigner } from './signer.ts';
import { newNodeSaml } from './verifiers.ts';

const FORUM_SLO = 'https://forum.example/saml/slo';
const NOON = Date.UTC(2026, 10, 27, 12);

let house: ReturnType<typeof newSigner>;
beforeAll(() => {
  house = newSigner('id.example');
});

const request = (binding: 'redirect' | 'post', value = 'tawny-subject', now = NOON) =>
  writeLogoutRequest(
    {
      binding,
      issuer: HOUSE,
      destination: FORUM_SLO,
      now,
      nameId: { format: NAME_ID_URIS.persistent, value },
      sessionIndexes: ['_one', '_two'],
    },
    house,
  );

/** Splits an address into what stands in front of our parameters and each of them, as it stands there. */
const rawParameters = (address: string): string[] => address.slice(address.indexOf('?') + 1).split('&');

/** What node-saml makes of a signed redirect. */
const readRedirect = (address: string) => {
  const query = rawParameters(address).join('&');
  return newNodeSaml([house], { validateInResponseTo: 'never' as never }).validateRedirectAsync(
    Object.fromEntries(new URLSearchParams(query)),
    query,
  );
};

describe('a request to sign somebody out', () => {
  test('names whom, of which sessions, and until when, in the order of the schema', () => {
    const { id, xml } = request('redirect');
    expect(xml).toBe(
      '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ' +
        `Destination="${FORUM_SLO}" ID="${id}" IssueInstant="2026-11-27T12:00:00Z" NotOnOrAfter="2026-11-27T12:05:00Z" ` +
        `Version="2.0"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${HOUSE}</saml:Issuer>` +
        '<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ' +
        `Format="${NAME_ID_URIS.persistent}">tawny-subject</saml:NameID>` +
        '<samlp:SessionIndex>_one</samlp:SessionIndex><samlp:SessionIndex>_two</samlp:SessionIndex></samlp:LogoutRequest>',
    );
  });

  test('has its signature inside when it is posted, and node-saml reads it whatever the NameID', async () => {
    const saml = newNodeSaml([house]);
    await fc.assert(
      fc.asyncProperty(anyName, async (value) => {
        const { xml } = request('post', value, Date.now());
        const { profile } = await saml.validatePostRequestAsync({ SAMLRequest: toForm(xml) });
        expect(profile).toMatchObject({ nameID: value, sessionIndex: '_one' });
      }),
      { numRuns: 50 },
    );
  });

  test('is refused by node-saml when it was changed on its way', async () => {
    const { xml } = request('post', 'tawny-subject', Date.now());
    const changed = toForm(xml.replace('tawny-subject', 'barn-subject'));
    await expect(newNodeSaml([house]).validatePostRequestAsync({ SAMLRequest: changed })).rejects.toThrow(/signature/u);
  });
});

describe('an answer about signing out', () => {
  const answer = (binding: 'redirect' | 'post', status: 'Success' | 'PartialLogout' | 'RequestDenied') =>
    writeLogoutResponse(
      { binding, issuer: HOUSE, destination: FORUM_SLO, now: Date.now(), inResponseTo: '_theirs', status },
      house,
    );

  test('says what it answers and how it ended', () => {
    const codes = (status: 'Success' | 'PartialLogout' | 'RequestDenied') =>
      [...answer('redirect', status).xml.matchAll(/status:(\w+)"/gu)].map(([, code]) => code);
    expect(answer('redirect', 'Success').xml).toContain(' InResponseTo="_theirs" ');
    expect(codes('Success')).toEqual(['Success']);
    expect(codes('PartialLogout')).toEqual(['Success', 'PartialLogout']);
    expect(codes('RequestDenied')).toEqual(['Responder', 'RequestDenied']);
  });

  test('is taken by node-saml by both bindings', async () => {
    const posted = { SAMLResponse: toForm(answer('post', 'Success').xml) };
    const saml = newNodeSaml([house], { validateInResponseTo: 'never' as never });
    expect(await saml.validatePostResponseAsync(posted)).toEqual({ profile: null, loggedOut: true });
    const address = toRedirect(FORUM_SLO, 'SAMLResponse', answer('redirect', 'Success').xml, 'state', house);
    expect(await readRedirect(address)).toEqual({ profile: null, loggedOut: true });
  });
});

describe('a message in an address', () => {
  test('is signed over exactly what stands there, in the order of the binding', () => {
    const { xml } = request('redirect');
    const relayState = "a b+c/d=e&f!'()*~é";
    const raw = rawParameters(toRedirect(FORUM_SLO, 'SAMLRequest', xml, relayState, house));
    expect(raw.map((parameter) => parameter.split('=', 1)[0])).toEqual([
      'SAMLRequest',
      'RelayState',
      'SigAlg',
      'Signature',
    ]);
    expect(raw[1]).toBe('RelayState=a%20b%2Bc%2Fd%3De%26f%21%27%28%29%2A~%C3%A9');
    const [message, , algorithm, signature] = raw.map((parameter) =>
      decodeURIComponent(parameter.slice(parameter.indexOf('=') + 1)),
    );
    expect(inflateRawSync(Buffer.from(message ?? '', 'base64')).toString()).toBe(xml);
    expect(xml).not.toContain('Signature');
    expect(algorithm).toBe(RSA_SHA256);
    const { publicKey } = new X509Certificate(Buffer.from(house.certificate, 'base64'));
    const octets = raw.slice(0, 3).join('&');
    const verifies = (text: string): boolean =>
      createVerify('RSA-SHA256')
        .update(text)
        .verify(publicKey, signature ?? '', 'base64');
    expect([verifies(octets), verifies(`${octets} `)]).toEqual([true, false]);
  });

  test('is read by node-saml, and refused when its state was changed', async () => {
    const { xml } = request('redirect', 'tawny-subject', Date.now());
    const address = toRedirect(FORUM_SLO, 'SAMLRequest', xml, 'state', house);
    expect(await readRedirect(address)).toMatchObject({ profile: { nameID: 'tawny-subject' } });
    await expect(readRedirect(address.replace('=state', '=other'))).rejects.toThrow(/signature/u);
  });

  test('has no state where there is none, and an empty one where it is empty', () => {
    const { xml } = request('redirect');
    expect(toRedirect(FORUM_SLO, 'SAMLRequest', xml, undefined, house)).not.toContain('RelayState');
    expect(toRedirect(FORUM_SLO, 'SAMLRequest', xml, '', house)).toContain('&RelayState=&SigAlg=');
  });

  test.each([
    ['https://forum.example/slo', 'https://forum.example/slo?SAMLRequest='],
    ['https://forum.example/slo?', 'https://forum.example/slo?SAMLRequest='],
    ['https://forum.example/slo?action=sls', 'https://forum.example/slo?action=sls&SAMLRequest='],
    ['https://forum.example/slo?action=%2f&', 'https://forum.example/slo?action=%2f&SAMLRequest='],
    ['https://forum.example/slo?a=1#part', 'https://forum.example/slo?a=1&SAMLRequest='],
  ])('keeps the query of %s', (url, start) => {
    const address = toRedirect(url, 'SAMLRequest', request('redirect').xml, undefined, house);
    expect(address.startsWith(start)).toBe(true);
    expect(address).not.toContain('#');
  });
});
