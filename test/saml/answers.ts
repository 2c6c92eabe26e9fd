import { fc } from '../properties.ts';
import type { Answer } from '../../src/saml/response.ts';
import { NAME_ID_URIS } from '../../src/applications/service-provider-settings.ts';

/** Our entity ID, the service provider's, and where it takes answers. */
export const HOUSE = 'https://id.example/saml/metadata';
export const FORUM = 'https://forum.example/saml/metadata';
export const FORUM_ACS = 'https://forum.example/saml/acs?lang=fr&mode=%22';

export const BASIC = 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic';
export const PASSWORD = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport';

/** What is told of one of alix' profiles. */
export function answer(more: Partial<Answer> = {}): Answer {
  const now = Date.now();
  return {
    issuer: HOUSE,
    audience: FORUM,
    destination: FORUM_ACS,
    inResponseTo: '_asked',
    now,
    nameId: { format: NAME_ID_URIS.persistent, value: 'tawny-subject' },
    sessionIndex: '_session',
    authnInstant: now - 600_000,
    contextClass: PASSWORD,
    attributes: [
      { name: 'username', nameFormat: BASIC, values: ['alix'] },
      { name: 'groups', nameFormat: BASIC, values: ['readers', 'writers'] },
    ],
    encryption: undefined,
    ...more,
  };
}

/** What has changed meaning on its way in one XML library or another. */
export const AWKWARD = [
  '<!---->',
  'alix<!-- -->@home.example',
  '<?a b?>',
  '<![CDATA[x]]>',
  ']]>',
  '&',
  '&amp;',
  '&#13;',
  '&lt;',
  '&undefined;',
  '"',
  "'",
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\u{7f}',
  '\u{85}',
  '\r\u{85}',
  '\u{2028}',
  '\u{2029}',
  '\u{feff}',
  '\u{fffd}',
  '\u{e000}',
  '\u{10ffff}',
  'e\u{301}',
  'é',
  '\u{202e}',
  '👩‍🚀',
  '𝒶𝓁𝒾𝓍',
  ' xmlns:saml="urn:x"',
  '</saml:AttributeValue>',
  '</saml:Issuer>',
  '${attrRole}',
  '{attrRole}',
  ' ',
  '',
] as const;

/** Any text that XML can carry, the awkward ones often among it. */
export const anyValue: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...AWKWARD),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 6 },
  )
  .map((pieces) => pieces.join('').replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, ''));

/** The same, where something that can be seen must stand. */
export const anyName: fc.Arbitrary<string> = anyValue.filter((text) => /[^\s\u{85}]/u.test(text));
