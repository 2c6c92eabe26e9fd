import { X509Certificate } from 'node:crypto';
import type { ServiceProvider } from '../../applications/applications.ts';
import type { OursShown } from '../../saml/saml.ts';
import type { OurSaml } from '../../../views/admin/ourSaml.tsx';
import type { UnderstoodData } from '../../../views/admin/understood.tsx';
import type { Frame } from '../../../views/layout.tsx';
import { momentText } from '../../../views/parts/When.tsx';
import type { Fact } from '../../../views/parts/Facts.tsx';
import { remarkInWords } from './saml-words.ts';

const BINDINGS = { redirect: 'HTTP-Redirect', post: 'HTTP-POST' } as const;

/** Our own values, as pages show them. */
export function ourSaml(ours: OursShown): OurSaml {
  return {
    entityId: ours.entityId,
    metadataUrl: ours.metadataUrl,
    ssoUrl: ours.ssoUrl,
    sloUrl: ours.sloUrl,
    certificates: ours.certificates.map(({ state, ...certificate }) => ({ ...certificate, status: state })),
  };
}

function certificatesOf(
  { t, language }: Frame,
  provider: ServiceProvider,
  now: number,
): UnderstoodData['certificates'] {
  const { signingCertificates, encryptionCertificates } = provider;
  return [...new Set([...signingCertificates, ...encryptionCertificates])].map((text) => {
    const signs = signingCertificates.includes(text);
    const encrypts = encryptionCertificates.includes(text);
    const use = t(
      signs && encrypts
        ? 'admin.provider.use_both'
        : signs
          ? 'admin.provider.use_signing'
          : 'admin.provider.use_encryption',
    );
    try {
      const certificate = new X509Certificate(Buffer.from(text, 'base64'));
      const end = Date.parse(certificate.validTo);
      const date = momentText(language, end);
      return {
        use,
        subject: certificate.subject.split('\n').join(', '),
        fingerprint: certificate.fingerprint256,
        until: end < now ? t('admin.provider.certificate_ended', { date }) : date,
      };
    } catch {
      return { use, subject: t('admin.provider.certificate_unreadable'), fingerprint: '', until: '' };
    }
  });
}

function encryptionOf({ t }: Frame, provider: ServiceProvider): string {
  const { encrypt, encryptionCertificates, encryptionAlgorithms } = provider;
  if (encryptionCertificates.length === 0) return t('admin.provider.encryption_none');
  if (!encrypt) return t('admin.provider.encryption_off');
  return encryptionAlgorithms[0] ?? t('admin.provider.encryption_unsaid');
}

/** What is known of a service provider, in words. */
export function understoodOf(frame: Frame, provider: ServiceProvider, now: number): UnderstoodData {
  const { t } = frame;
  return {
    facts: [
      { label: t('admin.saml.entity_id'), value: provider.entityId },
      {
        label: t('admin.provider.requests_signed'),
        value: t(provider.signedRequests ? 'admin.provider.must_be_signed' : 'admin.provider.may_be_unsigned'),
      },
      { label: t('admin.provider.encrypt_short'), value: encryptionOf(frame, provider) },
    ],
    consumers: provider.consumers,
    logout: provider.logout.map(({ binding, ...others }) => ({ ...others, binding: BINDINGS[binding] })),
    certificates: certificatesOf(frame, provider, now),
    remarks: (provider.metadata?.remarks ?? []).map((remark) => remarkInWords(t, remark)),
  };
}

/** Where the metadata of a service provider comes from, and how fresh it is. */
export function sourceOf({ t, language }: Frame, { metadata }: ServiceProvider, now: number): Fact[] {
  if (metadata === undefined) return [];
  const { url, keys, takenAt, triedAt, validUntil } = metadata;
  const until = validUntil === undefined ? undefined : momentText(language, validUntil);
  const isOver = validUntil !== undefined && validUntil <= now;
  return [
    { label: t('admin.provider.from'), value: url ?? t('admin.provider.from_hand') },
    { label: t('admin.provider.taken'), value: momentText(language, takenAt) },
    triedAt === undefined ? [] : { label: t('admin.provider.tried'), value: momentText(language, triedAt) },
    until === undefined
      ? []
      : {
          label: t('admin.provider.valid_until'),
          value: isOver ? t('admin.provider.valid_over', { date: until }) : until,
        },
    {
      label: t('admin.provider.signed_by'),
      value:
        keys.length === 0
          ? t('admin.provider.signed_unchecked')
          : t('admin.provider.signed_checked', { count: keys.length }),
    },
  ].flat();
}
