import { isIP } from 'node:net';
import type { ClientSettings } from '../client-settings.ts';
import type { ServiceProviderSettings } from '../service-provider-settings.ts';
import type { ApplicationSettings } from '../settings.ts';

/** What an administrator answered, by the key of the question. */
export type Answers = Readonly<Record<string, string>>;

/** One question of a template. `label` and `hint` are keys of sentences. */
export type Question = {
  readonly key: string;
  readonly label: string;
  readonly hint?: string;
  /** Stands in the form already; `instance` is the name of this instance. An empty answer means the same. */
  readonly preset?: 'instance' | { readonly value: string };
  readonly optional?: true;
} & (
  | { readonly kind: 'address'; readonly path: 'allowed' | 'none' }
  /** An address exactly as the application sends it. */
  | { readonly kind: 'return-address' }
  /** An address of the web, exactly as the application says. */
  | { readonly kind: 'endpoint' }
  /** What the application calls itself in SAML messages. */
  | { readonly kind: 'entity-id' }
  /** One line. `writable` says whether the application's settings can carry it. */
  | { readonly kind: 'text'; readonly writable?: (value: string) => boolean }
  | { readonly kind: 'choice'; readonly options: readonly { readonly value: string; readonly label: string }[] }
);

/** This instance, as an application is told of it. */
export type Place = {
  readonly issuer: string;
  readonly name: string;
  readonly aliasDomain: string;
  readonly endpoints: Readonly<
    Record<'discovery' | 'authorization' | 'token' | 'userinfo' | 'jwks' | 'endSession', string>
  >;
};

/** This instance as a SAML identity provider, with the certificate that its messages are signed with at this moment. */
export type SamlPlace = {
  readonly entityId: string;
  readonly metadataUrl: string;
  readonly ssoUrl: string;
  readonly sloUrl: string;
  /** PEM. */
  readonly certificate: string;
  /** SHA-256 and SHA-1 of the certificate, in capitals with colons. */
  readonly fingerprint: string;
  readonly fingerprintSha1: string;
};

/** What the instructions of an application by OpenID Connect are filled in with. */
export type FilledClient = {
  readonly place: Place;
  readonly answers: Answers;
  readonly clientId: string;
  /** The secret, or words in its place. */
  readonly secret: string;
};

/** What the instructions of an application by SAML are filled in with. */
export type FilledServiceProvider = {
  readonly place: Place;
  readonly answers: Answers;
  readonly saml: SamlPlace;
};

/** A sentence by its key. `unverified`: not seen in the application's own source. */
export type Step = {
  readonly key: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly unverified?: true;
  /** Attaches one account there after the other, which an import of its names does for all of them. */
  readonly byHand?: true;
};

/** One part of the instructions, in the order in which an administrator does them. */
export type Block = { readonly title: string; readonly verified: boolean } & (
  | { readonly kind: 'steps'; readonly lines: readonly Step[] }
  /** Lines to be copied into a file or a terminal. */
  | { readonly kind: 'code'; readonly lines: readonly string[] }
  /** Values for the fields of a page; the names are the application's own. */
  | { readonly kind: 'fields'; readonly lines: readonly { readonly name: string; readonly value: string }[] }
);

/** What is known of one application, whichever way it signs people in. */
type Known = {
  readonly id: string;
  /** The application's own name. */
  readonly name: string;
  readonly questions: readonly Question[];
  application(answers: Answers): Partial<ApplicationSettings>;
};

/** An application by OpenID Connect: questions, settings, instructions. */
export type ClientTemplate = Known & {
  readonly protocol: 'oidc';
  client(answers: Answers): Partial<ClientSettings> & Pick<ClientSettings, 'redirectUris'>;
  instructions(filled: FilledClient): readonly Block[];
};

/** An application by SAML: its settings follow from the answers, without its metadata. */
export type ServiceProviderTemplate = Known & {
  readonly protocol: 'saml';
  /** The template of the same application by OpenID Connect, which is the first choice. */
  readonly besides?: string;
  serviceProvider(
    answers: Answers,
  ): Partial<ServiceProviderSettings> & Pick<ServiceProviderSettings, 'entityId' | 'consumers'>;
  instructions(filled: FilledServiceProvider): readonly Block[];
};

/** What is known of one application, and the way it signs people in. */
export type Template = ClientTemplate | ServiceProviderTemplate;

/** The answer to a question; empty where an older version of the template did not ask. */
export const answerTo = (answers: Answers, key: string): string => answers[key] ?? '';

/** Where the application is: an address without a slash at its end. */
export const addressQuestion = (path: 'allowed' | 'none'): Question => ({
  key: 'address',
  kind: 'address',
  path,
  label: 'admin.template.ask_address',
  hint: path === 'none' ? 'admin.template.ask_address_hint' : 'admin.template.ask_address_path_hint',
});

/** What the button says that begins a sign-in. */
export const buttonQuestion = (writable?: (value: string) => boolean): Question => ({
  key: 'button',
  kind: 'text',
  preset: 'instance',
  label: 'admin.template.ask_button',
  hint: 'admin.template.ask_button_hint',
  ...(writable === undefined ? {} : { writable }),
});

/** A question to be answered by yes or no; `no` stands in the form already. */
export const yesNoQuestion = (key: string, label: string, hint: string): Question => ({
  key,
  kind: 'choice',
  preset: { value: 'no' },
  label,
  hint,
  options: [
    { value: 'yes', label: 'admin.template.yes' },
    { value: 'no', label: 'admin.template.no' },
  ],
});

export const steps = (title: string, lines: readonly Step[]): Block => ({
  kind: 'steps',
  title,
  lines,
  verified: lines.every((line) => line.unverified !== true),
});

export const code = (title: string, lines: readonly string[]): Block => ({
  kind: 'code',
  title,
  lines,
  verified: true,
});

export const fields = (title: string, values: Readonly<Record<string, string>>, verified = true): Block => ({
  kind: 'fields',
  title,
  lines: Object.entries(values).map(([name, value]) => ({ name, value })),
  verified,
});

/** The domain mail of an application at this address most likely comes from; none for bare numbers and this machine. */
export function sendersOf(address: string): string[] {
  const { hostname } = new URL(address);
  return isIP(hostname.replace(/^\[|\]$/gu, '')) !== 0 || !hostname.includes('.') ? [] : [hostname];
}

/** This instance, for the instructions. */
export function placeOf(config: { ALUCO_URL: string; ALUCO_NAME: string; ALUCO_ALIAS_DOMAIN: string }): Place {
  const issuer = config.ALUCO_URL;
  return {
    issuer,
    name: config.ALUCO_NAME,
    aliasDomain: config.ALUCO_ALIAS_DOMAIN,
    endpoints: {
      discovery: `${issuer}/.well-known/openid-configuration`,
      authorization: `${issuer}/oidc/authorize`,
      token: `${issuer}/oidc/token`,
      userinfo: `${issuer}/oidc/userinfo`,
      jwks: `${issuer}/oidc/jwks`,
      endSession: `${issuer}/oidc/logout`,
    },
  };
}
