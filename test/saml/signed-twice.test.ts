import { beforeAll, describe, expect, test } from 'vitest';
import { openMessage } from '../../src/saml/message.ts';
import { fromQuery } from '../../src/saml/received.ts';
import { makeKey, type TestKey } from './keys.ts';
import { logoutRequest, packed, reasonOf, signed, signedQuery } from './requests.ts';

let key: TestKey;
let other: TestKey;
beforeAll(() => {
  [key, other] = [makeKey(), makeKey()];
});

const read = (query: string) => openMessage(fromQuery(query)).verify([key.certificate]);

describe('a message in an address, signed inside as well, as pysaml2 signs its answer to a logout', () => {
  test('is read when both signatures are by the service provider', () => {
    expect(read(signedQuery(signed(logoutRequest(), key), key))).toMatchObject({
      signed: true,
      message: { kind: 'LogoutRequest', id: '_l1', nameId: { value: 'owl' } },
    });
  });

  test('is refused when either of them is by somebody else, or over something else', () => {
    const by = (inside: TestKey, outside: TestKey) => () => read(signedQuery(signed(logoutRequest(), inside), outside));
    expect(reasonOf(by(key, other))).toBe('signature_invalid');
    expect(reasonOf(by(other, key))).toBe('signature_invalid');
    const changed = signed(logoutRequest(), key).replace('>owl<', '>fox<');
    expect(reasonOf(() => read(signedQuery(changed, key)))).toBe('signature_invalid');
  });

  test('is refused with the signature inside alone', () => {
    expect(reasonOf(() => read(`SAMLRequest=${packed(signed(logoutRequest(), key))}`))).toBe('signature_place');
  });
});
