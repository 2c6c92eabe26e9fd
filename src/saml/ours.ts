import { createHash } from 'node:crypto';
import { PUBLISH_AFTER, warnings, type State, type Warning } from './key-schedule.ts';
import type { Credential } from './keys.ts';

/** Our entity ID and addresses, under which service providers know us. */
export type Ours = {
  readonly entityId: string;
  readonly ssoUrl: string;
  readonly sloUrl: string;
  /** After the @ of subject attributes. */
  readonly scope: string;
  readonly aliasDomain: string;
};

export function oursUnder(issuer: string, aliasDomain: string): Ours {
  return {
    entityId: `${issuer}/saml/metadata`,
    ssoUrl: `${issuer}/saml/sso`,
    sloUrl: `${issuer}/saml/slo`,
    scope: new URL(issuer).hostname,
    aliasDomain,
  };
}

/** One of our certificates, for people to copy and compare. Times in milliseconds. */
export type CertificateShown = {
  readonly id: string;
  readonly pem: string;
  /** SHA-256, as `AA:BB:…`. */
  readonly fingerprint: string;
  /** SHA-1, which some settings still ask for to recognise a certificate by. */
  readonly fingerprintSha1: string;
  readonly notAfter: number;
  readonly state: State;
  readonly signsFrom: number;
  /** When one that signs no longer is published no longer. */
  readonly goesAt?: number;
};

/** What service providers are told of us. The certificate that signs comes first. */
export type OursShown = {
  readonly entityId: string;
  readonly metadataUrl: string;
  readonly ssoUrl: string;
  readonly sloUrl: string;
  readonly certificates: readonly CertificateShown[];
  readonly warnings: readonly Warning[];
};

/** A certificate (DER, base64) as text (RFC 7468 §5). */
export function pemOf(certificate: string): string {
  const lines = certificate.match(/.{1,64}/gu) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function sha1(certificate: string): string {
  const digest = createHash('sha1').update(Buffer.from(certificate, 'base64')).digest('hex').toUpperCase();
  return digest.match(/../gu)?.join(':') ?? '';
}

/** Our values as pages show them. */
export function placeFor(ours: Ours, published: readonly Credential[], now: number): OursShown {
  const inTurn = published.toSorted((a, b) => a.signsFrom - b.signsFrom);
  return {
    entityId: ours.entityId,
    metadataUrl: ours.entityId,
    ssoUrl: ours.ssoUrl,
    sloUrl: ours.sloUrl,
    certificates: published.map((credential) => {
      const { id, certificate, fingerprint, notAfter, state, signsFrom } = credential;
      const successor = inTurn[inTurn.indexOf(credential) + 1];
      return {
        id,
        pem: pemOf(certificate),
        fingerprint,
        fingerprintSha1: sha1(certificate),
        notAfter,
        state,
        signsFrom,
        ...(state === 'previous' && successor !== undefined ? { goesAt: successor.signsFrom + PUBLISH_AFTER } : {}),
      };
    }),
    warnings: warnings(published, now),
  };
}
