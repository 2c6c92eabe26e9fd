import { RULE_PRESETS } from '../username-rule.ts';
import { consumerAt, renewal } from './saml.ts';
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

const at = (answers: Answers, path: string): string => `${answerTo(answers, 'address')}/auth/saml${path}`;

/**
 * Flarum with the extension askvortsov/flarum-saml, which is not Flarum's own. With any other NameID than the address it
 * reads the address under one name alone, that is not ours: so the NameID is the relay address.
 */
export const flarumSaml: ServiceProviderTemplate = {
  id: 'flarum-saml',
  protocol: 'saml',
  name: 'Flarum',
  questions: [addressQuestion('allowed')],
  application: (answers) => ({
    rule: { ...RULE_PRESETS.fediverse, max: 30 },
    senderDomains: sendersOf(answerTo(answers, 'address')),
  }),
  serviceProvider: (answers) => ({
    entityId: at(answers, '/metadata'),
    consumers: consumerAt(at(answers, '/acs')),
    nameId: 'emailAddress',
    nameIdFixed: true,
    attributes: 'basic',
  }),
  instructions({ saml }) {
    return [
      steps('admin.template.before', [
        { key: 'admin.template.flarum_saml.third', unverified: true },
        { key: 'admin.template.saml.reachable', params: { url: saml.metadataUrl } },
      ]),
      code('admin.template.flarum_saml.commands', [
        'composer require askvortsov/flarum-saml',
        'php flarum cache:clear',
      ]),
      fields('admin.template.flarum_saml.fields', {
        'Identity Provider Metadata URL': saml.metadataUrl,
        'NameID Format': 'Email',
        'Want Assertions Signed?': '✓',
        'Want Messages Signed?': '✓',
      }),
      fields('admin.template.flarum_saml.fields_newer', { 'Attribute to map the username to': 'uid' }, false),
      steps('admin.template.check', [
        { key: 'admin.template.open_entry' },
        { key: 'admin.template.flarum_saml.check_name' },
        { key: 'admin.template.flarum_saml.check_mail' },
        { key: 'admin.template.flarum_saml.check_logout', unverified: true },
      ]),
      steps('admin.template.existing', [{ key: 'admin.template.flarum_saml.attach' }]),
      renewal('itself'),
    ];
  },
};
