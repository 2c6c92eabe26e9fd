import { createHash } from 'node:crypto';
import type { Linked, LinkOptions, Reversible } from './source.ts';
import type { Plain } from './sqlite.ts';
import { uidOf } from './told.ts';

/** The answer to a question of the source; empty where nobody gave one. */
export const answerOf = (options: LinkOptions, key: string): string => options.answers[key] ?? '';

/** The table in which an application writes down who signs in as whom. */
export type Identities = {
  readonly table: string;
  /** The column of the id that a person signs in with. */
  readonly uid: string;
  /** Whether it has no index, so that the file brings one for as long as it runs. */
  readonly isUnindexed?: boolean;
  /** The column of the account. */
  readonly account: string;
  /** Columns that say by which way, with an expression for what stands there. */
  readonly way: (options: LinkOptions) => Readonly<Record<string, string>>;
  /** What stands there for a person, where it is something else than the id that the application is told. */
  readonly id?: typeof uidOf;
  /** Columns besides, with an expression for what is written there. */
  readonly others?: Readonly<Record<string, string>>;
};

/** One account in the application's own SQL: the rows it is found in (`FROM … WHERE …`), and what stands in `account`. */
export type Found = { readonly from: string; readonly account: string };

/** The ids that there are by a way, where the application's own table would be read from end to end for each. */
const THERE = 'aluco_there';

type Way = ReturnType<Identities['way']>;

/**
 * The table of ours beside the application's that keeps what was written by one way, until its way back drops it. Each
 * way has one to itself, named after what says which it is: SQLite cannot drop a table only where it is empty.
 */
const keptFor = (way: Way): string =>
  `aluco_linked_${createHash('sha256').update(JSON.stringify(way)).digest('hex').slice(0, 12)}`;

/** That a row is of this way. */
const isOf = (of: string, way: Way): string =>
  Object.entries(way)
    .map(([column, value]) => `${of}.${column} = ${value}`)
    .join(' AND ');

/**
 * Writes for each account one row that says who signs in as it; none where the id or the account has one by this way.
 * What was written stands in a table of ours, so that the way back takes that away and nothing else. The last line says
 * how many rows there are now by this way.
 */
export function linkRows(
  dialect: Plain,
  { table, uid, isUnindexed = false, account, way: wayOf, id: told = uidOf, others = {} }: Identities,
  find: (linked: Linked) => Found,
): Reversible {
  const { opening, noted, copied, begin, end, text } = dialect;
  const first = (way: Way): string[] => [
    ...opening,
    ...noted(
      keptFor(way),
      { uid, account, ...Object.fromEntries(Object.keys(way).map((column) => [column, column])) },
      { table, indexes: ['uid'] },
    ),
    ...begin(table),
  ];
  const count = (way: Way): string => `SELECT COUNT(*) AS linked FROM ${table} t WHERE ${isOf('t', way)};`;
  return {
    forward: {
      kind: 'sql',
      begin(options) {
        const way = wayOf(options);
        const there = `SELECT t.${uid} AS uid FROM ${table} t WHERE ${isOf('t', way)}`;
        return [...first(way), ...(isUnindexed ? copied(THERE, there, 'uid') : [])];
      },
      row(linked, options) {
        const way = wayOf(options);
        const id = text(told(linked, options));
        const found = find(linked);
        // Each by itself, so that each is looked up by its own index.
        const ofWay = `SELECT 1 FROM ${table} t WHERE ${isOf('t', way)}`;
        const sameId = isUnindexed ? `SELECT 1 FROM ${THERE} h WHERE h.uid = ${id}` : `${ofWay} AND t.${uid} = ${id}`;
        const isFree = `NOT EXISTS (${sameId}) AND NOT EXISTS (${ofWay} AND t.${account} = ${found.account})`;
        const kept = { uid: id, account: found.account, ...way };
        const columns = { ...way, [uid]: id, [account]: found.account, ...others };
        return [
          `INSERT INTO ${keptFor(way)} (${Object.keys(kept).join(', ')}) SELECT ${Object.values(kept).join(', ')} ${found.from}` +
            ` AND ${isFree};`,
          `INSERT INTO ${table} (${Object.keys(columns).join(', ')}) SELECT ${Object.values(columns).join(', ')} ${found.from}` +
            ` AND EXISTS (SELECT 1 FROM ${keptFor(way)} k WHERE k.uid = ${id} AND k.account = ${found.account}) AND ${isFree};`,
          ...(isUnindexed ? [`INSERT INTO ${THERE} (uid) VALUES (${id});`] : []),
        ];
      },
      end: (options) => [count(wayOf(options)), ...end()],
    },
    back: {
      kind: 'sql',
      begin(options) {
        const way = wayOf(options);
        const sameWay = Object.keys(way).map((column) => ` AND k.${column} = ${table}.${column}`);
        return [
          ...first(way),
          `DELETE FROM ${table} WHERE EXISTS (SELECT 1 FROM ${keptFor(way)} k` +
            ` WHERE k.uid = ${table}.${uid} AND k.account = ${table}.${account}${sameWay.join('')});`,
          count(way),
          `DROP TABLE ${keptFor(way)};`,
        ];
      },
      end: () => end(),
    },
  };
}
