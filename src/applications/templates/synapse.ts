import { RULE_PRESETS } from '../username-rule.ts';
import { yaml } from './quoting.ts';
import {
  addressQuestion,
  answerTo,
  buttonQuestion,
  code,
  sendersOf,
  steps,
  yesNoQuestion,
  type Answers,
  type ClientTemplate,
} from './template.ts';

const backchannelOf = (answers: Answers): string =>
  `${answerTo(answers, 'address')}/_synapse/client/oidc/backchannel_logout`;

/** Synapse, the Matrix server: reads the ID token, and hears of sign-outs. */
export const synapse: ClientTemplate = {
  id: 'synapse',
  protocol: 'oidc',
  name: 'Matrix Synapse',
  questions: [
    addressQuestion('allowed'),
    buttonQuestion(),
    yesNoQuestion('same', 'admin.template.synapse.ask_same', 'admin.template.synapse.ask_same_hint'),
  ],
  application: (answers) => ({
    rule: RULE_PRESETS.matrix,
    senderDomains: sendersOf(answerTo(answers, 'address')),
  }),
  client: (answers) => ({
    redirectUris: [`${answerTo(answers, 'address')}/_synapse/client/oidc/callback`],
    backchannelLogoutUri: backchannelOf(answers),
    authMethod: 'client_secret_basic',
  }),
  instructions({ place, answers, clientId, secret }) {
    const provider = {
      idp_id: 'aluco',
      idp_name: answerTo(answers, 'button'),
      issuer: place.issuer,
      client_id: clientId,
      client_secret: secret,
      client_auth_method: 'client_secret_basic',
      pkce_method: 'always',
      scopes: ['openid', 'profile', 'email'],
      backchannel_logout_enabled: true,
      allow_existing_users: answerTo(answers, 'same') === 'yes',
      user_mapping_provider: {
        config: {
          subject_template: '{{ user.sub }}',
          localpart_template: '{{ user.preferred_username }}',
          display_name_template: '{{ user.name }}',
          email_template: '{{ user.email }}',
        },
      },
    };
    return [
      steps('admin.template.before', [
        { key: 'admin.template.synapse.base', params: { url: `${answerTo(answers, 'address')}/` } },
        { key: 'admin.template.synapse.list' },
      ]),
      code('admin.template.synapse.file', yaml({ oidc_providers: [provider] })),
      steps('admin.template.then', [{ key: 'admin.template.synapse.restart' }]),
      steps('admin.template.check', [
        { key: 'admin.template.open_entry' },
        { key: 'admin.template.synapse.check_name' },
        { key: 'admin.template.reachable', params: { url: backchannelOf(answers) } },
        { key: 'admin.template.synapse.check_digits', unverified: true },
      ]),
      steps('admin.template.existing', [
        { key: 'admin.template.synapse.attach', byHand: true },
        { key: 'admin.template.synapse.attach_same' },
      ]),
    ];
  },
};
