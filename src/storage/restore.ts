import { createHash } from 'node:crypto';
import type { z } from 'zod';
import {
  anyHeaderLine,
  BackupError,
  END_BEGINS,
  endLine,
  FACTS_MAX,
  FORMAT,
  headerLine,
  isKeptFact,
  isLeftOut,
  isOfBackup,
  LINE_MAX,
  tableLine,
} from './backup-format.ts';
import { disclose, type Key } from './envelope.ts';
import { MASTER_KEY_CHECK } from './keys.ts';
import { QUIET } from './quiet.ts';
import type { Column, Kind, Row, Target, Value } from './rows.ts';
import { knownMigrationsOf, openTarget, refuseUnlessEmpty } from './target.ts';

type Header = z.output<typeof headerLine>;
type Section = { readonly name: string; readonly columns: readonly Column[] };
type Batch = { readonly table: Section; readonly rows: readonly Row[] };

const BROKEN = 'The backup is broken';

function parseLine<T>(schema: z.ZodType<T>, line: string, what: string): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch (error) {
    throw new BackupError(`${BROKEN}: ${what}.`, { cause: error });
  }
}

/** The lines, many at a time; after the last one it is checked against the digest that stands in it. */
async function* linesOf(chunks: AsyncIterable<Buffer>, onEnd: (line: string) => void): AsyncGenerator<string[]> {
  const digest = createHash('sha256');
  let rest: Buffer = Buffer.alloc(0);
  let ended = false;
  for await (const chunk of chunks) {
    if (ended) throw new BackupError(`${BROKEN}: something stands behind its end.`);
    const last = chunk.lastIndexOf(0x0a);
    if (last === -1) {
      rest = Buffer.concat([rest, chunk]);
      if (rest.length > LINE_MAX) throw new BackupError(`${BROKEN}: a line is too long.`);
      continue;
    }
    const whole = Buffer.concat([rest, chunk.subarray(0, last + 1)]);
    rest = Buffer.from(chunk.subarray(last + 1));
    const lines = whole.toString('utf8').split('\n');
    lines.pop();
    const end = lines.findIndex((line) => line.startsWith(END_BEGINS));
    if (end === -1) {
      digest.update(whole);
      yield lines;
      continue;
    }
    const [line = '', ...behind] = lines.splice(end);
    if (behind.length > 0 || rest.length > 0) {
      throw new BackupError(`${BROKEN}: something stands behind its end.`);
    }
    digest.update(whole.subarray(0, whole.length - Buffer.byteLength(line) - 1));
    yield lines;
    if (parseLine(endLine, line, 'its end is not one').sha256 !== digest.digest('base64url')) {
      throw new BackupError(`${BROKEN}: its contents are not those that its end speaks of.`);
    }
    onEnd(line);
    ended = true;
  }
  if (!ended) throw new BackupError('The backup is cut: it has no end.');
}

function readHeader(line: string): Header {
  const { format, version } = parseLine(anyHeaderLine, line, 'it does not begin as a backup does');
  if (format > FORMAT) {
    throw new BackupError(
      `The backup was made by a newer version of Aluco (${version}, format ${format}): restore it with that version.`,
    );
  }
  return parseLine(headerLine, line, 'its first line is not one of ours');
}

function isOfKind(value: Value | undefined, kind: Kind): boolean {
  if (value === null) return true;
  if (kind === 'number') return Number.isSafeInteger(value);
  return typeof value === (kind === 'text' ? 'string' : 'boolean');
}

function readRow(line: string, { name, columns }: Section): Row {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    row = undefined;
  }
  const isRow = Array.isArray(row) && row.length === columns.length;
  if (!isRow || !columns.every(({ kind }, index) => isOfKind((row as Value[])[index], kind))) {
    throw new BackupError(`${BROKEN}: a row of ${name} is not one.`);
  }
  return row as Row;
}

/** The header first, then the rows of each table; everything is checked as it passes. */
async function* readBackup(chunks: AsyncIterable<Buffer>): AsyncGenerator<Header | Batch> {
  let header: Header | undefined;
  let table: Section | undefined;
  let end = '';
  const counted: Record<string, number> = {};
  for await (const lines of linesOf(chunks, (line) => (end = line))) {
    let rows: Row[] = [];
    for (const line of lines) {
      if (line.length > LINE_MAX) throw new BackupError(`${BROKEN}: a line is too long.`);
      if (header === undefined) {
        header = readHeader(line);
        yield header;
      } else if (line.startsWith('{')) {
        if (table !== undefined && rows.length > 0) yield { table, rows };
        rows = [];
        const { table: name } = parseLine(tableLine, line, 'a table has no name');
        const listed = header.tables[Object.keys(counted).length];
        if (listed?.name !== name) throw new BackupError(`${BROKEN}: its tables are not those of its first line.`);
        counted[name] = 0;
        table = { name, columns: listed.columns.map(([column, kind]) => ({ name: column, kind })) };
      } else {
        if (table === undefined) throw new BackupError(`${BROKEN}: a row belongs to no table.`);
        rows.push(readRow(line, table));
        counted[table.name] = (counted[table.name] ?? 0) + 1;
      }
    }
    if (table !== undefined && rows.length > 0) yield { table, rows };
  }
  const { rows } = parseLine(endLine, end, 'its end is not one');
  const isWhole =
    header !== undefined &&
    Object.keys(counted).length === header.tables.length &&
    Object.keys(rows).length === header.tables.length &&
    header.tables.every(({ name }) => rows[name] === counted[name]);
  if (!isWhole) throw new BackupError(`${BROKEN}: it does not hold as many rows as its end says.`);
}

function checkHeader({ migrations, tables, version }: Header, known: readonly string[]): void {
  const unknown = migrations.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new BackupError(
      `The backup was made by a newer version of Aluco (${version}; it knows ${unknown.join(', ')}): restore it with that version.`,
    );
  }
  if (!migrations.every((name, index) => name === known[index])) {
    throw new BackupError(`${BROKEN}: its migrations are not those of any version.`);
  }
  const names = tables.map(({ name }) => name);
  if (names[0] !== 'meta' || new Set(names).size !== names.length) {
    throw new BackupError(`${BROKEN}: its tables are not in order.`);
  }
  const alive = names.filter(isLeftOut);
  if (alive.length > 0) throw new BackupError(`${BROKEN}: it holds ${alive.join(', ')}, which is never in a backup.`);
  const foreign = names.find((name) => !isOfBackup(name));
  if (foreign !== undefined) throw new BackupError(`${BROKEN}: no version has such a table ${foreign}.`);
}

/** The facts about the database, all of them, and what follows. */
async function readFacts(
  batches: AsyncGenerator<Header | Batch>,
): Promise<{ facts: Batch | undefined; check: string | undefined; next: Batch | undefined }> {
  const rows: Row[] = [];
  let facts: Batch | undefined;
  for (;;) {
    const { value, done } = await batches.next();
    const batch = done === true ? undefined : (value as Batch);
    if (batch?.table.name !== 'meta') {
      const at = (name: string): number => facts?.table.columns.findIndex((column) => column.name === name) ?? -1;
      const found = rows.find((row) => row[at('key')] === MASTER_KEY_CHECK);
      const check = found?.[at('value')];
      const kept = rows.filter((row) => isKeptFact(String(row[at('key')])));
      return {
        facts: facts === undefined ? undefined : { table: facts.table, rows: kept },
        check: typeof check === 'string' ? check : undefined,
        next: batch,
      };
    }
    facts = batch;
    rows.push(...batch.rows);
    if (rows.length > FACTS_MAX) throw new BackupError(`${BROKEN}: it has too many facts about itself.`);
  }
}

async function fill(target: Target, { table, rows }: Batch): Promise<void> {
  const shape = await target.shape(table.name);
  const known = new Set(shape?.columns.map(({ name }) => name));
  const unknown = table.columns.filter(({ name }) => !known.has(name));
  if (shape === undefined || unknown.length > 0) {
    throw new BackupError(`${BROKEN}: no version has such a table ${table.name}.`);
  }
  await target.insert(shape, table.columns, rows);
}

export type RestoreOptions = {
  readonly file: string;
  readonly key: Key;
  /** The database to fill, as the settings name it. */
  readonly address: string;
  readonly dataFolder: string;
  /** Whether the instance sends nothing until it is told to. */
  readonly quiet: boolean;
  /** Throws when the master key does not belong to this check value. */
  readonly checkKey: (check: string) => void;
};

/** What was restored. */
export type RestoreSummary = {
  readonly version: string;
  readonly made: string;
  readonly rows: Readonly<Record<string, number>>;
};

/**
 * Restores a backup into an empty place, on either engine, in constant memory. All or nothing: before everything was
 * read, checked and brought to this version, nothing of it is there; killed in the middle, it is simply run again.
 * @throws {BackupError} or what `checkKey` throws.
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreSummary> {
  const { file, key, address, dataFolder, quiet, checkKey } = options;
  await refuseUnlessEmpty(address, dataFolder);
  const batches = readBackup(await disclose(file, key));
  const first = await batches.next();
  const header = first.value as Header;
  checkHeader(header, knownMigrationsOf(address));
  const { facts, check, next } = await readFacts(batches);
  if (facts === undefined || check === undefined)
    throw new BackupError(`${BROKEN}: it does not say which key it needs.`);
  checkKey(check);

  const target = await openTarget(address, dataFolder, header.migrations.at(-1) ?? '');
  const rows: Record<string, number> = Object.fromEntries(header.tables.map(({ name }) => [name, 0]));
  const add = async (batch: Batch): Promise<void> => {
    await fill(target, batch);
    rows[batch.table.name] = (rows[batch.table.name] ?? 0) + batch.rows.length;
  };
  try {
    await add(facts);
    if (next !== undefined) await add(next);
    for await (const batch of batches) await add(batch as Batch);
    if (quiet) {
      const columns: Column[] = ['key', 'value'].map((name) => ({ name, kind: 'text' }));
      await fill(target, { table: { name: 'meta', columns }, rows: [[QUIET, 'yes']] });
    }
    await target.finish();
  } catch (error) {
    await target.abandon();
    throw error;
  }
  return { version: header.version, made: header.made, rows };
}
