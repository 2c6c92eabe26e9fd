/** The namespaces we write elements in, by the prefix we give each. */
export const NAMESPACES = {
  ds: 'http://www.w3.org/2000/09/xmldsig#',
  md: 'urn:oasis:names:tc:SAML:2.0:metadata',
  saml: 'urn:oasis:names:tc:SAML:2.0:assertion',
  samlp: 'urn:oasis:names:tc:SAML:2.0:protocol',
  shibmd: 'urn:mace:shibboleth:metadata:1.0',
  xenc: 'http://www.w3.org/2001/04/xmlenc#',
} as const;

/** Exclusive canonicalization, without comments: what is signed is brought into this form (Exclusive XML Canonicalization 1.0). */
export const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';

export type Prefix = keyof typeof NAMESPACES;

/** RSA (PKCS#1 v1.5) with SHA-256, the one algorithm we sign with (RFC 6931 §2.3.3). */
export const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';

/** How messages travel (SAML Bindings §3.4, §3.5). */
export const BINDINGS = {
  redirect: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
  post: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
} as const;
