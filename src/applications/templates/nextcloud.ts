import { RULE_PRESETS } from '../username-rule.ts';
import { shell } from './quoting.ts';
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

/** Names of files beside the people's folders, which Nextcloud keeps for itself. */
const RESERVED =
  '.. .htaccess .ncdata . files_external __groupfolders owncloud.log nextcloud.log updater.log audit.log';

/** The button's words are the provider's identifier, which also stands in this address. */
const backchannelOf = (answers: Answers): string =>
  `${answerTo(answers, 'address')}/apps/user_oidc/backchannel-logout/${encodeURIComponent(answerTo(answers, 'button'))}`;

/** Nextcloud with the app user_oidc: reads the ID token, and hears of sign-outs. */
export const nextcloud: ClientTemplate = {
  id: 'nextcloud',
  protocol: 'oidc',
  name: 'Nextcloud',
  questions: [
    addressQuestion('allowed'),
    // A slash would be another address, dots alone the one above, and `%` is decoded twice by some servers.
    buttonQuestion((value) => !/[/\\%]|^\.+$/u.test(value)),
    yesNoQuestion('groups', 'admin.template.nextcloud.ask_groups', 'admin.template.nextcloud.ask_groups_hint'),
  ],
  application: (answers) => ({
    rule: { ...RULE_PRESETS.nextcloud, reserved: RESERVED.split(' ') },
    quota: 1,
    senderDomains: sendersOf(answerTo(answers, 'address')),
  }),
  client(answers) {
    const address = answerTo(answers, 'address');
    return {
      redirectUris: [`${address}/apps/user_oidc/code`, `${address}/index.php/apps/user_oidc/code`],
      postLogoutRedirectUris: [`${address}/`],
      backchannelLogoutUri: backchannelOf(answers),
      authMethod: 'client_secret_post',
      // Older versions ask for logout with the return address and nothing else.
      logoutByAddress: true,
    };
  },
  instructions({ place, answers, clientId, secret }) {
    const groups = answerTo(answers, 'groups') === 'yes';
    const options = {
      clientid: clientId,
      clientsecret: secret,
      discoveryuri: place.endpoints.discovery,
      scope: groups ? 'openid email profile groups' : 'openid email profile',
      'unique-uid': '0',
      'mapping-uid': 'preferred_username',
      'mapping-display-name': 'name',
      'mapping-email': 'email',
      'send-id-token-hint': '1',
      ...(groups ? { 'group-provisioning': '1', 'mapping-groups': 'groups' } : {}),
    };
    const words = [
      'occ user_oidc:provider',
      ...Object.entries(options).map(([name, value]) => `--${name}=${shell(value)}`),
      `-- ${shell(answerTo(answers, 'button'))}`,
    ];
    return [
      steps('admin.template.before', [
        { key: 'admin.template.nextcloud.occ' },
        { key: 'admin.template.nextcloud.unique' },
        { key: 'admin.template.nextcloud.history' },
      ]),
      code('admin.template.nextcloud.commands', [
        'occ app:install user_oidc',
        ...words.map((word, index) => `${index === 0 ? '' : '  '}${word}${index === words.length - 1 ? '' : ' \\'}`),
      ]),
      steps('admin.template.check', [
        { key: 'admin.template.open_entry' },
        { key: 'admin.template.nextcloud.check_id' },
        { key: 'admin.template.reachable', params: { url: backchannelOf(answers) } },
        { key: 'admin.template.nextcloud.check_https' },
        ...(groups ? [{ key: 'admin.template.nextcloud.check_groups' }] : []),
      ]),
      steps('admin.template.existing', [{ key: 'admin.template.nextcloud.attach' }]),
    ];
  },
};
