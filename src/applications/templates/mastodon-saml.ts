import { mastodon } from './mastodon.ts';
import { NAME_ID_URIS } from '../service-provider-settings.ts';
import { dotenv, isPlainYaml } from './quoting.ts';
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

const at = (answers: Answers, path: string): string => `${answerTo(answers, 'address')}/auth/auth/saml${path}`;

/**
 * Mastodon by SAML: the attribute `uid` is both what people are recognised by and their name there. It cannot be told
 * where to sign out, and breaks off where it is told of a sign-out: it takes no part in single logout.
 */
export const mastodonSaml: ServiceProviderTemplate = {
  id: 'mastodon-saml',
  protocol: 'saml',
  besides: mastodon.id,
  name: mastodon.name,
  questions: [
    addressQuestion('none'),
    // Older versions take the value as it is; newer ones put it into YAML without quotes (config/omniauth.yml).
    buttonQuestion((value) => dotenv(value) !== undefined && isPlainYaml(value)),
    yesNoQuestion('only', 'admin.template.mastodon.ask_only', 'admin.template.mastodon_saml.ask_only_hint'),
  ],
  application: mastodon.application,
  serviceProvider: (answers) => ({
    entityId: at(answers, '/metadata'),
    consumers: consumerAt(at(answers, '/callback')),
    nameId: 'persistent',
    attributes: 'basic',
  }),
  instructions({ place, answers, saml }) {
    const only = answerTo(answers, 'only') === 'yes';
    const variables = {
      SAML_ENABLED: 'true',
      SAML_DISPLAY_NAME: answerTo(answers, 'button'),
      SAML_ACS_URL: at(answers, '/callback'),
      SAML_ISSUER: at(answers, '/metadata'),
      SAML_IDP_SSO_TARGET_URL: saml.ssoUrl,
      // In one line: newer versions put it into YAML, where further lines would break the whole file.
      SAML_IDP_CERT: certificateInLine(saml),
      SAML_NAME_IDENTIFIER_FORMAT: NAME_ID_URIS.persistent,
      SAML_UID_ATTRIBUTE: 'uid',
      SAML_ATTRIBUTES_STATEMENTS_EMAIL: 'email',
      SAML_ATTRIBUTES_STATEMENTS_FULL_NAME: 'name',
      SAML_SECURITY_WANT_ASSERTION_SIGNED: 'true',
      SAML_SECURITY_ASSUME_EMAIL_IS_VERIFIED: 'true',
      ...(only ? { OMNIAUTH_ONLY: 'true', ONE_CLICK_SSO_LOGIN: 'true' } : {}),
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
        { key: 'admin.template.mastodon_saml.check_name' },
        { key: 'admin.template.mastodon_saml.check_mail' },
        { key: 'admin.template.blocked_mail', params: { domain: place.aliasDomain } },
        { key: 'admin.template.mastodon_saml.check_logout' },
      ]),
      steps('admin.template.existing', [
        { key: 'admin.template.mastodon_saml.attach_row', byHand: true },
        { key: 'admin.template.mastodon_saml.attach', unverified: true, byHand: true },
        { key: 'admin.template.mastodon.reattach' },
      ]),
      renewal('by-hand'),
    ];
  },
};
