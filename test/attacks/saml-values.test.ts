import { beforeAll, describe, expect, test } from 'vitest';
import { fc } from '../properties.ts';
import { writeResponse } from '../../src/saml/response.ts';
import { NAME_ID_URIS } from '../../src/applications/service-provider-settings.ts';
import { answer, anyName, anyValue, AWKWARD, BASIC } from '../saml/answers.ts';
import { newSigner } from '../saml/signer.ts';
import {
  asNodeSamlReads,
  metadataOf,
  newNodeSaml,
  pysaml2Present,
  readWithNodeSaml,
  readWithPysaml2,
  readWithXmlCrypto,
  verifiesWithXmlsec,
  xmlsecPresent,
  type Read,
} from '../saml/verifiers.ts';

/** Everything in an answer that may come from outside. */
type Values = { nameId: string; name: string; values: string[]; sessionIndex: string };

const anyValues: fc.Arbitrary<Values> = fc.record({
  nameId: anyName,
  name: anyName,
  values: fc.array(anyValue, { minLength: 1, maxLength: 8 }),
  sessionIndex: anyName,
});

const awkward: Values = {
  nameId: AWKWARD.join('|'),
  name: AWKWARD.join('|'),
  values: [...AWKWARD],
  sessionIndex: AWKWARD.join('|'),
};

let house: ReturnType<typeof newSigner>;
beforeAll(() => {
  house = newSigner('id.example');
});

const write = ({ nameId, name, values, sessionIndex }: Values): Promise<string> =>
  writeResponse(
    answer({
      nameId: { format: NAME_ID_URIS.unspecified, value: nameId },
      sessionIndex,
      attributes: [{ name, nameFormat: BASIC, friendlyName: name, values }],
    }),
    house,
  );

const read = ({ nameId, name, values, sessionIndex }: Values): Read => ({
  nameId,
  attributes: [[name, values]],
  sessionIndex,
});

const readByNodeSaml = ({ nameId, name, values, sessionIndex }: Values): Read => ({
  nameId: asNodeSamlReads(nameId),
  attributes: [[asNodeSamlReads(name, ' '), values.map((value) => asNodeSamlReads(value))]],
  sessionIndex: asNodeSamlReads(sessionIndex, ' '),
});

describe('A86: values with anything in them that XML can carry', () => {
  test('verify with xml-crypto, and are read as they were given', async () => {
    const holds = async (given: Values): Promise<void> => {
      expect(readWithXmlCrypto(await write(given), house)).toEqual(read(given));
    };
    await holds(awkward);
    await fc.assert(fc.asyncProperty(anyValues, holds), { numRuns: 100, endOnFailure: true });
  });

  test('are read by node-saml as they were given, line ends of XML 1.1 aside', async () => {
    const saml = newNodeSaml([house]);
    const holds = async (given: Values): Promise<void> => {
      expect(await readWithNodeSaml(saml, await write(given))).toEqual(readByNodeSaml(given));
    };
    await holds(awkward);
    await fc.assert(fc.asyncProperty(anyValues, holds), { numRuns: 100, endOnFailure: true });
  });

  test.skipIf(!xmlsecPresent)('verify with xmlsec1, both signatures', async () => {
    const documents = await Promise.all([awkward, ...fc.sample(anyValues, 200)].map(write));
    expect(verifiesWithXmlsec(documents, ['samlp', 'Response'], house)).toBe(true);
    expect(verifiesWithXmlsec(documents, ['saml', 'Assertion'], house)).toBe(true);
    const changed = documents.map((xml) => xml.replace('</saml:NameID>', '&#x85;</saml:NameID>'));
    expect(verifiesWithXmlsec(changed.slice(0, 1), ['samlp', 'Response'], house)).toBe(false);
    expect(verifiesWithXmlsec(changed.slice(0, 1), ['saml', 'Assertion'], house)).toBe(false);
  });

  test.skipIf(!pysaml2Present)('are read by pysaml2 as they were given', async () => {
    const given = [awkward, ...fc.sample(anyValues, 30)];
    const documents = await Promise.all(given.map(write));
    const taken = readWithPysaml2(documents, {
      metadata: metadataOf(house),
      theirs: newSigner('forum.example'),
    });
    expect(taken.read).toEqual(given.map(read));
  });
});

test('A86: values that XML cannot carry are never sent, whatever else goes along', async () => {
  const illegal = fc.constantFrom('\0', '\u{1b}', '\u{d800}', '\u{dfff}x', '\u{fffe}', '\u{ffff}');
  const place = fc.constantFrom('nameId', 'name', 'sessionIndex', 'values' as const);
  await fc.assert(
    fc.asyncProperty(anyValues, illegal, place, async (given, sign, key) => {
      const spoilt = key === 'values' ? [...given.values, `a${sign}`] : `${given[key]}${sign}`;
      await expect(write({ ...given, [key]: spoilt })).rejects.toThrow(TypeError);
    }),
    { numRuns: 200 },
  );
});
