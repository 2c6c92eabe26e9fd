const SAML = 'urn:oasis:names:tc:SAML:';
const W3C = 'http://www.w3.org/';

/** Attributes of a profile, as they are called. */
const PLAIN =
  'uid username preferred_username email mail name displayName first_name last_name cn givenName sn groups isMemberOf pairwise-id'.split(
    ' ',
  );

/** Words of SAML and of what it is made of, the same for everybody. */
export const SAML_WORDS: readonly string[] = [
  ...['Success', 'Requester', 'Responder', 'NoPassive'].map((status) => `${SAML}2.0:status:${status}`),
  ...['persistent', 'transient'].map((format) => `${SAML}2.0:nameid-format:${format}`),
  ...['basic', 'uri'].map((format) => `${SAML}2.0:attrname-format:${format}`),
  `${SAML}2.0:cm:bearer`,
  `${SAML}2.0:ac:classes:PasswordProtectedTransport`,
  `${SAML}attribute:pairwise-id`,
  `${W3C}2001/10/xml-exc-c14n#`,
  `${W3C}2001/04/xmldsig-more#rsa-sha256`,
  `${W3C}2000/09/xmldsig#enveloped-signature`,
  `${W3C}2000/09/xmldsig#sha1`,
  `${W3C}2001/04/xmlenc#sha256`,
  `${W3C}2001/04/xmlenc#rsa-oaep-mgf1p`,
  `${W3C}2001/04/xmlenc#Element`,
  `${W3C}2009/xmlenc11#aes256-gcm`,
  ...PLAIN,
  ...['0.9.2342.19200300.100.1.1', '0.9.2342.19200300.100.1.3', '2.16.840.1.113730.3.1.241'].map(oid),
  ...['2.5.4.3', '2.5.4.42', '2.5.4.4', '1.3.6.1.4.1.5923.1.5.1.1', '1.2.840.113549.1.9.1.1'].map(oid),
];

function oid(number: string): string {
  return `urn:oid:${number}`;
}
