import { addServiceProviderPage } from '../../views/admin/addServiceProvider.tsx';
import { chooseEntityPage } from '../../views/admin/chooseEntity.tsx';
import { examinedPage } from '../../views/admin/examined.tsx';
import { samlPage } from '../../views/admin/saml.tsx';
import { serviceProviderPage } from '../../views/admin/serviceProvider.tsx';
import { serviceProviderByHandPage } from '../../views/admin/serviceProviderByHand.tsx';
import type { Frame } from '../../views/layout.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { csrf, lake, sample, wrong, type Sample } from './sampling.ts';

const DAY = Date.UTC(2026, 10, 20);
const FINGERPRINT = Array.from({ length: 32 }, (_, at) => (at * 7 + 16).toString(16).toUpperCase()).join(':');
const PEM = `-----BEGIN CERTIFICATE-----\n${'MIIDazCCAlOgAwIBAgIUQf0bH2lVYt9hulotte'.repeat(9)}\n-----END CERTIFICATE-----\n`;
const application = { name: lake.name, url: '/admin/applications/a1' };

const certificate = (id: string, status: 'next' | 'signing' | 'previous') => ({
  id,
  status,
  pem: PEM,
  fingerprint: FINGERPRINT,
  fingerprintSha1: FINGERPRINT.slice(0, 59),
  notAfter: Date.UTC(2027, 0, 31, 8),
  signsFrom: DAY,
  goesAt: status === 'previous' ? Date.UTC(2026, 11, 20) : undefined,
});

const ours = (...certificates: ReturnType<typeof certificate>[]) => ({
  entityId: 'https://compte.example.org/saml/metadata',
  metadataUrl: 'https://compte.example.org/saml/metadata',
  ssoUrl: 'https://compte.example.org/saml/sso',
  sloUrl: 'https://compte.example.org/saml/slo',
  certificates,
});

/** What a service provider would be sent. */
export const samlAnswer = {
  xml: `<samlp:Response ID="_1" Version="2.0" Destination="https://nuage.example/apps/user_saml/saml/acs">\n  <saml:Issuer>https://compte.example.org/saml/metadata</saml:Issuer>\n</samlp:Response>`,
  nameId: { format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', value: 'mPz0c6SPQpC2dhE4BtZ9sw' },
  attributes: [
    { name: 'urn:oid:0.9.2342.19200300.100.1.3', friendlyName: 'mail', values: ['3k2j5h6g7f8d9s0a@relais.example'] },
    { name: 'uid', values: ['hulotte'] },
    { name: 'groups', values: ['Atelier vélo', 'Radio'] },
  ],
  encrypted: true,
  verified: true,
};

const settings = {
  label: 'Nuage',
  nameId: 'persistent',
  attributes: 'basic',
  subjectAttribute: 'none',
  encrypt: 'on',
  unsolicited: 'on',
  unsolicitedState: 'https://nuage.example/apps/files',
};

const understood = ({ t }: Frame) => ({
  facts: [
    { label: t('admin.saml.entity_id'), value: 'https://nuage.example/apps/user_saml/saml/metadata' },
    { label: t('admin.provider.requests_signed'), value: t('admin.provider.may_be_unsigned') },
    { label: t('admin.provider.encrypt_short'), value: 'aes256-gcm, aes128-gcm' },
  ],
  consumers: [
    { url: 'https://nuage.example/apps/user_saml/saml/acs', index: 1, isDefault: true },
    { url: 'https://ancien.nuage.example/apps/user_saml/saml/acs', index: 2, isDefault: false },
  ],
  logout: [
    {
      binding: 'HTTP-Redirect',
      url: 'https://nuage.example/apps/user_saml/saml/sls',
      responseUrl: 'https://nuage.example/apps/user_saml/saml/slr',
    },
  ],
  certificates: [
    {
      use: t('admin.provider.use_both'),
      subject: 'CN=nuage.example, O=Les Cimes',
      fingerprint: FINGERPRINT,
      until: t('admin.provider.certificate_ended', { date: '1er janvier 2026' }),
    },
  ],
  remarks: [t('admin.saml.remark.consumer_binding'), t('admin.saml.remark.certificate_expired')],
});

const hand = {
  entityId: 'nuage',
  consumers: 'ftp://nuage.example',
  logoutBinding: 'redirect',
  ...settings,
  unsolicitedState: 'é'.repeat(60),
};

/** The pages about SAML. */
export const samlSamples: readonly Sample[] = [
  sample('admin-provider-new', addServiceProviderPage, () => ({
    application,
    action: '/admin/applications/a1/service-providers/new',
    csrf,
    form: { values: { source: 'url' }, errors: [] },
    byHandUrl: '/admin/applications/a1/service-providers/by-hand',
  })),
  sample('admin-provider-new-errors', addServiceProviderPage, (frame) => ({
    application,
    action: '/admin/applications/a1/service-providers/new',
    csrf,
    form: wrong(
      frame,
      { source: 'paste', metadata: '<html>', keys: 'PEM' },
      {
        label: ['application_name_required', {}],
        source: ['choice_required', {}],
        metadataUrl: ['metadata_unreachable', { host: 'nuage.example', reason: 'certificate' }],
        metadata: ['metadata_required', {}],
        metadataFile: ['metadata_encoding', {}],
        keys: ['certificate_invalid', {}],
      },
    ),
    byHandUrl: '/admin/applications/a1/service-providers/by-hand',
  })),
  sample('admin-provider-choose-errors', chooseEntityPage, (frame) => ({
    application,
    action: '/admin/applications/a1/service-providers/new',
    csrf,
    form: wrong(
      frame,
      { otherEntity: 'https://ailleurs.example' },
      { entity: ['choice_required', {}], otherEntity: ['entity_id_taken', {}] },
    ),
    entities: ['https://nuage.example/apps/user_saml/saml/metadata', 'https://carnet.example/saml', 'urn:exemple:wiki'],
    count: 1374,
    kept: [{ name: 'metadataUrl', value: 'https://federation.example/metadata.xml' }],
  })),
  sample('admin-provider-by-hand-errors', serviceProviderByHandPage, (frame) => ({
    application,
    action: '/admin/applications/a1/service-providers/by-hand',
    csrf,
    form: wrong(frame, hand, {
      label: ['application_name_required', {}],
      entityId: ['entity_id_invalid', {}],
      consumers: ['consumer_invalid', {}],
      logout: ['url_invalid', {}],
      signingCertificates: ['certificate_invalid', {}],
      encryptionCertificates: ['certificate_invalid', {}],
      signedRequests: ['certificate_required', {}],
      unsolicitedState: ['relay_state_invalid', {}],
      nameId: ['choice_required', {}],
    }),
  })),
  sample('admin-provider', serviceProviderPage, (frame) => ({
    label: 'Nuage',
    application,
    path: '/admin/service-providers/s1',
    csrf,
    form: { values: settings, errors: [] },
    metadataForm: blankForm,
    ours: ours(certificate('k1', 'signing'), certificate('k2', 'next')),
    understood: understood(frame),
    byHand: false,
    source: [
      { label: frame.t('admin.provider.from'), value: 'https://nuage.example/apps/user_saml/saml/metadata' },
      { label: frame.t('admin.provider.taken'), value: '20 novembre 2026' },
    ],
    problem: frame.t('error.metadata_status', { host: 'nuage.example', status: 503 }),
    refreshes: true,
    tryUrl: '/admin/applications/a1/try',
    notice: frame.t('admin.provider.added'),
  })),
  sample('admin-provider-errors', serviceProviderPage, (frame) => ({
    label: 'Nuage',
    application,
    path: '/admin/service-providers/s1',
    csrf,
    form: wrong(frame, hand, { label: ['application_name_required', {}] }),
    metadataForm: wrong(frame, { metadata: '<html>' }, { metadata: ['metadata_encoding', {}] }),
    ours: ours(certificate('k1', 'signing')),
    understood: { ...understood(frame), logout: [], certificates: [], remarks: [] },
    byHand: true,
    source: [],
    refreshes: false,
    tryUrl: '/admin/applications/a1/try',
  })),
  sample('admin-saml', samlPage, ({ t }) => ({
    ours: ours(certificate('k1', 'signing'), certificate('k0', 'previous')),
    warnings: [t('admin.saml.warning_ends', { days: 72 })],
    providers: [],
    form: blankForm,
    csrf,
  })),
  sample('admin-saml-errors', samlPage, (frame) => ({
    ours: ours(certificate('k1', 'signing'), certificate('k2', 'next')),
    warnings: [],
    providers: [
      { label: 'Nuage', application: lake.name, url: '/admin/service-providers/s1' },
      { label: 'Carnet', application: 'Carnet', url: '/admin/service-providers/s2' },
    ],
    form: wrong(frame, {}, { confirm: ['certificate_unconfirmed', {}] }),
    csrf,
  })),
  sample('admin-examined', examinedPage, (frame) => ({
    back: { name: frame.t('admin.try.title', { application: lake.name }), url: '/admin/applications/a1/try' },
    label: 'Nuage',
    action: '/admin/service-providers/s1/examine',
    csrf,
    form: { values: { request: 'https://compte.example.org/saml/sso?SAMLRequest=fVLLTsMwELwj8Q' }, errors: [] },
    found: {
      xml: `<samlp:AuthnRequest ID="_2" Version="2.0" Destination="https://compte.example.org/saml/sso"/>`,
      facts: [
        { label: 'ID', value: '_2' },
        { label: frame.t('admin.try.request_signature'), value: frame.t('admin.try.signature_wrong') },
      ],
      problems: [frame.t('admin.saml.reason.signature_invalid')],
    },
    answer: samlAnswer,
  })),
  sample('admin-examined-errors', examinedPage, (frame) => ({
    back: { name: lake.name, url: '/admin/applications/a1/try' },
    label: 'Nuage',
    action: '/admin/service-providers/s1/examine',
    csrf,
    form: wrong(frame, { request: 'bonjour' }, { request: ['saml_message_invalid', {}] }),
  })),
];
