import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config.ts';
import { writeBackup } from '../storage/backup.ts';
import { BackupError } from '../storage/backup-format.ts';
import { newKeyPair, PASSPHRASE_MIN, type Key, type Lock } from '../storage/envelope.ts';
import { MasterKeyError, masterKeys, sealsFor } from '../storage/keys.ts';
import { restoreBackup } from '../storage/restore.ts';
import type { Snapshot } from '../storage/rows.ts';
import { openSnapshot } from '../storage/snapshot.ts';
import { VERSION } from '../version.ts';
import {
  all,
  flag,
  many,
  one,
  Refusal,
  text,
  UsageError,
  word,
  type Terminal,
  type Values,
  type Verbs,
} from './verb.ts';

const keyFileOf = (config: Config): string => `${config.ALUCO_DATA}.key`;

/** Says what was refused, for whoever sits at the terminal. */
async function inWords({ complain }: Terminal, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    complain(error.message);
    throw new Refusal();
  }
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/u);
  } catch (error) {
    throw new BackupError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'no code'}).`);
  }
}

/** The first line of a file; a passphrase is never an argument, where other users could read it. */
function readPassphrase(file: string): string {
  return readLines(file)[0] ?? '';
}

/** @throws {BackupError} when the passphrase would protect nothing. */
function checkPassphrase(passphrase: string, config: Config): void {
  if ([...passphrase].length < PASSPHRASE_MIN) {
    throw new BackupError(`The passphrase is shorter than ${PASSPHRASE_MIN} characters.`);
  }
  const forms = masterKeys(config.ALUCO_MASTER_KEY, keyFileOf(config)).flatMap((key) =>
    (['base64', 'base64url', 'hex'] as const).map((encoding) => key.toString(encoding).replace(/=+$/u, '')),
  );
  if (forms.includes(passphrase.trim().replace(/=+$/u, ''))) {
    throw new BackupError(
      'The passphrase is the master key: whoever opens the backup would read all that is sealed in it. Take another one.',
    );
  }
}

function lockOf(values: Values, config: Config): Lock {
  const recipients = all(values, 'recipient');
  const file = one(values, 'passphrase-file');
  if (recipients.length > 0 === (file !== undefined)) {
    throw new UsageError('give either --recipient or --passphrase-file');
  }
  if (file === undefined) return { recipients };
  const passphrase = readPassphrase(file);
  checkPassphrase(passphrase, config);
  return { passphrase };
}

function keyOf(values: Values): Key {
  const identity = one(values, 'identity');
  const file = one(values, 'passphrase-file');
  if ((identity !== undefined) === (file !== undefined)) {
    throw new UsageError('give either --identity or --passphrase-file');
  }
  if (identity === undefined) return { passphrase: readPassphrase(file ?? '') };
  const identities = readLines(identity).filter((line) => line !== '' && !line.startsWith('#'));
  if (identities.length === 0) throw new BackupError(`${identity} holds no identity of age.`);
  return { identities: identities.map((line) => line.trim()) };
}

/** For how many months the register of connections is kept: by the environment, or else by what the house keeps. */
async function registerMonths(config: Config, snapshot: Snapshot): Promise<number> {
  if (config.given.has('ALUCO_CONNECTION_MONTHS')) return config.ALUCO_CONNECTION_MONTHS;
  const meta = snapshot.tables.find(({ name }) => name === 'meta');
  if (meta === undefined) return config.ALUCO_CONNECTION_MONTHS;
  for await (const rows of snapshot.rows(meta)) {
    const [, kept] = rows.find(([key]) => key === 'house.ALUCO_CONNECTION_MONTHS') ?? [];
    if (kept !== undefined) return Number(kept);
  }
  return config.ALUCO_CONNECTION_MONTHS;
}

const sizeInWords = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

/** Commands about backups. */
export const backupVerbs: Verbs = {
  backup: {
    usage: 'backup [--to FILE] (--recipient age1… | --passphrase-file FILE)',
    meaning: 'writes all that must last to an encrypted file, while the server runs; sessions and tokens are not in it',
    options: { to: text, recipient: many, 'passphrase-file': text },
    runBare: (config, _words, values, terminal) =>
      inWords(terminal, async () => {
        const lock = lockOf(values, config);
        const made = new Date();
        const stamp = made.toISOString().replaceAll(/[-:]|\..*$/gu, '');
        const to = path.resolve(one(values, 'to') ?? `aluco-${stamp}.age`);
        const snapshot = await openSnapshot(config.ALUCO_DATABASE, config.ALUCO_DATA);
        try {
          const withRegister = (await registerMonths(config, snapshot)) > 0;
          const { rows, bytes } = await writeBackup(snapshot, { to, lock, version: VERSION, made, withRegister });
          terminal.out(`${to} ${sizeInWords(bytes)}`);
          terminal.out(
            `accounts ${rows['account'] ?? 0}, applications ${rows['application'] ?? 0}, profiles ${rows['profile'] ?? 0}`,
          );
        } finally {
          await snapshot.close();
        }
        const own = 'passphrase' in lock ? 'passphrase of the backup' : 'identity that the recipient belongs to';
        for (const line of [
          `To restore it takes two keys: the ${own}, and the master key (ALUCO_MASTER_KEY, or ${keyFileOf(config)}).`,
          'Keep a copy of each away from this machine: not together, and neither of them with the data or a backup.',
          'Sessions, tokens, one-time links and waiting messages are not in it: after a restore people sign in again.',
        ])
          terminal.out(line);
        if (to.startsWith(`${config.ALUCO_DATA}${path.sep}`)) {
          terminal.complain('The backup lies in the data folder: what destroys the one destroys the other.');
        }
      }),
  },
  'backup key': {
    usage: 'backup key FILE',
    meaning: 'makes a key pair for backups: the identity goes to FILE, for its owner alone; says the recipient',
    options: {},
    runBare: (_config, words, _values, terminal) =>
      inWords(terminal, async () => {
        const file = path.resolve(word(words, 0, 'the file'));
        const { identity, recipient } = await newKeyPair();
        try {
          await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
          await writeFile(file, `# public key: ${recipient}\n${identity}\n`, { flag: 'wx', mode: 0o600, flush: true });
        } catch (error) {
          const code = (error as NodeJS.ErrnoException).code ?? 'no code';
          throw new BackupError(
            code === 'EEXIST' ? `${file} is there already.` : `The identity cannot be written to ${file} (${code}).`,
          );
        }
        terminal.out(recipient);
        terminal.complain(
          `Only ${file} opens backups made for this recipient. Take it away from this machine; it is not needed to make them. Not together with the master key.`,
        );
      }),
  },
  restore: {
    usage: 'restore FILE (--identity FILE | --passphrase-file FILE) [--quiet]',
    meaning:
      'restores a backup into an empty place, with the master key that belongs to it; --quiet: the instance sends nothing until it is told to',
    options: { identity: text, 'passphrase-file': text, quiet: flag },
    runBare: (config, words, values, terminal) =>
      inWords(terminal, async () => {
        const file = path.resolve(word(words, 0, 'the file'));
        const quiet = values['quiet'] === true;
        const { version, made, rows } = await restoreBackup({
          file,
          key: keyOf(values),
          address: config.ALUCO_DATABASE,
          dataFolder: config.ALUCO_DATA,
          quiet,
          checkKey: (check) => checkMasterKey(check, config),
        });
        terminal.out(`made ${made} by version ${version}`);
        terminal.out(
          `accounts ${rows['account'] ?? 0}, applications ${rows['application'] ?? 0}, profiles ${rows['profile'] ?? 0}`,
        );
        if (quiet) terminal.out('This instance sends nothing by itself until: aluco house quiet off');
      }),
  },
};

/** @throws {BackupError} when the master key is missing or another one. */
function checkMasterKey(check: string, config: Config): void {
  try {
    sealsFor(check, config.ALUCO_MASTER_KEY, keyFileOf(config));
  } catch (error) {
    if (!(error instanceof MasterKeyError)) throw error;
    throw new BackupError(
      `The master key that belongs to this backup is missing or another one: put it into ${keyFileOf(config)}, for its owner alone, or give it as ALUCO_MASTER_KEY. Nothing was changed.`,
      { cause: error },
    );
  }
}
