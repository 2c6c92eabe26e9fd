import { createHash } from 'node:crypto';
import type { ServiceProvider } from '../applications/applications.ts';
import type { Holder } from '../journey/journey.ts';
import { emailOf, subjectOf } from '../profiles/profiles.ts';
import type { Attribute } from './response.ts';

const BASIC = 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic';
const URI = 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri';

/** What stands behind an attribute. */
type Known = { readonly name: string; readonly email: string | undefined; readonly groups: readonly string[] };

/** One attribute under its names: in words, and as directories number it (RFC 4519, RFC 2798, MACE-Dir eduMember). */
type Naming = {
  readonly basic: readonly string[];
  readonly oid?: { readonly name: string; readonly friendlyName: string };
  readonly values: (known: Known) => readonly string[];
};

const oid = (number: string, friendlyName: string) => ({ name: `urn:oid:${number}`, friendlyName });

/** A profile has one name: it is all of the first name, and nothing of the last, which some require to be there. */
const ATTRIBUTES: readonly Naming[] = [
  {
    basic: ['uid', 'username', 'preferred_username'],
    oid: oid('0.9.2342.19200300.100.1.1', 'uid'),
    values: ({ name }) => [name],
  },
  {
    basic: ['email', 'mail'],
    oid: oid('0.9.2342.19200300.100.1.3', 'mail'),
    values: ({ email }) => (email === undefined ? [] : [email]),
  },
  // As pysaml2 knows what it calls `email`.
  {
    basic: [],
    oid: oid('1.2.840.113549.1.9.1.1', 'email'),
    values: ({ email }) => (email === undefined ? [] : [email]),
  },
  {
    basic: ['name', 'displayName'],
    oid: oid('2.16.840.1.113730.3.1.241', 'displayName'),
    values: ({ name }) => [name],
  },
  { basic: [], oid: oid('2.5.4.3', 'cn'), values: ({ name }) => [name] },
  { basic: ['first_name'], oid: oid('2.5.4.42', 'givenName'), values: ({ name }) => [name] },
  { basic: ['last_name'], oid: oid('2.5.4.4', 'sn'), values: () => [''] },
  { basic: ['groups'], oid: oid('1.3.6.1.4.1.5923.1.5.1.1', 'isMemberOf'), values: ({ groups }) => groups },
];

/** What attributes and identifiers are made from; `scope`: our host, after the @ of subject attributes. */
export type Told = {
  readonly provider: Pick<ServiceProvider, 'attributes' | 'subjectAttribute'>;
  readonly holder: Holder;
  readonly aliasDomain: string;
  readonly scope: string;
};

function aliasOf({ holder, aliasDomain }: Pick<Told, 'holder' | 'aliasDomain'>): string | undefined {
  const { application, profile } = holder;
  return application.email === 'alias' ? `${profile.aliasLocal}@${aliasDomain}` : undefined;
}

/**
 * The identifier of the subject attributes: of this profile alone, in the few signs that the profile allows and that
 * stay apart in any case (SAML Subject Identifier Attributes Profile 1.0 §3.3). `subject-id` is no more than that here:
 * an identifier shared by applications would link profiles (P1).
 */
function subjectAttribute({ provider, holder, scope }: Told): Attribute[] {
  if (provider.subjectAttribute === 'none') return [];
  const id = createHash('sha256').update(`subject-attribute:${holder.profile.subject}`).digest('hex');
  return [
    {
      name: `urn:oasis:names:tc:SAML:attribute:${provider.subjectAttribute}`,
      nameFormat: URI,
      friendlyName: provider.subjectAttribute,
      values: [`${id.slice(0, 40)}@${scope}`],
    },
  ];
}

/** What a service provider is told of a profile, beside its NameID. Attributes without a value are left out. */
export function attributesOf(told: Told): readonly Attribute[] {
  const { provider, holder, aliasDomain } = told;
  const email = emailOf(holder.application, holder.profile, aliasDomain)?.address;
  const known = { name: holder.profile.name, email, groups: holder.groups };
  const inWords = provider.attributes !== 'oid';
  const byNumber = provider.attributes !== 'basic';
  const named = ATTRIBUTES.flatMap(({ basic, oid: numbered, values }): Attribute[] => [
    ...(inWords ? basic.map((name) => ({ name, nameFormat: BASIC, values: values(known) })) : []),
    ...(byNumber && numbered !== undefined ? [{ ...numbered, nameFormat: URI, values: values(known) }] : []),
  ]);
  return [...named, ...subjectAttribute(told)].filter(({ values }) => values.length > 0);
}

/**
 * The value of a profile's NameID; nothing where the application gets none of this format: no address, or a
 * `transient`, which is drawn for each session.
 */
export function lastingNameId(
  format: ServiceProvider['nameId'],
  told: Pick<Told, 'holder' | 'aliasDomain'>,
): string | undefined {
  const { application, profile } = told.holder;
  const values: Record<ServiceProvider['nameId'], string | undefined> = {
    persistent: subjectOf(application, profile),
    emailAddress: aliasOf(told),
    unspecified: profile.name,
    transient: undefined,
  };
  return values[format];
}
