import { RULE_PRESETS } from '../username-rule.ts';
import { ruby } from './quoting.ts';
import {
  addressQuestion,
  answerTo,
  buttonQuestion,
  code,
  sendersOf,
  steps,
  yesNoQuestion,
  type ClientTemplate,
} from './template.ts';

/** GitLab, installed from its package: sends the secret in the body. */
export const gitlab: ClientTemplate = {
  id: 'gitlab',
  protocol: 'oidc',
  name: 'GitLab',
  questions: [
    addressQuestion('allowed'),
    buttonQuestion(),
    yesNoQuestion('block', 'admin.template.gitlab.ask_block', 'admin.template.gitlab.ask_block_hint'),
  ],
  application: (answers) => ({
    rule: RULE_PRESETS.gitlab,
    quota: 1,
    senderDomains: sendersOf(answerTo(answers, 'address')),
  }),
  client: (answers) => ({
    redirectUris: [`${answerTo(answers, 'address')}/users/auth/openid_connect/callback`],
    authMethod: 'client_secret_post',
  }),
  instructions({ place, answers, clientId, secret }) {
    const block = answerTo(answers, 'block') === 'yes';
    return [
      steps('admin.template.before', [{ key: 'admin.template.gitlab.list' }]),
      code('admin.template.gitlab.file', [
        `gitlab_rails['omniauth_allow_single_sign_on'] = ['openid_connect']`,
        `gitlab_rails['omniauth_block_auto_created_users'] = ${String(block)}`,
        `gitlab_rails['omniauth_providers'] = [`,
        '  {',
        `    name: 'openid_connect',`,
        `    label: ${ruby(answerTo(answers, 'button'))},`,
        '    args: {',
        `      name: 'openid_connect',`,
        `      scope: ['openid', 'profile', 'email'],`,
        `      response_type: 'code',`,
        `      issuer: ${ruby(place.issuer)},`,
        '      discovery: true,',
        `      client_auth_method: 'query',`,
        `      uid_field: 'sub',`,
        `      gitlab_username_claim: 'preferred_username',`,
        `      send_scope_to_token_endpoint: 'false',`,
        '      pkce: true,',
        '      client_options: {',
        `        identifier: ${ruby(clientId)},`,
        `        secret: ${ruby(secret)},`,
        `        redirect_uri: ${ruby(`${answerTo(answers, 'address')}/users/auth/openid_connect/callback`)}`,
        '      }',
        '    }',
        '  }',
        ']',
      ]),
      steps('admin.template.then', [{ key: 'admin.template.gitlab.reconfigure' }]),
      steps('admin.template.check', [
        { key: 'admin.template.open_entry' },
        { key: block ? 'admin.template.gitlab.check_blocked' : 'admin.template.gitlab.check_open' },
        { key: 'admin.template.gitlab.check_name' },
        { key: 'admin.template.gitlab.check_logout', unverified: true },
      ]),
      steps('admin.template.existing', [
        { key: 'admin.template.gitlab.attach', byHand: true },
        { key: 'admin.template.gitlab.attach_row', byHand: true },
      ]),
    ];
  },
};
