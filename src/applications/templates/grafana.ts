import { RULE_PRESETS } from '../username-rule.ts';
import { environment, isPlainForGrafana, jmespath } from './quoting.ts';
import { addressQuestion, answerTo, buttonQuestion, code, sendersOf, steps, type ClientTemplate } from './template.ts';

/** Grafana with its generic OAuth: the name has to be pointed at, and PKCE switched on. */
export const grafana: ClientTemplate = {
  id: 'grafana',
  protocol: 'oidc',
  name: 'Grafana',
  questions: [
    { ...addressQuestion('allowed') },
    buttonQuestion(isPlainForGrafana),
    {
      key: 'admins',
      kind: 'text',
      optional: true,
      label: 'admin.template.grafana.ask_admins',
      hint: 'admin.template.grafana.ask_admins_hint',
    },
  ],
  application: (answers) => ({
    rule: RULE_PRESETS.grafana,
    quota: 1,
    senderDomains: sendersOf(answerTo(answers, 'address')),
  }),
  client: (answers) => ({
    redirectUris: [`${answerTo(answers, 'address')}/login/generic_oauth`],
    postLogoutRedirectUris: [`${answerTo(answers, 'address')}/login`],
    authMethod: 'client_secret_basic',
  }),
  instructions({ place, answers, clientId, secret }) {
    const address = answerTo(answers, 'address');
    const admins = answerTo(answers, 'admins');
    const back = new URLSearchParams({ post_logout_redirect_uri: `${address}/login` });
    const variables = {
      GF_SERVER_ROOT_URL: `${address}/`,
      GF_AUTH_GENERIC_OAUTH_ENABLED: 'true',
      GF_AUTH_GENERIC_OAUTH_NAME: answerTo(answers, 'button'),
      GF_AUTH_GENERIC_OAUTH_CLIENT_ID: clientId,
      GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET: secret,
      GF_AUTH_GENERIC_OAUTH_SCOPES: admins === '' ? 'openid profile email' : 'openid profile email groups',
      GF_AUTH_GENERIC_OAUTH_AUTH_URL: place.endpoints.authorization,
      GF_AUTH_GENERIC_OAUTH_TOKEN_URL: place.endpoints.token,
      GF_AUTH_GENERIC_OAUTH_API_URL: place.endpoints.userinfo,
      GF_AUTH_GENERIC_OAUTH_LOGIN_ATTRIBUTE_PATH: 'preferred_username',
      GF_AUTH_GENERIC_OAUTH_NAME_ATTRIBUTE_PATH: 'name',
      GF_AUTH_GENERIC_OAUTH_EMAIL_ATTRIBUTE_PATH: 'email',
      GF_AUTH_GENERIC_OAUTH_USE_PKCE: 'true',
      GF_AUTH_GENERIC_OAUTH_ALLOW_SIGN_UP: 'true',
      GF_AUTH_GENERIC_OAUTH_SIGNOUT_REDIRECT_URL: `${place.endpoints.endSession}?${back.toString()}`,
      ...(admins === ''
        ? { GF_AUTH_GENERIC_OAUTH_SKIP_ORG_ROLE_SYNC: 'true' }
        : {
            GF_AUTH_GENERIC_OAUTH_ROLE_ATTRIBUTE_PATH: `contains(groups, ${jmespath(admins)}) && 'Admin' || 'Viewer'`,
          }),
    };
    return [
      code(
        'admin.template.grafana.file',
        Object.entries(variables).map(([name, value]) => `${name}=${environment(value)}`),
      ),
      steps('admin.template.then', [
        { key: 'admin.template.grafana.restart', unverified: true },
        { key: 'admin.template.grafana.container', unverified: true },
      ]),
      steps('admin.template.check', [
        { key: 'admin.template.open_entry' },
        { key: 'admin.template.grafana.check_name' },
        ...(admins === ''
          ? [{ key: 'admin.template.grafana.check_roles' }]
          : [{ key: 'admin.template.shown_groups', params: { group: admins } }]),
        { key: 'admin.template.grafana.check_logout' },
      ]),
      steps('admin.template.existing', [{ key: 'admin.template.grafana.attach', unverified: true, byHand: true }]),
    ];
  },
};
