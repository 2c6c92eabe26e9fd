import { RULE_PRESETS } from '../username-rule.ts';
import { python, shell } from './quoting.ts';
import { consumerAt, renewal } from './saml.ts';
import {
  addressQuestion,
  answerTo,
  code,
  sendersOf,
  steps,
  type Answers,
  type ServiceProviderTemplate,
} from './template.ts';

const at = (answers: Answers, path: string): string => `${answerTo(answers, 'address')}/saml2${path}`;

/**
 * Seafile by SAML. It asks for an address as NameID, but takes any text and recognises people by it alone: so the
 * identifier is sent that stays. It signs what it says of sign-outs, with a key that only its metadata tell.
 */
export const seafileSaml: ServiceProviderTemplate = {
  id: 'seafile-saml',
  protocol: 'saml',
  name: 'Seafile',
  questions: [addressQuestion('allowed')],
  application: (answers) => ({
    rule: RULE_PRESETS.fediverse,
    quota: 1,
    senderDomains: sendersOf(answerTo(answers, 'address')),
  }),
  serviceProvider: (answers) => ({
    entityId: at(answers, '/metadata/'),
    consumers: consumerAt(at(answers, '/acs/')),
    nameId: 'persistent',
    nameIdFixed: true,
    attributes: 'basic',
  }),
  instructions({ answers, saml }) {
    const host = new URL(answerTo(answers, 'address')).hostname;
    return [
      steps('admin.template.before', [
        { key: 'admin.template.seafile_saml.version', unverified: true },
        { key: 'admin.template.seafile_saml.address', params: { url: answerTo(answers, 'address') } },
        { key: 'admin.template.saml.reachable', params: { url: saml.metadataUrl } },
        { key: 'admin.template.seafile_saml.folder' },
      ]),
      code('admin.template.seafile_saml.commands', [
        'mkdir -p /opt/seafile/seahub-data/certs',
        'cd /opt/seafile/seahub-data/certs',
        `openssl req -x509 -nodes -days 3650 -newkey rsa:2048 -subj ${shell(`/CN=${host}`)} -keyout sp.key -out sp.crt`,
      ]),
      code('admin.template.seafile_saml.file', [
        'ENABLE_ADFS_LOGIN = True',
        `LOGIN_REDIRECT_URL = '/saml2/complete/'`,
        `SAML_REMOTE_METADATA_URL = ${python(saml.metadataUrl)}`,
        `SAML_PROVIDER_IDENTIFIER = 'saml'`,
        'SAML_ATTRIBUTE_MAPPING = {',
        `    'name': ('display_name', ),`,
        `    'mail': ('contact_email', ),`,
        '}',
      ]),
      steps('admin.template.then', [
        { key: 'admin.template.seafile_saml.restart' },
        { key: 'admin.template.saml.import', params: { url: at(answers, '/metadata/') } },
      ]),
      steps('admin.template.check', [
        { key: 'admin.template.open_entry' },
        { key: 'admin.template.seafile_saml.check_id' },
        { key: 'admin.template.seafile_saml.check_logout' },
      ]),
      steps('admin.template.existing', [{ key: 'admin.template.seafile_saml.attach', unverified: true, byHand: true }]),
      renewal('itself'),
    ];
  },
};
