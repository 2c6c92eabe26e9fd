import { parseArgs } from 'node:util';
import { Refusal, Told, UsageError, type Terminal, type Verb, type Verbs } from './commands/verb.ts';
import { readConfig, SettingsError } from './config.ts';
import { SettingsProblem, UserError } from './errors.ts';
import { describeError, makeLog } from './log.ts';
import { EX_CONFIG } from './runtime.ts';
import { MasterKeyError } from './storage/keys.ts';
import { NewerDatabaseError, UpgradeError } from './storage/migrate.ts';
import { isUnavailable, OpeningError } from './storage/storage.ts';

/**
 * The commands, by the words that they begin with, the longer ones first. Each is loaded when it is called: all of them
 * together are most of the program, and whoever imports a million names has no memory to spare.
 */
const GROUPS: readonly (readonly [string, () => Promise<readonly Verbs[]>])[] = [
  ['account', async () => [(await import('./commands/account.ts')).accountVerbs]],
  ['requests', async () => [(await import('./commands/requests.ts')).requestVerbs]],
  [
    'house',
    async () => [(await import('./commands/house.ts')).houseVerbs, (await import('./commands/quiet.ts')).quietVerbs],
  ],
  [
    'mail',
    async () => [
      (await import('./commands/mail.ts')).mailVerbs,
      (await import('./commands/mail-keys.ts')).mailKeyVerbs,
    ],
  ],
  ['group', async () => [(await import('./commands/group.ts')).groupVerbs]],
  ['moderator', async () => [(await import('./commands/moderator.ts')).moderatorVerbs]],
  ['register', async () => [(await import('./commands/register.ts')).registerVerbs]],
  [
    'application',
    async () => [
      (await import('./commands/application.ts')).applicationVerbs,
      (await import('./commands/template.ts')).templateVerbs,
    ],
  ],
  ['legacy check', async () => [(await import('./commands/legacy-import.ts')).legacyImportVerbs]],
  ['legacy import', async () => [(await import('./commands/legacy-import.ts')).legacyImportVerbs]],
  [
    'legacy',
    async () => [
      (await import('./commands/legacy.ts')).legacyVerbs,
      (await import('./commands/legacy-links.ts')).legacyLinkVerbs,
      (await import('./commands/legacy-people.ts')).legacyPeopleVerbs,
    ],
  ],
  ['client', async () => [(await import('./commands/client.ts')).clientVerbs]],
  ['saml', async () => [(await import('./commands/saml.ts')).samlVerbs]],
  ['keys', async () => [(await import('./commands/keys.ts')).keysVerbs]],
  ['passwords', async () => [(await import('./commands/passwords.ts')).passwordVerbs]],
  ['doctor', async () => [(await import('./commands/doctor.ts')).doctorVerbs]],
  ['backup', async () => [(await import('./commands/backup.ts')).backupVerbs]],
  ['restore', async () => [(await import('./commands/backup.ts')).backupVerbs]],
  ['check', async () => [(await import('./commands/check.ts')).checkVerbs]],
];

/** All commands, each with the words that call it. */
export async function allVerbs(): Promise<Verbs> {
  const verbs: Record<string, Verb> = {};
  for (const [, load] of GROUPS) Object.assign(verbs, ...(await load()));
  return verbs;
}

async function help(): Promise<string[]> {
  const verbs = Object.values(await allVerbs()).flatMap(({ usage, meaning }) => [
    `  aluco ${usage}`,
    `      ${meaning}`,
  ]);
  return ['The settings are the same as the server’s; it may be running.', '', ...verbs];
}

/** The command that the first words call, the more of them the better; the rest is its own. */
async function find(args: readonly string[]): Promise<{ verb: Verb; rest: string[] } | undefined> {
  const said = `${args.slice(0, 3).join(' ')} `;
  const group = GROUPS.find(([words]) => said.startsWith(`${words} `));
  const verbs: Verbs = Object.assign({}, ...((await group?.[1]()) ?? []));
  for (const count of [3, 2, 1]) {
    const name = args.slice(0, count).join(' ');
    const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
    if (verb !== undefined) return { verb, rest: args.slice(count) };
  }
  return undefined;
}

async function perform(verb: Verb, rest: string[], terminal: Terminal): Promise<void> {
  const { values, positionals } = parseArgs({ args: rest, options: verb.options, allowPositionals: true });
  const config = readConfig(terminal.environment);
  if ('runBare' in verb) return verb.runBare(config, positionals, values, terminal);
  const { makeParts } = await import('./parts.ts');
  const parts = await makeParts(config, { log: makeLog('silent'), now: Date.now });
  try {
    return await verb.run(parts, positionals, values, terminal);
  } finally {
    await parts.storage.close();
  }
}

/**
 * Runs one command with the same parts as the server.
 * @returns the exit status: 0 done, 1 refused or failed, 2 wrongly written, 78 wrong settings.
 */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const found = await find(args);
  if (found === undefined) {
    for (const line of await help()) terminal.complain(line);
    return args.includes('--help') ? 0 : 2;
  }
  try {
    await perform(found.verb, found.rest, terminal);
    return 0;
  } catch (error) {
    return await explain(error, found.verb, terminal);
  }
}

async function explain(error: unknown, verb: Verb, { complain }: Terminal): Promise<number> {
  const { messageFor, translator } = await import('../views/text.ts');
  const t = translator('en');
  if (error instanceof Refusal) return 1;
  if (error instanceof SettingsProblem) {
    for (const { field, code, params } of error.fields) complain(`${field}: ${messageFor(t, code, params)}`);
    return 1;
  }
  if (error instanceof Told) {
    complain(error.message);
    return 1;
  }
  if (error instanceof UserError) {
    complain(messageFor(t, error.code, error.params));
    return 1;
  }
  if (
    error instanceof SettingsError ||
    error instanceof MasterKeyError ||
    error instanceof NewerDatabaseError ||
    error instanceof UpgradeError
  ) {
    complain(error.message);
    return EX_CONFIG;
  }
  if (error instanceof OpeningError) {
    complain(error.message);
    return error.lasting ? EX_CONFIG : 1;
  }
  if (isUnavailable(error)) {
    complain('The database cannot be used at this moment: try again.');
    return 1;
  }
  const isUsage =
    error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  complain(isUsage ? (error as Error).message : `Failed: ${describeError(error).message}`);
  if (isUsage) complain(`Usage: aluco ${verb.usage}`);
  return isUsage ? 2 : 1;
}
