import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

/** The folder that holds `migrations` and `views/assets`: the parent of `src`, and of `dist` once bundled. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

type Setting<T> = {
  meaning: string;
  /** Shown in the README; `undefined` means the setting must be given. */
  fallback: string;
  check: z.ZodType<T, string>;
  /** A secret may also come from the file named by `<NAME>_FILE`. */
  secret?: true;
  /** May also be set on the administrators' page of the house, and is then kept in the database. */
  house?: true;
};

/** Addresses are written whole: the library would read 10/8 as 0.0.0.10/8, and 010.0.0.1 as 8.0.0.1. */
const network = z
  .string()
  .refine(
    (text) => isIP(text.split('/', 1)[0] ?? '') !== 0 && (ipaddr.isValidCIDR(text) || ipaddr.isValid(text)),
    'is not an address or a network like 10.0.0.0/8',
  )
  .transform((text) => {
    if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
    const address = ipaddr.parse(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128] as [ipaddr.IPv4 | ipaddr.IPv6, number];
  });

function list<T>(item: z.ZodType<T, string>): z.ZodType<T[], string> {
  return z.string().transform((text, context) => {
    const values: T[] = [];
    for (const part of text.split(/[\s,]+/u).filter((word) => word !== '')) {
      const result = item.safeParse(part);
      if (result.success) values.push(result.data);
      else for (const { message } of result.error.issues) context.addIssue({ code: 'custom', message });
    }
    return values;
  });
}

function integer(from: number, to: number): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    const value = /^\d{1,9}$/u.test(text) ? Number(text) : Number.NaN;
    if (!(value >= from && value <= to)) {
      context.addIssue({ code: 'custom', message: `is not a whole number from ${from} to ${to}` });
    }
    return value;
  });
}

const domain = z
  .string()
  .regex(/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/u, 'is not a domain name');

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/u.test(hostname);
}

const publicAddress = z.string().superRefine((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/u.test(url.protocol)) {
    context.addIssue({ code: 'custom', message: 'is not an http or https address' });
  } else if (url.origin !== text) {
    context.addIssue({ code: 'custom', message: `must be written as ${url.origin}, without a path or a final slash` });
  } else if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    context.addIssue({ code: 'custom', message: 'must begin with https:// (http only on loopback)' });
  }
});

/** The longest list of trusted proxies, in characters: some hundreds, more than any of the large networks has. */
export const PROXIES_MAX = 10_000;

const text = (max: number): z.ZodType<string, string> => z.string().max(max, `is longer than ${max} characters`);

const link = z
  .string()
  .max(500, 'is longer than 500 characters')
  .refine(
    (text) => text === '' || (URL.canParse(text) && /^https?:$/u.test(new URL(text).protocol)),
    'is not a web address',
  );

function choice<const C extends string>(...choices: readonly C[]): z.ZodType<C, string> {
  return z.string().transform((text, context) => {
    const chosen = choices.find((one) => one === text);
    if (chosen === undefined) context.addIssue({ code: 'custom', message: `is none of ${choices.join(', ')}` });
    return chosen as C;
  });
}

/** An address and a port to listen on, or nothing. */
const endpoint = z.string().refine((text) => {
  if (text === '') return true;
  const [, bracketed, plain, port = ''] = /^(?:\[([\da-f:.]+)\]|([^\s:]{1,255})):(\d{1,5})$/iu.exec(text) ?? [];
  if (bracketed !== undefined && isIP(bracketed) !== 6) return false;
  return (bracketed ?? plain) !== undefined && Number(port) <= 65535;
}, 'is not an address and a port like 0.0.0.0:25 or [::]:25');

/** DNS servers, as the resolver takes them. */
const dnsServer = z
  .string()
  .refine(
    (text) => isIP(text) !== 0 || /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:]+\]):\d{1,5}$/iu.test(text),
    'is not the address of a DNS server, like 127.0.0.1 or [::1]:5353',
  );

const smartHost = z.string().refine((text) => {
  if (text === '' || text === 'mx:') return true;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^smtps?:$/u.test(url.protocol) && url.hostname !== '' && /^\/?$/u.test(url.pathname);
}, 'is not an address like smtp://user:password@mail.example.org:587');

/** Every setting of the program, in the order the README lists them. */
export const SETTINGS = {
  ALUCO_URL: {
    meaning: 'Public address, as browsers and applications see it; it is the OpenID Connect issuer',
    fallback: 'http://localhost:8080',
    check: publicAddress,
    house: true,
  },
  ALUCO_LISTEN: { meaning: 'Network address to listen on', fallback: '127.0.0.1', check: text(255) },
  ALUCO_PORT: { meaning: 'TCP port to listen on (0: any free one)', fallback: '8080', check: integer(0, 65535) },
  ALUCO_NAME: { meaning: 'Name of this instance on its pages', fallback: 'Aluco', check: text(60), house: true },
  ALUCO_CONTACT: {
    meaning: 'Whom to ask for help: a sentence, an address or a link',
    fallback: '',
    check: text(300),
    house: true,
  },
  ALUCO_DATA: {
    meaning: 'Folder of the SQLite database',
    fallback: '.data',
    check: z
      .string()
      .min(1, 'is empty')
      .transform((folder) => path.resolve(folder)),
  },
  ALUCO_DATABASE: {
    meaning: '`sqlite` (a file in the data folder) or a `postgres://` address',
    fallback: 'sqlite',
    check: z.string().regex(/^(sqlite|postgres(ql)?:\/\/.+)$/u, 'is neither sqlite nor a postgres:// address'),
    secret: true,
  },
  ALUCO_MASTER_KEY: {
    meaning:
      'Master key: 32 bytes in base64url; several separated by commas, newest first. Empty: a file beside the data folder (`<data folder>.key`), made at the first start',
    fallback: '',
    check: list(z.string().regex(/^[\w-]{43}=?$/u, 'is not 32 bytes in base64url')),
    secret: true,
  },
  ALUCO_ALIAS_DOMAIN: {
    meaning: 'Domain of the relay addresses given to applications',
    fallback: 'relay.localhost',
    check: domain,
    house: true,
  },
  ALUCO_TRUSTED_PROXIES: {
    meaning: 'Proxies whose X-Forwarded-For is believed: addresses or networks',
    fallback: '',
    check: text(PROXIES_MAX).pipe(list(network)),
    house: true,
  },
  ALUCO_PRIVATE_NETWORKS: {
    meaning:
      'Private networks that logout messages, key look-ups, SAML metadata and mail may reach, such as a container network',
    fallback: '',
    check: list(network),
  },
  ALUCO_LANGUAGE: {
    meaning: 'Language where the browser asks for none we speak',
    fallback: 'fr',
    check: z.string().transform((text, context): 'fr' | 'en' => {
      if (text !== 'fr' && text !== 'en') context.addIssue({ code: 'custom', message: 'is neither fr nor en' });
      return text === 'en' ? 'en' : 'fr';
    }),
    house: true,
  },
  ALUCO_LANGUAGES: {
    meaning: 'Languages that pages are offered in',
    fallback: 'fr en',
    check: list(z.enum(['fr', 'en'], 'is neither fr nor en')).refine((all) => all.length > 0, 'names no language'),
    house: true,
  },
  ALUCO_LOGO: {
    meaning: 'Picture at the top of the pages: a `data:` address of a PNG, JPEG, WebP or SVG of at most 48 KiB',
    fallback: '',
    check: z
      .string()
      .max(64 * 1024 + 32, 'is too large')
      .regex(/^(|data:image\/(png|jpeg|webp|svg\+xml);base64,[A-Za-z0-9+/]+={0,2})$/u, 'is not the data of a picture'),
    house: true,
  },
  ALUCO_COLOUR: {
    meaning: 'Colour of buttons and links, like `#7a3e12`; its lightness follows from what can be read on it',
    fallback: '',
    check: z
      .string()
      .regex(/^(|#[0-9a-fA-F]{6})$/u, 'is not a colour like #7a3e12')
      .transform((text) => text.toLowerCase()),
    house: true,
  },
  ALUCO_RULES_URL: { meaning: 'Where the rules of this instance are', fallback: '', check: link, house: true },
  ALUCO_PRIVACY_URL: { meaning: 'Where its privacy notice is', fallback: '', check: link, house: true },
  ALUCO_SIGN_UP: {
    meaning:
      'Who may make an account: `closed` (nobody), `invitation` (who was given a link), `approval` (anybody, then an administrator decides) or `open`',
    fallback: 'invitation',
    check: choice('closed', 'invitation', 'approval', 'open'),
    house: true,
  },
  ALUCO_TERMS_VERSION: {
    meaning:
      'Version of the rules, such as their date: everybody accepts a new one at the next sign-in. Empty: nobody is asked',
    fallback: '',
    check: text(40),
    house: true,
  },
  ALUCO_SECOND_FACTOR: {
    meaning:
      'Who must have a second factor: `optional` (whom a group or an application asks), `administrators` or `everyone`',
    fallback: 'optional',
    check: choice('optional', 'administrators', 'everyone'),
    house: true,
  },
  ALUCO_SESSION_IDLE_DAYS: {
    meaning: 'Days for which a browser stays signed in without being used',
    fallback: '14',
    check: integer(1, 365),
    house: true,
  },
  ALUCO_SESSION_DAYS: {
    meaning: 'Days after which one signs in again, however much the browser is used',
    fallback: '30',
    check: integer(1, 365),
    house: true,
  },
  ALUCO_RECOVERY_WAIT_HOURS: {
    meaning:
      'Hours before a new-password link made by an administrator opens, where its owner can be told by mail and may stop it',
    fallback: '24',
    check: integer(0, 336),
    house: true,
  },
  ALUCO_LEAVE_DAYS: {
    meaning: 'Days within which somebody who deletes their account may think better of it',
    fallback: '14',
    check: integer(0, 90),
    house: true,
  },
  ALUCO_REQUESTS_PENDING: {
    meaning: 'How many requests for a profile one person may have waiting at an application',
    fallback: '2',
    check: integer(1, 20),
  },
  ALUCO_REFUSALS_A_MONTH: {
    meaning: 'After so many refused requests within 30 days a person asks an application for no further profile',
    fallback: '3',
    check: integer(1, 50),
  },
  ALUCO_PROFILE_LOG_DAYS: {
    meaning: 'Days for which moderators read what happened to a profile',
    fallback: '365',
    check: integer(30, 3650),
  },
  ALUCO_ACCOUNT_LOG_DAYS: {
    meaning: 'Days for which administrators read what happened to an account',
    fallback: '180',
    check: integer(7, 3650),
  },
  ALUCO_UNSEALING_NOTICE_DAYS: {
    meaning: 'Days after which a person is told that two administrators looked behind a profile of theirs',
    fallback: '30',
    check: integer(0, 365),
  },
  ALUCO_SMTP: {
    meaning:
      'Where mail leaves: `smtp://` (with STARTTLS where it is offered) or `smtps://`, user and password included if need be; `mx:` goes straight to the mail server of each address. Empty: no mail is sent, and what needs it is not offered',
    fallback: '',
    check: smartHost,
    secret: true,
  },
  ALUCO_MAIL_FROM: {
    meaning: 'The address our own letters come from; needed with ALUCO_SMTP',
    fallback: '',
    check: z
      .string()
      .max(254, 'is longer than 254 characters')
      .regex(/^(|[\w.+-]+@[a-z0-9.-]+)$/u, 'is not an e-mail address'),
  },
  ALUCO_RELAY: {
    meaning:
      'Where mail from applications to relay addresses is received: an address and a port, such as `0.0.0.0:25`, or `127.0.0.1:2525` behind another mail server. Empty: none is received; it needs ALUCO_SMTP',
    fallback: '',
    check: endpoint,
  },
  ALUCO_SUBMISSION: {
    meaning:
      'Where applications that sign in with a password hand mail to relay addresses over, such as `0.0.0.0:587`. Empty: nowhere',
    fallback: '',
    check: endpoint,
  },
  ALUCO_RELAY_NAME: {
    meaning: 'Name by which the mail relay greets, as DNS has it. Empty: the host of ALUCO_URL',
    fallback: '',
    check: z.union([z.literal(''), domain], 'is not a domain name'),
  },
  ALUCO_RELAY_CERTIFICATE: {
    meaning: 'File of the certificate (PEM, with its chain) for STARTTLS; read again when it changes. Empty: no TLS',
    fallback: '',
    check: text(500),
  },
  ALUCO_RELAY_CERTIFICATE_KEY: {
    meaning: 'File of the key of that certificate (PEM)',
    fallback: '',
    check: text(500),
  },
  ALUCO_RELAY_PEERS: {
    meaning: 'Mail servers in front of the relay that tell it who their client is by XCLIENT: addresses or networks',
    fallback: '',
    check: list(network),
  },
  ALUCO_DNS: {
    meaning: 'DNS servers to ask about mail, such as `127.0.0.1`. Empty: those of the system',
    fallback: '',
    check: list(dnsServer),
  },
  ALUCO_BREACHED_PASSWORDS: {
    meaning:
      'File of passwords known from leaks, made by `aluco passwords fetch`. Empty: `breached-passwords` in the data folder, where there is one',
    fallback: '',
    check: text(500),
  },
  ALUCO_CONNECTION_MONTHS: {
    meaning: 'Months for which the register of connections is kept (0: there is none)',
    fallback: '0',
    check: integer(0, 12),
    house: true,
  },
  ALUCO_METRICS_TOKEN: {
    meaning: 'What a Prometheus server must present to read `/metrics`; empty: there is no such page',
    fallback: '',
    check: z.string().regex(/^(|[\w.~+/=-]{16,200})$/u, 'is not of 16 to 200 letters, digits or -._~+/='),
    secret: true,
  },
  ALUCO_KEY_DAYS: {
    meaning: 'Days after which a new signing key is made',
    fallback: '90',
    check: integer(1, 3650),
  },
  ALUCO_LOG_LEVEL: {
    meaning: 'trace, debug, info, warn, error or silent',
    fallback: 'info',
    check: z.string().regex(/^(trace|debug|info|warn|error|silent)$/u, 'is not a level'),
  },
} satisfies Record<string, Setting<unknown>>;

type Name = keyof typeof SETTINGS;

/** A setting that may be set on the page of the house. */
export type HouseName = { [N in Name]: (typeof SETTINGS)[N] extends { house: true } ? N : never }[Name];

/** The settings of the house, in their order. */
export const HOUSE_SETTINGS: readonly HouseName[] = Object.entries(SETTINGS).flatMap(([name, setting]) =>
  'house' in setting ? [name as HouseName] : [],
);

/** Settings as text, by name, as the house keeps them. */
export type HouseValues = { readonly [N in HouseName]?: string };

/** The checked settings; `given` names those that the environment gives, which nothing else may change. */
export type Config = { readonly [N in Name]: z.output<(typeof SETTINGS)[N]['check']> } & {
  readonly given: ReadonlySet<string>;
};

/** All that is wrong with the settings, one sentence each, beginning with the setting's name. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

function valueOf(name: string, setting: Setting<unknown>, env: NodeJS.ProcessEnv): string {
  const file = env[`${name}_FILE`];
  if (file === undefined) return env[name] ?? setting.fallback;
  if (setting.secret === undefined) throw new Error('cannot be read from a file');
  if (env[name] !== undefined) throw new Error(`is given twice, also as ${name}_FILE`);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new Error(`the file named by ${name}_FILE cannot be read`);
  }
}

/**
 * Checks one setting that may be set on the page of the house.
 * @returns what is wrong with it, in words that follow its name; undefined where nothing is.
 */
export function problemOf(name: HouseName, text: string): string | undefined {
  const result = SETTINGS[name].check.safeParse(text);
  return result.success ? undefined : (result.error.issues[0]?.message ?? 'is wrong');
}

/**
 * The settings with what the house keeps; what the environment gives stays as it is.
 * @throws {SettingsError} naming all that is wrong with what was kept.
 */
export function withHouse(config: Config, kept: HouseValues): Config {
  const problems: string[] = [];
  const values: Record<string, unknown> = { ...config };
  for (const name of HOUSE_SETTINGS) {
    const text = kept[name];
    if (text === undefined || config.given.has(name)) continue;
    const result = SETTINGS[name].check.safeParse(text);
    if (result.success) values[name] = result.data;
    else {
      const [issue] = result.error.issues;
      problems.push(`${name} ${issue?.message ?? 'is wrong'} (kept in the database: mend it with aluco house set)`);
    }
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return values as Config;
}

/**
 * Reads and checks every setting.
 * @throws {SettingsError} naming all problems at once; values are never repeated in it, they may be secret.
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    try {
      const result = setting.check.safeParse(valueOf(name, setting, env));
      if (result.success) values[name] = result.data;
      else problems.push(...result.error.issues.map((issue) => `${name} ${issue.message}`));
    } catch (error) {
      problems.push(`${name} ${(error as Error).message}`);
    }
  }
  for (const name of Object.keys(env)) {
    if (name.startsWith('ALUCO_') && !(name.replace(/_FILE$/u, '') in SETTINGS))
      problems.push(`${name} is not a setting`);
  }
  const keyFile = env['ALUCO_MASTER_KEY_FILE'];
  const data = values['ALUCO_DATA'];
  if (keyFile !== undefined && typeof data === 'string' && path.resolve(keyFile).startsWith(`${data}${path.sep}`)) {
    const problem = 'ALUCO_MASTER_KEY_FILE lies in the data folder: a copy of the folder would hold the key to itself';
    problems.splice(0, problems.length, problem, ...problems.filter((text) => !text.startsWith('ALUCO_MASTER_KEY ')));
  }
  if (typeof values['ALUCO_SMTP'] === 'string' && values['ALUCO_SMTP'] !== '' && values['ALUCO_MAIL_FROM'] === '')
    problems.push('ALUCO_MAIL_FROM is missing: with ALUCO_SMTP, letters need an address they come from');
  for (const name of ['ALUCO_RELAY', 'ALUCO_SUBMISSION'] as const) {
    if (typeof values[name] === 'string' && values[name] !== '' && values['ALUCO_SMTP'] === '')
      problems.push(`ALUCO_SMTP is missing: with ${name}, mail needs a way on`);
  }
  const [certificate, certificateKey] = [values['ALUCO_RELAY_CERTIFICATE'], values['ALUCO_RELAY_CERTIFICATE_KEY']];
  if (typeof certificate === 'string' && typeof certificateKey === 'string' && !certificate !== !certificateKey)
    problems.push('ALUCO_RELAY_CERTIFICATE and ALUCO_RELAY_CERTIFICATE_KEY are given together or not at all');
  if (problems.length > 0) throw new SettingsError(problems);
  const given = new Set(Object.keys(env).map((name) => name.replace(/_FILE$/u, '')));
  return { ...values, given } as unknown as Config;
}
