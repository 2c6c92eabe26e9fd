import { RULE_PRESETS } from '../username-rule.ts';
import { addressQuestion, answerTo, fields, sendersOf, steps, type ClientTemplate } from './template.ts';

/** Any other application that speaks OpenID Connect: the values it needs, under their usual names. */
export const generic: ClientTemplate = {
  id: 'generic',
  protocol: 'oidc',
  name: 'OpenID Connect',
  questions: [
    addressQuestion('allowed'),
    {
      key: 'redirect',
      kind: 'return-address',
      label: 'admin.template.generic.ask_redirect',
      hint: 'admin.template.generic.ask_redirect_hint',
    },
    {
      key: 'secret',
      kind: 'choice',
      preset: { value: 'basic' },
      label: 'admin.template.generic.ask_secret',
      hint: 'admin.template.generic.ask_secret_hint',
      options: [
        { value: 'basic', label: 'admin.template.generic.secret_basic' },
        { value: 'post', label: 'admin.template.generic.secret_post' },
        { value: 'both', label: 'admin.template.generic.secret_both' },
      ],
    },
    {
      key: 'pkce',
      kind: 'choice',
      preset: { value: 'yes' },
      label: 'admin.template.generic.ask_pkce',
      hint: 'admin.template.generic.ask_pkce_hint',
      options: [
        { value: 'yes', label: 'admin.template.yes' },
        { value: 'no', label: 'admin.template.no' },
      ],
    },
  ],
  application: (answers) => ({
    rule: RULE_PRESETS.fediverse,
    senderDomains: sendersOf(answerTo(answers, 'address')),
  }),
  client: (answers) => ({
    redirectUris: [answerTo(answers, 'redirect')],
    postLogoutRedirectUris: [`${answerTo(answers, 'address')}/`],
    authMethod: answerTo(answers, 'secret') === 'post' ? 'client_secret_post' : 'client_secret_basic',
    doubleCredentials: answerTo(answers, 'secret') === 'both',
    pkce: answerTo(answers, 'pkce') === 'no' ? 'optional' : 'required',
  }),
  instructions({ place, answers, clientId, secret }) {
    return [
      fields('admin.template.generic.fields', {
        Issuer: place.issuer,
        'Discovery URL': place.endpoints.discovery,
        'Client ID': clientId,
        'Client secret': secret,
        'Redirect URI': answerTo(answers, 'redirect'),
        Scope: 'openid profile email',
        'Token endpoint authentication':
          answerTo(answers, 'secret') === 'post' ? 'client_secret_post' : 'client_secret_basic',
        'ID token signature': 'RS256',
      }),
      fields('admin.template.generic.endpoints', {
        'Authorization endpoint': place.endpoints.authorization,
        'Token endpoint': place.endpoints.token,
        'Userinfo endpoint': place.endpoints.userinfo,
        JWKS: place.endpoints.jwks,
        'End session endpoint': place.endpoints.endSession,
      }),
      steps('admin.template.generic.names', [
        { key: 'admin.template.generic.id' },
        { key: 'admin.template.generic.name' },
        { key: 'admin.template.generic.mail' },
        { key: 'admin.template.generic.groups' },
      ]),
      steps('admin.template.check', [
        { key: 'admin.template.open_entry' },
        { key: 'admin.template.generic.check_rule' },
        { key: 'admin.template.generic.check_logout' },
      ]),
      steps('admin.template.existing', [{ key: 'admin.template.generic.attach' }]),
    ];
  },
};
