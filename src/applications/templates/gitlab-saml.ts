import { gitlab } from './gitlab.ts';
import { NAME_ID_URIS } from '../service-provider-settings.ts';
import { ruby } from './quoting.ts';
import { certificateLines, consumerAt, renewal } from './saml.ts';
import { answerTo, code, steps, type Answers, type ServiceProviderTemplate } from './template.ts';

const at = (answers: Answers, path: string): string => `${answerTo(answers, 'address')}/users/auth/saml${path}`;

/** GitLab by SAML: takes the user name from `nickname` only where it is told which attribute that is. */
export const gitlabSaml: ServiceProviderTemplate = {
  id: 'gitlab-saml',
  protocol: 'saml',
  besides: gitlab.id,
  name: gitlab.name,
  questions: gitlab.questions,
  application: gitlab.application,
  serviceProvider: (answers) => ({
    entityId: at(answers, '/metadata'),
    consumers: consumerAt(at(answers, '/callback')),
    nameId: 'persistent',
    attributes: 'basic',
  }),
  instructions({ answers, saml }) {
    const block = answerTo(answers, 'block') === 'yes';
    return [
      steps('admin.template.before', [
        { key: 'admin.template.gitlab.list' },
        { key: 'admin.template.gitlab_saml.https', unverified: true },
      ]),
      code('admin.template.gitlab.file', [
        `gitlab_rails['omniauth_allow_single_sign_on'] = ['saml']`,
        `gitlab_rails['omniauth_block_auto_created_users'] = ${String(block)}`,
        `gitlab_rails['omniauth_providers'] = [`,
        '  {',
        `    name: 'saml',`,
        `    label: ${ruby(answerTo(answers, 'button'))},`,
        '    args: {',
        `      assertion_consumer_service_url: ${ruby(at(answers, '/callback'))},`,
        `      issuer: ${ruby(at(answers, '/metadata'))},`,
        `      idp_sso_target_url: ${ruby(saml.ssoUrl)},`,
        `      idp_cert: ${ruby(certificateLines(saml).join('\n'))},`,
        `      name_identifier_format: ${ruby(NAME_ID_URIS.persistent)},`,
        `      attribute_statements: { nickname: ['uid'], name: ['name'], email: ['email'] }`,
        '    }',
        '  }',
        ']',
      ]),
      steps('admin.template.then', [{ key: 'admin.template.gitlab.reconfigure' }]),
      steps('admin.template.check', [
        { key: 'admin.template.open_entry' },
        { key: block ? 'admin.template.gitlab.check_blocked' : 'admin.template.gitlab.check_open' },
        { key: 'admin.template.gitlab_saml.check_name' },
        { key: 'admin.template.gitlab.check_logout', unverified: true },
      ]),
      steps('admin.template.existing', [
        { key: 'admin.template.gitlab.attach', unverified: true, byHand: true },
        { key: 'admin.template.gitlab_saml.attach_row', byHand: true },
      ]),
      renewal('by-hand'),
    ];
  },
};
