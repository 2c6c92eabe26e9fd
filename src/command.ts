import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { messageFor, translator } from '../views/text.ts';
import { APPLICATION_DEFAULTS, CLIENT_DEFAULTS, RULE_PRESETS, SettingsProblem } from './applications/applications.ts';
import { readConfig, SettingsError } from './config.ts';
import { UserError } from './errors.ts';
import { describeError, makeLog } from './log.ts';
import { makeParts, type Parts } from './parts.ts';
import { EX_CONFIG } from './runtime.ts';
import { MasterKeyError } from './storage/keys.ts';
import { NewerDatabaseError } from './storage/migrate.ts';

/** What a command reads and writes. */
export type Terminal = {
  readonly environment: NodeJS.ProcessEnv;
  readonly stdin: Readable & { isTTY?: boolean };
  readonly out: (line: string) => void;
  readonly complain: (line: string) => void;
};

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

type Verb = {
  readonly usage: string;
  readonly meaning: string;
  readonly options: ParseArgsOptionsConfig;
  readonly run: (parts: Parts, words: readonly string[], values: Values, terminal: Terminal) => Promise<void>;
};

/** Something is wrong with how the command was written. */
class UsageError extends Error {}

const text = { type: 'string' } as const;
const many = { type: 'string', multiple: true } as const;
const flag = { type: 'boolean' } as const;

const one = (values: Values, name: string): string | undefined => {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
};
const all = (values: Values, name: string): string[] =>
  [values[name] ?? []].flat().filter((value): value is string => typeof value === 'string');

function word(words: readonly string[], index: number, what: string): string {
  const value = words[index];
  if (value === undefined) throw new UsageError(`${what} is missing`);
  return value;
}

/** The first line of standard input: passwords are never given as arguments, where other users could read them. */
async function readSecret({ stdin, complain }: Terminal, question: string): Promise<string> {
  if (stdin.isTTY === true) complain(question);
  let received = '';
  for await (const chunk of stdin) {
    received += String(chunk);
    if (received.includes('\n') || received.length > 4096) break;
  }
  return received.split(/\r?\n/u, 1)[0] ?? '';
}

async function findGroup({ accounts }: Parts, name: string): Promise<{ id: string; name: string }> {
  const group = (await accounts.groups.list()).find((entry) => entry.name === name || entry.id === name);
  if (group === undefined) throw new UserError('group_unknown');
  return group;
}

function readIcon(file: string): string {
  const kind = { '.svg': 'svg+xml', '.jpg': 'jpeg' }[path.extname(file)] ?? path.extname(file).slice(1);
  return `data:image/${kind};base64,${readFileSync(file).toString('base64')}`;
}

const APPLICATION_OPTIONS = {
  home: text,
  icon: text,
  quota: text,
  rule: text,
  pattern: text,
  min: text,
  max: text,
  reserved: many,
  entry: text,
  group: many,
  subject: text,
  email: text,
  sender: many,
} as const;

async function applicationChanges(parts: Parts, values: Values): Promise<Record<string, unknown>> {
  const changes: Record<string, unknown> = {};
  const copy = (option: string, setting: string): void => {
    const value = one(values, option);
    if (value !== undefined) changes[setting] = value;
  };
  copy('home', 'homeUrl');
  copy('subject', 'subject');
  copy('email', 'email');
  const icon = one(values, 'icon');
  if (icon !== undefined) changes['iconUrl'] = readIcon(icon);
  const quota = one(values, 'quota');
  if (quota !== undefined) changes['quota'] = Number(quota);
  if (values['sender'] !== undefined) changes['senderDomains'] = all(values, 'sender');
  const entry = one(values, 'entry');
  if (entry === 'groups') {
    const groups = await Promise.all(all(values, 'group').map((name) => findGroup(parts, name)));
    changes['entry'] = { kind: 'groups', groups: groups.map(({ id }) => id) };
  } else if (entry !== undefined) changes['entry'] = { kind: entry };
  const preset = one(values, 'rule');
  const pattern = one(values, 'pattern');
  if (preset !== undefined || pattern !== undefined) {
    const known = preset === undefined ? undefined : RULE_PRESETS[preset as keyof typeof RULE_PRESETS];
    if (preset !== undefined && known === undefined) {
      throw new UsageError(`--rule is one of ${Object.keys(RULE_PRESETS).join(', ')}`);
    }
    const base = known ?? { preset: 'own', pattern: pattern ?? '', min: 1, max: 64, reserved: [] };
    const number = (option: string, otherwise: number): number => Number(one(values, option) ?? otherwise);
    const reserved = [...base.reserved, ...all(values, 'reserved')];
    changes['rule'] = { ...base, min: number('min', base.min), max: number('max', base.max), reserved };
  }
  return changes;
}

const VERBS: Readonly<Record<string, Verb>> = {
  'account add': {
    usage: 'account add LOGIN [--administrator] [--mailbox ADDRESS [--verified]] [--language fr|en]',
    meaning: 'makes an account; the password is the first line of standard input',
    options: { administrator: flag, mailbox: text, verified: flag, language: text },
    async run({ accounts }, words, values, terminal) {
      const loginName = word(words, 0, 'the login name');
      const mailbox = one(values, 'mailbox');
      const account = await accounts.add({
        loginName,
        password: await readSecret(terminal, 'Password:'),
        ...(mailbox === undefined ? {} : { mailbox, mailboxVerified: values['verified'] === true }),
        language: one(values, 'language') === 'en' ? 'en' : 'fr',
        administrator: values['administrator'] === true,
      });
      terminal.out(`${account.role} ${account.loginName}`);
    },
  },
  'account suspend': {
    usage: 'account suspend LOGIN',
    meaning: 'refuses the account everywhere from this moment on',
    options: {},
    async run({ accounts }, words) {
      const account = await accounts.findByLogin(word(words, 0, 'the login name'));
      if (account === undefined) throw new UserError('account_unknown');
      await accounts.suspend(account.id);
    },
  },
  'account reinstate': {
    usage: 'account reinstate LOGIN',
    meaning: 'takes a suspension back',
    options: {},
    async run({ accounts }, words) {
      const account = await accounts.findByLogin(word(words, 0, 'the login name'));
      if (account === undefined) throw new UserError('account_unknown');
      await accounts.reinstate(account.id);
    },
  },
  'group add': {
    usage: 'group add NAME',
    meaning: 'makes a group',
    options: {},
    async run({ accounts }, words, _values, { out }) {
      const { id, name } = await accounts.groups.create(word(words, 0, 'the name'));
      out(`${id} ${name}`);
    },
  },
  'group list': {
    usage: 'group list',
    meaning: 'lists the groups and how many people each has',
    options: {},
    async run({ accounts }, _words, _values, { out }) {
      for (const { id, name, members } of await accounts.groups.list()) out(`${id} ${members} ${name}`);
    },
  },
  'group remove': {
    usage: 'group remove GROUP',
    meaning: 'removes a group',
    options: {},
    async run(parts, words) {
      await parts.accounts.groups.remove((await findGroup(parts, word(words, 0, 'the group'))).id);
    },
  },
  'group members': {
    usage: 'group members GROUP',
    meaning: 'lists who is in a group',
    options: {},
    async run(parts, words, _values, { out }) {
      const { id } = await findGroup(parts, word(words, 0, 'the group'));
      for (const loginName of await parts.accounts.groups.members(id)) out(loginName);
    },
  },
  'group fill': {
    usage: 'group fill GROUP LOGIN…',
    meaning: 'adds people to a group',
    options: {},
    async run(parts, words) {
      const { id } = await findGroup(parts, word(words, 0, 'the group'));
      for (const loginName of words.slice(1)) await parts.accounts.groups.addMember(id, loginName);
    },
  },
  'group empty': {
    usage: 'group empty GROUP [LOGIN…]',
    meaning: 'takes people out of a group; without names, everybody',
    options: {},
    async run(parts, words) {
      const { id } = await findGroup(parts, word(words, 0, 'the group'));
      const leaving = words.length > 1 ? words.slice(1) : await parts.accounts.groups.members(id);
      for (const loginName of leaving) await parts.accounts.groups.removeMember(id, loginName);
    },
  },
  'application add': {
    usage:
      'application add NAME --home URL [--entry nobody|everyone|groups [--group GROUP]…] [--quota N] [--rule PRESET | --pattern RE2 [--min N] [--max N]] [--reserved NAME]… [--subject random|name] [--email alias|none] [--sender DOMAIN]… [--icon FILE]',
    meaning: 'makes an application; nobody may enter until you say who',
    options: APPLICATION_OPTIONS,
    async run(parts, words, values, { out }) {
      const name = word(words, 0, 'the name');
      const application = await parts.applications.add({
        ...APPLICATION_DEFAULTS,
        name,
        homeUrl: '',
        ...(await applicationChanges(parts, values)),
      });
      out(application.id);
    },
  },
  'application change': {
    usage: 'application change ID [--name NAME] [the options of add]',
    meaning: 'changes settings of an application, from the next request on',
    options: { ...APPLICATION_OPTIONS, name: text },
    async run(parts, words, values) {
      const { id, ...settings } = await parts.applications.get(word(words, 0, 'the id'));
      const name = one(values, 'name') ?? settings.name;
      await parts.applications.change(id, { ...settings, name, ...(await applicationChanges(parts, values)) });
    },
  },
  'application list': {
    usage: 'application list',
    meaning: 'lists applications and their clients',
    options: {},
    async run({ applications }, _words, _values, { out }) {
      for (const application of await applications.list()) {
        out(`${application.id} ${application.name} ${application.homeUrl} ${application.entry.kind}`);
        for (const client of await applications.clientsOf(application.id)) out(`  ${client.id} ${client.label}`);
      }
    },
  },
  'client add': {
    usage:
      'client add APPLICATION --redirect URI… [--label TEXT] [--method client_secret_basic|client_secret_post|private_key_jwt|none] [--jwks FILE | --jwks-uri URL] [--no-pkce] [--algorithm RS256|ES256|EdDSA] [--refresh] [--logout URI]… [--backchannel URL] [--double-credentials] [--logout-by-address]',
    meaning: 'registers a client; the secret is shown this once',
    options: {
      redirect: many,
      label: text,
      method: text,
      jwks: text,
      'jwks-uri': text,
      'no-pkce': flag,
      algorithm: text,
      refresh: flag,
      logout: many,
      backchannel: text,
      'double-credentials': flag,
      'logout-by-address': flag,
    },
    async run({ applications }, words, values, { out }) {
      const jwks = one(values, 'jwks');
      const jwksUri = one(values, 'jwks-uri');
      const backchannelLogoutUri = one(values, 'backchannel');
      const { client, secret } = await applications.addClient(word(words, 0, 'the application'), {
        ...CLIENT_DEFAULTS,
        label: one(values, 'label') ?? 'Web',
        redirectUris: all(values, 'redirect'),
        postLogoutRedirectUris: all(values, 'logout'),
        authMethod: one(values, 'method') ?? CLIENT_DEFAULTS.authMethod,
        ...(jwks === undefined ? {} : { jwks: JSON.parse(readFileSync(jwks, 'utf8')) as unknown }),
        ...(jwksUri === undefined ? {} : { jwksUri }),
        ...(backchannelLogoutUri === undefined ? {} : { backchannelLogoutUri }),
        pkce: values['no-pkce'] === true ? 'optional' : 'required',
        idTokenAlgorithm: one(values, 'algorithm') ?? CLIENT_DEFAULTS.idTokenAlgorithm,
        refreshTokens: values['refresh'] === true,
        doubleCredentials: values['double-credentials'] === true,
        logoutByAddress: values['logout-by-address'] === true,
      });
      out(`client_id ${client.id}`);
      if (secret !== undefined) out(`client_secret ${secret}`);
    },
  },
  'client secret': {
    usage: 'client secret ID',
    meaning: 'gives a client a new secret; the old one stops working',
    options: {},
    async run({ applications }, words, _values, { out }) {
      const { secret } = await applications.renewSecret(word(words, 0, 'the id'));
      out(`client_secret ${secret}`);
    },
  },
  'client remove': {
    usage: 'client remove ID',
    meaning: 'removes a client',
    options: {},
    async run({ applications }, words) {
      await applications.removeClient(word(words, 0, 'the id'));
    },
  },
  'keys rotate': {
    usage: 'keys rotate',
    meaning: 'makes new signing keys: published at once, signing a quarter of an hour later, on every node',
    options: {},
    async run({ oidc }) {
      await oidc.rotateKeys();
    },
  },
};

function help(): string[] {
  const verbs = Object.values(VERBS).flatMap(({ usage, meaning }) => [`  aluco ${usage}`, `      ${meaning}`]);
  return ['The settings are the same as the server’s; it may be running.', '', ...verbs];
}

/**
 * Runs one command with the same parts as the server.
 * @returns the exit status: 0 done, 1 refused or failed, 2 wrongly written, 78 wrong settings.
 */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const verb = VERBS[args.slice(0, 2).join(' ')];
  if (verb === undefined) {
    for (const line of help()) terminal.complain(line);
    return args.includes('--help') ? 0 : 2;
  }
  let parts: Parts | undefined;
  try {
    const { values, positionals } = parseArgs({ args: args.slice(2), options: verb.options, allowPositionals: true });
    const config = readConfig(terminal.environment);
    parts = await makeParts(config, { log: makeLog('silent'), now: Date.now });
    await verb.run(parts, positionals, values, terminal);
    return 0;
  } catch (error) {
    return explain(error, verb, terminal);
  } finally {
    await parts?.storage.close();
  }
}

function explain(error: unknown, verb: Verb, { complain }: Terminal): number {
  const t = translator('en');
  if (error instanceof SettingsProblem) {
    for (const { field, code, params } of error.fields) complain(`${field}: ${messageFor(t, code, params)}`);
    return 1;
  }
  if (error instanceof UserError) {
    complain(messageFor(t, error.code, error.params));
    return 1;
  }
  if (error instanceof SettingsError || error instanceof MasterKeyError || error instanceof NewerDatabaseError) {
    complain(error.message);
    return EX_CONFIG;
  }
  const isUsage =
    error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  complain(isUsage ? (error as Error).message : `Failed: ${describeError(error).message}`);
  if (isUsage) complain(`Usage: aluco ${verb.usage}`);
  return isUsage ? 2 : 1;
}
