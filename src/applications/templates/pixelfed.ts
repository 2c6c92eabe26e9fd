import { RULE_PRESETS } from '../username-rule.ts';
import { laravel } from './quoting.ts';
import { addressQuestion, answerTo, code, sendersOf, steps, yesNoQuestion, type ClientTemplate } from './template.ts';

/** Names of two letters and more that Pixelfed keeps for itself: a sign-up under one of them fails there. */
const RESERVED =
  'autoconfig blog broadcasthost copyright download domainadmin domainadministrator email errors events example faq faqs features ftp guest guests hostmaster imap info is isatap it localdomain localhost mail mailer-daemon mailerdaemon marketing me mis mx no-reply nobody noc noreply ns0 ns1 ns2 ns3 ns4 ns5 ns6 ns7 ns8 ns9 owner pop pop3 postmaster pricing root sales security signin signout smtp src ssladmin ssladministrator sslwebmaster sys sysadmin system tutorial tutorials usenet uucp webmaster wpad admin administrator assets storage horizon app about abuse account admins api audio auth bartender broadcast broadcaster booth bouncer cdn circle circles checkpoint collection collections community communities contact contact-us contact_us costar costars css dashboard dmca db deck dev developer developers discover discovers dj doc docs drive drives driver error explore export exports feed font fonts follow follows followme follow-me follow_me gdpr graph ghost ghosts group groups home help helpcenter help-center help_center img imgs image images invite invites import imports js key lab labs legal live loop loops location locations login logout media menu music news new newsfeed oauth official page pages pin pins photo photos password privacy private quote query review reset report results reports robot robots search sell send settings status statuses site sites stage static story stories support svg svgs terms telescope timeline timelines tour tv user users username usernames valet video videos vendor waiter wall whats-new whatsnew whatnew whats-news ws wss www 400 401 403 404 500 503 504';

/** Pixelfed: plain OAuth with userinfo; it sends the secret in the body and knows no PKCE. */
export const pixelfed: ClientTemplate = {
  id: 'pixelfed',
  protocol: 'oidc',
  name: 'Pixelfed',
  questions: [
    addressQuestion('none'),
    yesNoQuestion('container', 'admin.template.pixelfed.ask_container', 'admin.template.pixelfed.ask_container_hint'),
  ],
  application: (answers) => ({
    rule: { ...RULE_PRESETS.pixelfed, reserved: RESERVED.split(' ') },
    senderDomains: sendersOf(answerTo(answers, 'address')),
  }),
  client: (answers) => ({
    redirectUris: [`${answerTo(answers, 'address')}/auth/oidc/callback`],
    authMethod: 'client_secret_post',
    pkce: 'optional',
  }),
  instructions({ place, answers, clientId, secret }) {
    const variables = {
      PF_OIDC_ENABLED: 'true',
      PF_OIDC_CLIENT_ID: clientId,
      PF_OIDC_CLIENT_SECRET: secret,
      PF_OIDC_SCOPES: 'openid profile email',
      PF_OIDC_AUTHORIZE_URL: place.endpoints.authorization,
      PF_OIDC_TOKEN_URL: place.endpoints.token,
      PF_OIDC_PROFILE_URL: place.endpoints.userinfo,
      PF_OIDC_LOGOUT_URL: place.endpoints.endSession,
      PF_OIDC_USERNAME_FIELD: 'preferred_username',
      PF_OIDC_FIELD_ID: 'sub',
    };
    const container = answerTo(answers, 'container') === 'yes';
    return [
      steps('admin.template.before', [
        { key: 'admin.template.pixelfed.dns', params: { domain: place.aliasDomain } },
        { key: 'admin.template.pixelfed.version', unverified: true },
      ]),
      code(
        'admin.template.pixelfed.file',
        Object.entries(variables).map(([name, value]) => `${name}=${laravel(value)}`),
      ),
      steps('admin.template.then', [
        container
          ? { key: 'admin.template.pixelfed.restart_container', unverified: true }
          : {
              key: 'admin.template.pixelfed.restart',
              params: { command: 'php artisan config:cache' },
              unverified: true,
            },
      ]),
      steps('admin.template.check', [
        { key: 'admin.template.open_entry' },
        {
          key: 'admin.template.pixelfed.check_button',
          params: { url: `${answerTo(answers, 'address')}/auth/oidc/start` },
        },
        { key: 'admin.template.pixelfed.check_name' },
        { key: 'admin.template.blocked_mail', params: { domain: place.aliasDomain } },
        { key: 'admin.template.pixelfed.check_logout' },
      ]),
      steps('admin.template.existing', [{ key: 'admin.template.pixelfed.attach', byHand: true }]),
    ];
  },
};
