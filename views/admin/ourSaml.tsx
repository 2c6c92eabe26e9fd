import type { Frame } from '../layout.tsx';
import { CopyLines } from '../parts/CopyLines.tsx';
import { Facts } from '../parts/Facts.tsx';
import { momentText } from '../parts/When.tsx';
import type { TextKey } from '../text.ts';

/** A certificate of ours; times in milliseconds. */
export type OurCertificate = {
  readonly id: string;
  readonly status: 'next' | 'signing' | 'previous';
  readonly pem: string;
  readonly fingerprint: string;
  readonly fingerprintSha1: string;
  readonly notAfter: number;
  readonly signsFrom: number;
  readonly goesAt?: number | undefined;
};

/** What service providers have to know of us. */
export type OurSaml = {
  readonly entityId: string;
  readonly metadataUrl: string;
  readonly ssoUrl: string;
  readonly sloUrl: string;
  readonly certificates: readonly OurCertificate[];
};

const STATES: Readonly<Record<OurCertificate['status'], TextKey>> = {
  next: 'admin.saml.certificate_next',
  signing: 'admin.saml.certificate_signing',
  previous: 'admin.saml.certificate_previous',
};

/** Our names and addresses, to be written into a service provider. */
export function OurAddresses({ frame: { t }, ours }: { frame: Frame; ours: OurSaml }) {
  return (
    <Facts
      t={t}
      copy
      facts={[
        { label: t('admin.saml.entity_id'), value: ours.entityId },
        { label: t('admin.saml.metadata_url'), value: ours.metadataUrl },
        { label: t('admin.saml.sso'), value: ours.ssoUrl },
        { label: t('admin.saml.slo'), value: ours.sloUrl },
      ]}
    />
  );
}

/** One certificate of ours, with everything that a service provider may ask of it. */
export function Certificate({ frame, certificate }: { frame: Frame; certificate: OurCertificate }) {
  const { t, language } = frame;
  const { status, pem, fingerprint, fingerprintSha1, notAfter, signsFrom, goesAt } = certificate;
  const state = t(STATES[status]);
  return (
    <div class="reference">
      <h3>{state}</h3>
      <Facts
        t={t}
        facts={[
          { label: t('admin.saml.until'), value: momentText(language, notAfter) },
          status === 'previous'
            ? []
            : {
                label: t(status === 'next' ? 'admin.saml.signs_from' : 'admin.saml.signs_since'),
                value: momentText(language, signsFrom),
              },
          goesAt === undefined ? [] : { label: t('admin.saml.goes_at'), value: momentText(language, goesAt) },
        ].flat()}
      />
      <Facts
        t={t}
        copy
        facts={[
          { label: t('admin.saml.fingerprint'), value: fingerprint },
          { label: t('admin.saml.fingerprint_sha1'), value: fingerprintSha1 },
        ]}
      />
      <details class="more">
        <summary>{t('admin.saml.pem')}</summary>
        <CopyLines t={t} label={`${t('admin.saml.pem')} – ${state}`} text={pem} />
      </details>
    </div>
  );
}
