import { getTableColumns, getTableName } from 'drizzle-orm';
import { z } from 'zod';
import { postgresKit } from './kit.ts';
import { QUIET } from './quiet.ts';
import { defineTables, type Tables } from './tables.ts';

/** A backup cannot be made or restored. The message is for the administrator and says what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** Raised when a program that knows only the former could misunderstand what is written. */
export const FORMAT = 1;

/** A longer line is no row of ours: the largest are pictures of at most 64 KiB. */
export const LINE_MAX = 4 * 1024 * 1024;

/** More facts than this are not kept: they are read into memory before anything is written. */
export const FACTS_MAX = 1000;

/**
 * What a backup holds. What would be alive again when it is restored is left out: sessions that were ended, tokens and
 * links that were used since, counts of failures, messages already sent. The register of connections is in it only
 * where one is kept.
 */
const CONTENT = {
  meta: 'kept',
  account: 'kept',
  loginTaken: 'kept',
  credential: 'kept',
  signUp: 'kept',
  letter: 'left',
  mailboxTrouble: 'kept',
  invitation: 'left',
  connection: 'register',
  session: 'left',
  timeline: 'kept',
  group: 'kept',
  groupMember: 'kept',
  groupDelegate: 'kept',
  moderator: 'kept',
  accountLog: 'kept',
  holding: 'kept',
  profile: 'kept',
  nameTaken: 'kept',
  profileRequest: 'kept',
  profileLog: 'kept',
  appeal: 'kept',
  quotaException: 'kept',
  caseFile: 'kept',
  profileInvitation: 'left',
  errand: 'kept',
  unsealing: 'kept',
  register: 'kept',
  legacyProfile: 'kept',
  legacyAddress: 'kept',
  legacyTold: 'kept',
  legacyBatch: 'kept',
  legacyTask: 'left',
  grantProfile: 'left',
  samlSession: 'left',
  spool: 'left',
  spoolChunk: 'left',
  delivery: 'left',
  correspondent: 'kept',
  relayChoice: 'kept',
  token: 'left',
  transient: 'left',
  attempt: 'left',
  logoutMessage: 'left',
  application: 'kept',
  client: 'kept',
  serviceProvider: 'kept',
  samlKey: 'kept',
  recentSignIns: 'left',
  relayRefusals: 'left',
  destination: 'left',
  mailKey: 'kept',
  signingKey: 'kept',
  lease: 'left',
} as const satisfies Record<keyof Tables, 'kept' | 'register' | 'left'>;

const TABLES = defineTables(postgresKit);
const NAMES = (Object.keys(CONTENT) as (keyof Tables)[]).map((key) => ({
  name: getTableName(TABLES[key]),
  content: CONTENT[key],
}));

/** The names of all tables of this version, as databases have them. */
export const TABLE_NAMES: readonly string[] = NAMES.map(({ name }) => name);

/** The tables of a backup by name, the facts about the database first: whether the key belongs to it stands there. */
export function tablesOfBackup(withRegister: boolean): string[] {
  return NAMES.filter(({ content }) => content === 'kept' || (content === 'register' && withRegister)).map(
    ({ name }) => name,
  );
}

/** Whether a table is never in a backup. */
export function isLeftOut(table: string): boolean {
  return NAMES.some(({ name, content }) => name === table && content === 'left');
}

/** Whether a backup may have rows for a table: not for those of the engine or of another program. */
export function isOfBackup(table: string): boolean {
  return NAMES.some(({ name, content }) => name === table && content !== 'left');
}

/** Columns that are flags: SQLite has numbers there. */
const FLAGS: ReadonlySet<string> = new Set(
  Object.values(TABLES).flatMap((table) =>
    Object.values(getTableColumns(table))
      .filter(({ dataType }) => dataType === 'boolean')
      .map(({ name }) => `${getTableName(table)}.${name}`),
  ),
);

export function isFlag(table: string, column: string): boolean {
  return FLAGS.has(`${table}.${column}`);
}

/**
 * Whether a fact about the database goes with its data. That it sends nothing is a matter of the place; the one-time code
 * of a first evening must not work again.
 */
export function isKeptFact(key: string): boolean {
  return key !== QUIET && !key.startsWith('first-run') && !key.startsWith('first_run');
}

// What a terminal may be shown: a file that somebody made up must not write escape sequences there.
const version = z.string().regex(/^[\w.+-]{1,40}$/u);
const migration = z.string().regex(/^\w{1,100}$/u);
const name = z.string().regex(/^[a-z][a-z_]{0,62}$/u);
const kind = z.enum(['text', 'number', 'flag']);

/** The first line of a backup. */
export const headerLine = z.object({
  aluco: z.literal('backup'),
  format: z.literal(FORMAT),
  version,
  made: z.iso.datetime(),
  migrations: z.array(migration).min(1).max(10_000),
  tables: z
    .array(
      z.object({
        name,
        columns: z
          .array(z.tuple([name, kind]))
          .min(1)
          .max(200),
      }),
    )
    .min(1)
    .max(500),
});

/** What every backup says first, whichever its format. */
export const anyHeaderLine = z.object({
  aluco: z.literal('backup'),
  format: z.number().int(),
  version,
});

/** The line in front of a table's rows. */
export const tableLine = z.object({ table: name });

/** The last line: how many rows each table has, and the SHA-256 of all lines before, as base64url. */
export const endLine = z.object({
  end: z.literal(true),
  rows: z.record(name, z.number().int().min(0)),
  sha256: z.string().length(43),
});

/** How the last line begins; no other line does. */
export const END_BEGINS = '{"end":';
