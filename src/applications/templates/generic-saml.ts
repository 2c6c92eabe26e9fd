import {
  ATTRIBUTE_NAMES,
  NAME_ID_FORMATS,
  NAME_ID_URIS,
  SERVICE_PROVIDER_DEFAULTS,
  type ServiceProviderSettings,
} from '../service-provider-settings.ts';
import { RULE_PRESETS } from '../username-rule.ts';
import { generic } from './generic.ts';
import { certificateLines, consumerAt, renewal } from './saml.ts';
import {
  addressQuestion,
  answerTo,
  code,
  fields,
  sendersOf,
  steps,
  type Answers,
  type ServiceProviderTemplate,
} from './template.ts';

/** The numbers of uid, mail and displayName in directories (RFC 4519 §2.39, RFC 4524 §2.16, RFC 2798 §2.3). */
const OIDS = {
  user: 'urn:oid:0.9.2342.19200300.100.1.1',
  mail: 'urn:oid:0.9.2342.19200300.100.1.3',
  display: 'urn:oid:2.16.840.1.113730.3.1.241',
};

function nameIdOf(answers: Answers): ServiceProviderSettings['nameId'] {
  return NAME_ID_FORMATS.find((format) => format === answerTo(answers, 'nameid')) ?? SERVICE_PROVIDER_DEFAULTS.nameId;
}

function attributesOf(answers: Answers): ServiceProviderSettings['attributes'] {
  return (
    ATTRIBUTE_NAMES.find((names) => names === answerTo(answers, 'attributes')) ?? SERVICE_PROVIDER_DEFAULTS.attributes
  );
}

/** Any other application that speaks SAML: the values it needs, under their usual names. */
export const genericSaml: ServiceProviderTemplate = {
  id: 'generic-saml',
  protocol: 'saml',
  besides: generic.id,
  name: 'SAML',
  questions: [
    addressQuestion('allowed'),
    {
      key: 'entity',
      kind: 'entity-id',
      label: 'admin.template.generic_saml.ask_entity',
      hint: 'admin.template.generic_saml.ask_entity_hint',
    },
    {
      key: 'consumer',
      kind: 'endpoint',
      label: 'admin.template.generic_saml.ask_consumer',
      hint: 'admin.template.generic_saml.ask_consumer_hint',
    },
    {
      key: 'logout',
      kind: 'endpoint',
      optional: true,
      label: 'admin.template.generic_saml.ask_logout',
      hint: 'admin.template.generic_saml.ask_logout_hint',
    },
    {
      key: 'nameid',
      kind: 'choice',
      preset: { value: SERVICE_PROVIDER_DEFAULTS.nameId },
      label: 'admin.template.generic_saml.ask_nameid',
      hint: 'admin.template.generic_saml.ask_nameid_hint',
      options: [
        { value: 'persistent', label: 'admin.template.generic_saml.nameid_persistent' },
        { value: 'emailAddress', label: 'admin.template.generic_saml.nameid_address' },
        { value: 'unspecified', label: 'admin.template.generic_saml.nameid_name' },
        { value: 'transient', label: 'admin.template.generic_saml.nameid_transient' },
      ],
    },
    {
      key: 'attributes',
      kind: 'choice',
      preset: { value: SERVICE_PROVIDER_DEFAULTS.attributes },
      label: 'admin.template.generic_saml.ask_attributes',
      hint: 'admin.template.generic_saml.ask_attributes_hint',
      options: [
        { value: 'basic', label: 'admin.template.generic_saml.attributes_basic' },
        { value: 'oid', label: 'admin.template.generic_saml.attributes_oid' },
        { value: 'both', label: 'admin.template.generic_saml.attributes_both' },
      ],
    },
  ],
  application: (answers) => ({
    rule: RULE_PRESETS.fediverse,
    senderDomains: sendersOf(answerTo(answers, 'address')),
  }),
  serviceProvider(answers) {
    const logout = answerTo(answers, 'logout');
    return {
      entityId: answerTo(answers, 'entity'),
      consumers: consumerAt(answerTo(answers, 'consumer')),
      logout: logout === '' ? [] : [{ binding: 'redirect', url: logout }],
      nameId: nameIdOf(answers),
      attributes: attributesOf(answers),
    };
  },
  instructions({ answers, saml }) {
    const names = attributesOf(answers);
    return [
      fields('admin.template.generic.fields', {
        'Metadata URL': saml.metadataUrl,
        'Entity ID': saml.entityId,
        'Single sign-on URL': saml.ssoUrl,
        'Single logout URL': saml.sloUrl,
        Binding: 'HTTP-Redirect, HTTP-POST',
        'Certificate fingerprint (SHA-256)': saml.fingerprint,
        'Certificate fingerprint (SHA-1)': saml.fingerprintSha1,
        'Signature algorithm': 'RSA-SHA256',
        'NameID format': NAME_ID_URIS[nameIdOf(answers)],
      }),
      code('admin.template.generic_saml.certificate', certificateLines(saml)),
      fields('admin.template.generic_saml.registered', {
        'SP entity ID': answerTo(answers, 'entity'),
        'Assertion consumer service': answerTo(answers, 'consumer'),
      }),
      steps('admin.template.generic.names', [
        ...(names === 'oid' ? [] : [{ key: 'admin.template.generic_saml.names_basic' }]),
        ...(names === 'basic' ? [] : [{ key: 'admin.template.generic_saml.names_oid', params: OIDS }]),
        { key: 'admin.template.generic_saml.mail' },
        { key: 'admin.template.generic_saml.groups' },
      ]),
      steps('admin.template.check', [
        { key: 'admin.template.open_entry' },
        { key: 'admin.template.generic.check_rule' },
        { key: 'admin.template.generic_saml.check_signed' },
        { key: 'admin.template.generic_saml.check_metadata' },
      ]),
      steps('admin.template.existing', [{ key: 'admin.template.generic_saml.attach' }]),
      renewal('by-hand'),
    ];
  },
};
