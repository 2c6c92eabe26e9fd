import { RULE_PRESETS } from '../username-rule.ts';
import { dotenv } from './quoting.ts';
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

/** Names that Mastodon keeps for itself from the start; those that merely contain “mastodon” it refuses too. */
const RESERVED =
  'abuse account accounts admin administration administrator admins help helpdesk instance mastodon mod moderator moderators mods owner root security server staff support webmaster';

/** Mastodon by OpenID Connect: the name of the profile is both what people are recognised by and their name there. */
export const mastodon: ClientTemplate = {
  id: 'mastodon',
  protocol: 'oidc',
  name: 'Mastodon',
  questions: [
    addressQuestion('none'),
    buttonQuestion((value) => dotenv(value) !== undefined),
    yesNoQuestion('only', 'admin.template.mastodon.ask_only', 'admin.template.mastodon.ask_only_hint'),
  ],
  application: (answers) => ({
    rule: { ...RULE_PRESETS.mastodon, reserved: RESERVED.split(' ') },
    senderDomains: sendersOf(answerTo(answers, 'address')),
  }),
  client: (answers) => ({
    redirectUris: [`${answerTo(answers, 'address')}/auth/auth/openid_connect/callback`],
    postLogoutRedirectUris: [`${answerTo(answers, 'address')}/`],
    authMethod: 'client_secret_basic',
    // It asks for logout with this address and nothing else.
    logoutByAddress: true,
  }),
  instructions({ place, answers, clientId, secret }) {
    const address = answerTo(answers, 'address');
    const only = answerTo(answers, 'only') === 'yes';
    const variables = {
      OIDC_ENABLED: 'true',
      OIDC_DISPLAY_NAME: answerTo(answers, 'button'),
      OIDC_ISSUER: place.issuer,
      OIDC_DISCOVERY: 'true',
      OIDC_SCOPE: 'openid,profile,email',
      OIDC_UID_FIELD: 'preferred_username',
      OIDC_CLIENT_ID: clientId,
      OIDC_CLIENT_SECRET: secret,
      OIDC_CLIENT_AUTH_METHOD: 'basic',
      OIDC_USE_PKCE: 'true',
      OIDC_REDIRECT_URI: `${address}/auth/auth/openid_connect/callback`,
      OIDC_SECURITY_ASSUME_EMAIL_IS_VERIFIED: 'true',
      ...(only
        ? { OIDC_IDP_LOGOUT_REDIRECT_URI: `${address}/`, OMNIAUTH_ONLY: 'true', ONE_CLICK_SSO_LOGIN: 'true' }
        : {}),
    };
    return [
      ...(only ? [steps('admin.template.before', [{ key: 'admin.template.mastodon.only_last' }])] : []),
      code(
        'admin.template.mastodon.file',
        Object.entries(variables).map(([name, value]) => `${name}=${dotenv(value) ?? ''}`),
      ),
      steps('admin.template.then', [
        { key: 'admin.template.mastodon.restart' },
        { key: 'admin.template.mastodon.container', unverified: true },
      ]),
      steps('admin.template.check', [
        { key: 'admin.template.open_entry' },
        { key: 'admin.template.mastodon.check_name' },
        { key: 'admin.template.mastodon.check_mail' },
        { key: 'admin.template.blocked_mail', params: { domain: place.aliasDomain } },
        ...(only ? [{ key: 'admin.template.mastodon.check_logout' }] : []),
      ]),
      steps('admin.template.existing', [
        { key: 'admin.template.mastodon.attach', byHand: true },
        { key: 'admin.template.mastodon.attach_row', byHand: true },
        { key: 'admin.template.mastodon.reattach' },
      ]),
    ];
  },
};
