import { yaml } from './quoting.ts';
import { consumerAt, renewal } from './saml.ts';
import { synapse } from './synapse.ts';
import { answerTo, code, steps, type Answers, type ServiceProviderTemplate } from './template.ts';

const at = (answers: Answers, path: string): string => `${answerTo(answers, 'address')}/_synapse/client/saml2${path}`;

/**
 * Synapse by SAML. It reads `uid`, `displayName` and `email`; its library (pysaml2) knows basic names only as long
 * URNs, and drops others unless it is told to take attributes that it does not know.
 */
export const synapseSaml: ServiceProviderTemplate = {
  id: 'synapse-saml',
  protocol: 'saml',
  besides: synapse.id,
  name: synapse.name,
  questions: synapse.questions,
  application: synapse.application,
  serviceProvider: (answers) => ({
    entityId: at(answers, '/metadata.xml'),
    consumers: consumerAt(at(answers, '/authn_response')),
    nameId: 'persistent',
    attributes: 'basic',
  }),
  instructions({ answers, saml }) {
    const same = answerTo(answers, 'same') === 'yes';
    const settings = {
      idp_entityid: saml.entityId,
      idp_name: answerTo(answers, 'button'),
      sp_config: {
        metadata: { remote: [{ url: saml.metadataUrl }] },
        allow_unknown_attributes: true,
        service: { sp: { want_response_signed: true, want_assertions_signed: true } },
      },
      user_mapping_provider: { config: { mxid_source_attribute: 'uid', mxid_mapping: 'hexencode' } },
      // Without this line, whoever has the name of an account gets the account.
      grandfathered_mxid_source_attribute: same ? 'uid' : '',
    };
    return [
      steps('admin.template.before', [
        { key: 'admin.template.synapse.base', params: { url: `${answerTo(answers, 'address')}/` } },
        { key: 'admin.template.synapse_saml.install', unverified: true },
        { key: 'admin.template.saml.reachable', params: { url: saml.metadataUrl } },
      ]),
      code('admin.template.synapse.file', yaml({ saml2_config: settings })),
      steps('admin.template.then', [{ key: 'admin.template.synapse.restart' }]),
      steps('admin.template.check', [
        { key: 'admin.template.open_entry' },
        { key: 'admin.template.synapse.check_name' },
        { key: 'admin.template.synapse.check_digits', unverified: true },
        { key: 'admin.template.synapse_saml.check_logout' },
      ]),
      steps('admin.template.existing', [
        { key: 'admin.template.synapse_saml.attach', byHand: true },
        { key: same ? 'admin.template.synapse_saml.attach_same' : 'admin.template.synapse_saml.attach_other' },
      ]),
      renewal('restart'),
    ];
  },
};
