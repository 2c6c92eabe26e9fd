import { readFileSync } from 'node:fs';
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
};

const network = z
  .string()
  .refine((text) => ipaddr.isValidCIDR(text) || ipaddr.isValid(text), 'is not an address or a network like 10.0.0.0/8')
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

const text = (max: number): z.ZodType<string, string> => z.string().max(max, `is longer than ${max} characters`);

/** Every setting of the program, in the order the README lists them. */
export const SETTINGS = {
  ALUCO_URL: {
    meaning: 'Public address, as browsers and applications see it; it is the OpenID Connect issuer',
    fallback: 'http://localhost:8080',
    check: publicAddress,
  },
  ALUCO_LISTEN: { meaning: 'Network address to listen on', fallback: '127.0.0.1', check: text(255) },
  ALUCO_PORT: { meaning: 'TCP port to listen on (0: any free one)', fallback: '8080', check: integer(0, 65535) },
  ALUCO_NAME: { meaning: 'Name of this instance on its pages', fallback: 'Aluco', check: text(60) },
  ALUCO_CONTACT: { meaning: 'Whom to ask for help: a sentence, an address or a link', fallback: '', check: text(300) },
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
  },
  ALUCO_TRUSTED_PROXIES: {
    meaning: 'Proxies whose X-Forwarded-For is believed: addresses or networks',
    fallback: '',
    check: list(network),
  },
  ALUCO_PRIVATE_NETWORKS: {
    meaning: 'Private networks that logout messages and key look-ups may reach, such as a container network',
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

/** The checked settings. */
export type Config = { readonly [N in Name]: z.output<(typeof SETTINGS)[N]['check']> };

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
  if (problems.length > 0) throw new SettingsError(problems);
  return values as Config;
}
