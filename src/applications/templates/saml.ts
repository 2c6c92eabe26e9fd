import type { ServiceProviderSettings } from '../service-provider-settings.ts';
import { steps, type Block, type SamlPlace } from './template.ts';

/** What this instance says of itself as an identity provider, with all of its certificates. */
type Ours = Omit<SamlPlace, 'certificate' | 'fingerprint' | 'fingerprintSha1'> & {
  readonly certificates: readonly {
    readonly pem: string;
    readonly fingerprint: string;
    readonly fingerprintSha1: string;
    readonly state: 'next' | 'signing' | 'previous';
  }[];
};

/** This instance for the instructions: with the one certificate that signs at this moment. */
export function samlPlaceOf({ entityId, metadataUrl, ssoUrl, sloUrl, certificates }: Ours): SamlPlace {
  const signing = certificates.find(({ state }) => state === 'signing');
  if (signing === undefined) throw new Error('no certificate signs');
  const { pem, fingerprint, fingerprintSha1 } = signing;
  return { entityId, metadataUrl, ssoUrl, sloUrl, certificate: pem, fingerprint, fingerprintSha1 };
}

/** The lines of a certificate in PEM. */
export const certificateLines = ({ certificate }: SamlPlace): string[] => certificate.trim().split(/\r?\n/u);

/** A certificate in one line, without the words around it: what reads settings in lines brings it into shape itself. */
export const certificateInLine = (place: SamlPlace): string =>
  certificateLines(place)
    .filter((line) => !line.startsWith('-----'))
    .join('');

/** The one address that answers are sent to. */
export const consumerAt = (url: string): ServiceProviderSettings['consumers'] => [{ url, index: 0, isDefault: true }];

/**
 * What happens when the certificate is renewed. `by-hand`: the application knows one certificate, which stands in its
 * settings; `restart`: it reads our metadata when it starts; `itself`: whenever it needs them.
 */
export function renewal(way: 'by-hand' | 'restart' | 'itself'): Block {
  const keys = {
    'by-hand': ['admin.template.saml.renew_by_hand', 'admin.template.saml.renew_again'],
    restart: ['admin.template.saml.renew_restart'],
    itself: ['admin.template.saml.renew_itself'],
  };
  return steps('admin.template.saml.renew', [
    { key: 'admin.template.saml.renew_when' },
    ...keys[way].map((key) => ({ key })),
  ]);
}
