import { parseArgs } from 'node:util';
import { messageFor, translator } from '../views/text.ts';
import { accountVerbs } from './commands/account.ts';
import { applicationVerbs } from './commands/application.ts';
import { backupVerbs } from './commands/backup.ts';
import { checkVerbs } from './commands/check.ts';
import { clientVerbs } from './commands/client.ts';
import { doctorVerbs } from './commands/doctor.ts';
import { groupVerbs } from './commands/group.ts';
import { houseVerbs } from './commands/house.ts';
import { keysVerbs } from './commands/keys.ts';
import { legacyVerbs } from './commands/legacy.ts';
import { legacyLinkVerbs } from './commands/legacy-links.ts';
import { legacyPeopleVerbs } from './commands/legacy-people.ts';
import { mailVerbs } from './commands/mail.ts';
import { mailKeyVerbs } from './commands/mail-keys.ts';
import { moderatorVerbs } from './commands/moderator.ts';
import { passwordVerbs } from './commands/passwords.ts';
import { quietVerbs } from './commands/quiet.ts';
import { registerVerbs } from './commands/register.ts';
import { requestVerbs } from './commands/requests.ts';
import { samlVerbs } from './commands/saml.ts';
import { templateVerbs } from './commands/template.ts';
import { Refusal, Told, UsageError, type Terminal, type Verb, type Verbs } from './commands/verb.ts';
import { readConfig, SettingsError } from './config.ts';
import { SettingsProblem, UserError } from './errors.ts';
import { describeError, makeLog } from './log.ts';
import { makeParts } from './parts.ts';
import { EX_CONFIG } from './runtime.ts';
import { MasterKeyError } from './storage/keys.ts';
import { NewerDatabaseError, UpgradeError } from './storage/migrate.ts';
import { isUnavailable, OpeningError } from './storage/storage.ts';

const VERBS: Verbs = {
  ...accountVerbs,
  ...requestVerbs,
  ...houseVerbs,
  ...quietVerbs,
  ...mailVerbs,
  ...mailKeyVerbs,
  ...groupVerbs,
  ...moderatorVerbs,
  ...registerVerbs,
  ...applicationVerbs,
  ...templateVerbs,
  ...legacyVerbs,
  ...legacyLinkVerbs,
  ...legacyPeopleVerbs,
  ...clientVerbs,
  ...samlVerbs,
  ...keysVerbs,
  ...passwordVerbs,
  ...doctorVerbs,
  ...backupVerbs,
  ...checkVerbs,
};

function help(): string[] {
  const verbs = Object.values(VERBS).flatMap(({ usage, meaning }) => [`  aluco ${usage}`, `      ${meaning}`]);
  return ['The settings are the same as the server’s; it may be running.', '', ...verbs];
}

/** The command that the first words call, the more of them the better; the rest is its own. */
function find(args: readonly string[]): { verb: Verb; rest: string[] } | undefined {
  for (const count of [3, 2, 1]) {
    const name = args.slice(0, count).join(' ');
    const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
    if (verb !== undefined) return { verb, rest: args.slice(count) };
  }
  return undefined;
}

async function perform(verb: Verb, rest: string[], terminal: Terminal): Promise<void> {
  const { values, positionals } = parseArgs({ args: rest, options: verb.options, allowPositionals: true });
  const config = readConfig(terminal.environment);
  if ('runBare' in verb) return verb.runBare(config, positionals, values, terminal);
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
  const found = find(args);
  if (found === undefined) {
    for (const line of help()) terminal.complain(line);
    return args.includes('--help') ? 0 : 2;
  }
  try {
    await perform(found.verb, found.rest, terminal);
    return 0;
  } catch (error) {
    return explain(error, found.verb, terminal);
  }
}

function explain(error: unknown, verb: Verb, { complain }: Terminal): number {
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
