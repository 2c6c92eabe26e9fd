import { nextcloud } from './nextcloud.ts';
import { NAME_ID_URIS } from '../service-provider-settings.ts';
import { shell } from './quoting.ts';
import { certificateInLine, consumerAt, renewal } from './saml.ts';
import {
  addressQuestion,
  answerTo,
  buttonQuestion,
  code,
  steps,
  yesNoQuestion,
  type Answers,
  type ServiceProviderTemplate,
} from './template.ts';

const at = (answers: Answers, path: string): string => `${answerTo(answers, 'address')}/apps/user_saml/saml${path}`;

/** A command over several lines: what it is, then one option on each. */
const command = (words: readonly string[]): string[] =>
  words.map((word, index) => `${index === 0 ? '' : '  '}${word}${index === words.length - 1 ? '' : ' \\'}`);

const options = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).map(([name, value]) => `--${name}=${shell(value)}`);

/**
 * Nextcloud with the app user_saml: the attribute `uid` is the user name. It has no key of its own until it is given
 * one; only then can it sign, and take part in single logout.
 */
export const nextcloudSaml: ServiceProviderTemplate = {
  id: 'nextcloud-saml',
  protocol: 'saml',
  besides: nextcloud.id,
  name: nextcloud.name,
  questions: [
    addressQuestion('allowed'),
    buttonQuestion(),
    yesNoQuestion('groups', 'admin.template.nextcloud.ask_groups', 'admin.template.nextcloud.ask_groups_hint'),
  ],
  application: nextcloud.application,
  serviceProvider: (answers) => ({
    entityId: at(answers, '/metadata'),
    consumers: [
      ...consumerAt(at(answers, '/acs')),
      {
        url: `${answerTo(answers, 'address')}/index.php/apps/user_saml/saml/acs`,
        index: 1,
        isDefault: false,
      },
    ],
    nameId: 'persistent',
    attributes: 'basic',
  }),
  instructions({ answers, saml }) {
    const groups = answerTo(answers, 'groups') === 'yes';
    const settings = options({
      'general-idp0_display_name': answerTo(answers, 'button'),
      'general-uid_mapping': 'uid',
      'sp-entityId': at(answers, '/metadata'),
      'sp-name-id-format': NAME_ID_URIS.persistent,
      'idp-entityId': saml.entityId,
      'idp-singleSignOnService.url': saml.ssoUrl,
      'idp-x509cert': certificateInLine(saml),
      'saml-attribute-mapping-displayName_mapping': 'displayName',
      'saml-attribute-mapping-email_mapping': 'email',
      ...(groups ? { 'saml-attribute-mapping-group_mapping': 'groups' } : {}),
      'security-wantAssertionsSigned': '1',
      'security-wantMessagesSigned': '1',
    });
    const signing = options({
      'security-authnRequestsSigned': '1',
      'security-logoutRequestSigned': '1',
      'security-logoutResponseSigned': '1',
      'idp-singleLogoutService.url': saml.sloUrl,
    });
    const host = new URL(answerTo(answers, 'address')).hostname;
    return [
      steps('admin.template.before', [
        { key: 'admin.template.nextcloud.occ' },
        { key: 'admin.template.nextcloud_saml.other_app' },
        { key: 'admin.template.nextcloud_saml.number' },
      ]),
      code('admin.template.nextcloud.commands', [
        'occ app:install user_saml',
        'occ config:app:set user_saml type --value=saml',
        'occ config:app:set user_saml general-allow_multiple_user_back_ends --value=1',
        'provider=$(occ saml:config:create)',
        ...command(['occ saml:config:set', ...settings, '-- "$provider"']),
      ]),
      steps('admin.template.check', [
        { key: 'admin.template.open_entry' },
        { key: 'admin.template.nextcloud.check_id' },
        {
          key: 'admin.template.nextcloud_saml.check_direct',
          params: { url: `${answerTo(answers, 'address')}/login?direct=1` },
        },
        ...(groups ? [{ key: 'admin.template.nextcloud.check_groups' }] : []),
      ]),
      steps('admin.template.existing', [{ key: 'admin.template.nextcloud_saml.attach' }]),
      code('admin.template.nextcloud_saml.logout_commands', [
        `openssl req -x509 -nodes -days 3650 -newkey rsa:2048 -subj ${shell(`/CN=${host}`)} -keyout saml.key -out saml.crt`,
        ...command([
          'occ saml:config:set',
          ...signing,
          '--sp-x509cert="$(cat saml.crt)"',
          '--sp-privateKey="$(cat saml.key)"',
          '-- "$provider"',
        ]),
        'rm saml.key',
      ]),
      steps('admin.template.then', [{ key: 'admin.template.saml.import', params: { url: at(answers, '/metadata') } }]),
      renewal('by-hand'),
    ];
  },
};
