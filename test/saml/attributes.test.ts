import { describe, expect, test } from 'vitest';
import { APPLICATION_DEFAULTS, type Application, type ServiceProvider } from '../../src/applications/applications.ts';
import { attributesOf, lastingNameId } from '../../src/saml/attributes.ts';

const SUBJECT = 'Zr3kq0pWm8SxLd5VhTn2bA';
const ALIAS = 'q7fj2x@relay.example';
const BASIC = 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic';
const URI = 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri';

type Case = {
  attributes?: ServiceProvider['attributes'];
  subjectAttribute?: ServiceProvider['subjectAttribute'];
  application?: Partial<Application>;
  groups?: string[];
  subject?: string;
};

const told = ({
  attributes = 'basic',
  subjectAttribute = 'none',
  application,
  groups = [],
  subject = SUBJECT,
}: Case = {}) => ({
  provider: { attributes, subjectAttribute },
  aliasDomain: 'relay.example',
  scope: 'compte.example',
  holder: {
    groups,
    application: {
      ...APPLICATION_DEFAULTS,
      id: 'a1',
      status: 'open',
      name: 'Blog',
      homeUrl: 'https://blog.example/',
      ...application,
    } as Application,
    profile: {
      id: 'p1',
      applicationId: 'a1',
      name: 'hulotte',
      subject,
      aliasLocal: 'q7fj2x',
      status: 'active',
      createdDay: '2026-11-27',
      retiredDay: undefined,
      note: 'mine',
      groups: [],
      source: 'created',
      standing: { warnings: [] as string[] },
    } as const,
  },
});

/** Names and values; all are of this format. */
function said(input: Case, format: string): [string, ...string[]][] {
  return attributesOf(told(input)).map(({ name, nameFormat, values }) => {
    expect([name, nameFormat]).toEqual([name, format]);
    return [name, ...values];
  });
}

const IN_WORDS: [string, ...string[]][] = [
  ['uid', 'hulotte'],
  ['username', 'hulotte'],
  ['preferred_username', 'hulotte'],
  ['email', ALIAS],
  ['mail', ALIAS],
  ['name', 'hulotte'],
  ['displayName', 'hulotte'],
  ['first_name', 'hulotte'],
  ['last_name', ''],
];

describe('what an application is told of a profile', () => {
  test('has the names of every program we know, in words', () => {
    expect(said({}, BASIC)).toEqual(IN_WORDS);
    expect(said({ groups: ['Radio', 'Jardin'] }, BASIC)).toEqual([...IN_WORDS, ['groups', 'Radio', 'Jardin']]);
  });

  test('has the numbers of directories instead, or as well', () => {
    expect(said({ attributes: 'oid', groups: ['Radio'] }, URI)).toEqual([
      ['urn:oid:0.9.2342.19200300.100.1.1', 'hulotte'],
      ['urn:oid:0.9.2342.19200300.100.1.3', ALIAS],
      ['urn:oid:1.2.840.113549.1.9.1.1', ALIAS],
      ['urn:oid:2.16.840.1.113730.3.1.241', 'hulotte'],
      ['urn:oid:2.5.4.3', 'hulotte'],
      ['urn:oid:2.5.4.42', 'hulotte'],
      ['urn:oid:2.5.4.4', ''],
      ['urn:oid:1.3.6.1.4.1.5923.1.5.1.1', 'Radio'],
    ]);
    const both = attributesOf(told({ attributes: 'both' })).map(({ name }) => name);
    expect(both).toHaveLength(16);
    expect(new Set(both).size).toBe(16);
  });

  test('has no address where the application is told none', () => {
    const application = { email: 'none' } as const;
    expect(JSON.stringify(attributesOf(told({ attributes: 'both', application })))).not.toMatch(/mail|relay/u);
    expect(lastingNameId('emailAddress', told({ application }))).toBeUndefined();
  });

  test.each(['pairwise-id', 'subject-id'] as const)(
    'has a %s of this profile alone, in any case',
    (subjectAttribute) => {
      const attribute = attributesOf(told({ subjectAttribute })).at(-1);
      expect(attribute).toMatchObject({
        name: `urn:oasis:names:tc:SAML:attribute:${subjectAttribute}`,
        nameFormat: URI,
      });
      expect(attribute?.values).toHaveLength(1);
      expect(attribute?.values[0]).not.toContain(SUBJECT);
      const inSmallLetters = attributesOf(told({ subjectAttribute, subject: SUBJECT.toLowerCase() })).at(-1);
      expect(inSmallLetters?.values).not.toEqual(attribute?.values);
      // SAML Subject Identifier Attributes Profile 1.0 §3.3.
      expect(attribute?.values[0]).toMatch(/^[a-z0-9][a-z0-9=-]{0,126}@[a-z0-9][a-z0-9.-]{0,126}$/u);
    },
  );
});

test('a NameID is the subject, the relay address or the name of the profile, or lasts for one session', () => {
  expect(lastingNameId('persistent', told())).toBe(SUBJECT);
  expect(lastingNameId('persistent', told({ application: { subject: 'name' } }))).toBe('hulotte');
  expect(lastingNameId('emailAddress', told())).toBe(ALIAS);
  expect(lastingNameId('unspecified', told())).toBe('hulotte');
  expect(lastingNameId('transient', told())).toBeUndefined();
});
