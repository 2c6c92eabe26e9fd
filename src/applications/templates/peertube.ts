import { RULE_PRESETS } from '../username-rule.ts';
import {
  addressQuestion,
  answerTo,
  buttonQuestion,
  fields,
  sendersOf,
  steps,
  type ClientTemplate,
} from './template.ts';

/** PeerTube with its official plugin auth-openid-connect, which takes the answer by a posted form. */
export const peertube: ClientTemplate = {
  id: 'peertube',
  protocol: 'oidc',
  name: 'PeerTube',
  questions: [
    addressQuestion('none'),
    buttonQuestion(),
    {
      key: 'group',
      kind: 'text',
      optional: true,
      label: 'admin.template.peertube.ask_group',
      hint: 'admin.template.peertube.ask_group_hint',
    },
  ],
  application: (answers) => ({
    rule: RULE_PRESETS.peertube,
    senderDomains: sendersOf(answerTo(answers, 'address')),
  }),
  client: (answers) => ({
    redirectUris: [`${answerTo(answers, 'address')}/plugins/auth-openid-connect/router/code-cb`],
    authMethod: 'client_secret_basic',
  }),
  instructions({ place, answers, clientId, secret }) {
    const group = answerTo(answers, 'group');
    return [
      steps('admin.template.before', [
        { key: 'admin.template.peertube.install' },
        { key: 'admin.template.peertube.https' },
      ]),
      fields('admin.template.peertube.fields', {
        'Auth display name': answerTo(answers, 'button'),
        'Discover URL': place.endpoints.discovery,
        'Client ID': clientId,
        'Client secret': secret,
        'Username property': 'preferred_username',
        'Email property': 'email',
        'Display name property': 'name',
      }),
      fields(
        'admin.template.peertube.fields_newer',
        {
          Scope: group === '' ? 'openid email profile' : 'openid email profile groups',
          'Token signature algorithm': 'RS256',
          ...(group === '' ? {} : { 'Group property': 'groups', 'Allowed group': group }),
        },
        false,
      ),
      steps('admin.template.check', [
        { key: 'admin.template.open_entry' },
        { key: 'admin.template.peertube.check_role' },
        { key: 'admin.template.peertube.check_name' },
        ...(group === '' ? [] : [{ key: 'admin.template.shown_groups', params: { group } }]),
        { key: 'admin.template.peertube.check_logout', unverified: true },
      ]),
      steps('admin.template.existing', [{ key: 'admin.template.peertube.attach', byHand: true }]),
    ];
  },
};
