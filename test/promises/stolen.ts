import path from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { getTableColumns, getTableName } from 'drizzle-orm';
import { writeBackup } from '../../src/storage/backup.ts';
import { openSnapshot } from '../../src/storage/snapshot.ts';
import { SIDES, type Tables } from '../../src/storage/tables.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { linesOf } from '../backup/places.ts';
import type { House } from '../house.ts';

type TableName = keyof Tables;
type Value = string | number | boolean | null;

/** One row as the thief of a copy has it. */
export type StolenRow = {
  readonly table: TableName;
  readonly side: 'account' | 'profile' | 'neither';
  readonly values: { readonly [column: string]: Value };
};

/** Every row of every table. */
export type Copy = readonly StolenRow[];

/** Takes a copy of the whole database. */
export async function steal({ read, tables }: Storage): Promise<Copy> {
  const names = Object.keys(SIDES) as TableName[];
  const rows = await Promise.all(
    names.map(async (table) => {
      const found = (await read.select().from(tables[table])) as { [column: string]: Value }[];
      return found.map((values): StolenRow => ({ table, side: SIDES[table], values }));
    }),
  );
  return rows.flat();
}

/** Every row that a backup holds, as it lies in its file once somebody opened that: in the order of the lines. */
export async function stealBackup({ folder, environment, parts }: House): Promise<Copy> {
  const identity = await generateIdentity();
  const to = path.join(folder, 'stolen.age');
  const snapshot = await openSnapshot(environment['ALUCO_DATABASE'] ?? '', environment['ALUCO_DATA'] ?? '');
  try {
    const lock = { recipients: [await identityToRecipient(identity)] };
    await writeBackup(snapshot, { to, lock, version: '1', made: new Date(), withRegister: true });
  } finally {
    await snapshot.close();
  }
  const named = (Object.keys(SIDES) as TableName[]).map((table) => {
    const columns = Object.entries(getTableColumns(parts.storage.tables[table]));
    const names = new Map(columns.map(([property, column]) => [column.name, property]));
    return [getTableName(parts.storage.tables[table]), { table, names }] as const;
  });
  const known = new Map<string, { table: TableName; names: Map<string, string> }>(named);
  const [head = '', ...lines] = await linesOf(to, identity);
  const header = JSON.parse(head) as { tables: { name: string; columns: [string, string][] }[] };
  const copy: StolenRow[] = [];
  let current = '';
  for (const line of lines) {
    const value = JSON.parse(line) as Value[] | { table?: string };
    if (!Array.isArray(value)) {
      current = value.table ?? '';
      continue;
    }
    const { table, names } = known.get(current) ?? {};
    const columns = header.tables.find(({ name }) => name === current)?.columns ?? [];
    if (table === undefined || names === undefined) throw new Error(`a backup holds ${current}`);
    const values = columns.map(([column], at) => [names.get(column) ?? column, value[at] ?? null] as const);
    copy.push({ table, side: SIDES[table], values: Object.fromEntries(values) });
  }
  return copy;
}

/**
 * Columns that say the same of many people: which application, which state, which day. All others should be a row's
 * own.
 */
const COMMON = new Set([
  'applicationId',
  'batchId',
  'groupId',
  'model',
  'kind',
  'role',
  'status',
  'state',
  'source',
  'digest',
  'settings',
  'consumed',
  'createdMonth',
  'createdDay',
  'retiredDay',
  'takenDay',
  'expiresHour',
  'dueHour',
  'day',
]);

/** Shorter values are in other rows by accident. */
const LONG_ENOUGH = 12;

/** What a row holds of its own: at least a name, with the column it stands in. */
function ownValues({ table, values }: StolenRow): [column: string, value: string][] {
  return Object.entries(values).flatMap(([column, value]): [string, string][] =>
    typeof value === 'string' && value.length >= 6 && !COMMON.has(column) ? [[`${table}.${column}`, value]] : [],
  );
}

/** Follows equal values from row to row: rows that share a value of their own are about the same person or profile. */
function follow(copy: Copy): StolenRow[][] {
  const groups = new Map<StolenRow, Set<StolenRow>>();
  const byValue = new Map<string, StolenRow>();
  for (const row of copy) {
    groups.set(row, new Set([row]));
    for (const [, value] of ownValues(row)) {
      const other = byValue.get(value);
      if (other === undefined) {
        byValue.set(value, row);
        continue;
      }
      const merged = new Set([...(groups.get(other) ?? []), ...(groups.get(row) ?? [])]);
      for (const member of merged) groups.set(member, merged);
    }
  }
  return [...new Set(groups.values())].map((group) => [...group]);
}

/** Groups that lead from one profile to another one or to an account, each as the tables it passes. */
export function findPaths(copy: Copy): string[] {
  return follow(copy)
    .filter((rows) => {
      const profiles = rows.filter(({ table }) => table === 'profile').length;
      return (
        profiles > 1 || (rows.some(({ side }) => side === 'profile') && rows.some(({ side }) => side !== 'profile'))
      );
    })
    .map((rows) => [...new Set(rows.map(({ table }) => table))].toSorted().join(' – '));
}

/** Values of one side that stand anywhere in a row of another side, also as a part of something longer. */
export function findCrossings(copy: Copy): string[] {
  const found = new Set<string>();
  for (const side of ['account', 'profile'] as const) {
    const others = copy.filter((row) => row.side !== side);
    const columns = others.flatMap(({ table, values }) =>
      Object.entries(values).map(([column, value]) => ({ where: `${table}.${column}`, text: String(value) })),
    );
    const haystack = columns.map(({ text }) => text).join('\n');
    for (const row of copy.filter((candidate) => candidate.side === side)) {
      for (const [from, value] of ownValues(row)) {
        if (value.length < LONG_ENOUGH || !haystack.includes(value)) continue;
        for (const { where, text } of columns) if (text.includes(value)) found.add(`${from} stands in ${where}`);
      }
    }
  }
  return [...found].toSorted();
}

/** Numbers and dates that say more than they may. */
export function findExactTimes(copy: Copy): string[] {
  const found = new Set<string>();
  for (const { table, values } of copy) {
    for (const [column, value] of Object.entries(values)) {
      const name = `${table}.${column}`;
      if (/Hour$/u.test(column) && Number(value) % 3_600_000 !== 0) found.add(name);
      else if (/Day$/u.test(column) && value !== null && !/^\d{4}-\d\d-\d\d$/u.test(String(value))) found.add(name);
      else if (column === 'day' && typeof value === 'number') {
        if (value % 86_400_000 !== 0) found.add(name);
      } else if (/Month$/u.test(column) && !/^\d{4}-\d\d$/u.test(String(value))) found.add(name);
      // Keys and leases are the instance's, nobody's, and so is the register; the pieces of a message and the rounds of
      // letters are counted.
      else if (
        typeof value === 'number' &&
        !/Hour$/u.test(column) &&
        !/^(signingKey|samlKey|mailKey|lease|register|spoolChunk|legacyTold)\./u.test(name)
      ) {
        found.add(name);
      }
    }
  }
  return [...found].toSorted();
}

/** How long the sealed values of a column are. */
export function sizesOf(copy: Copy, table: TableName, column: string): number[] {
  const sizes = copy.filter((row) => row.table === table).map(({ values }) => String(values[column]).length);
  return [...new Set(sizes)];
}
