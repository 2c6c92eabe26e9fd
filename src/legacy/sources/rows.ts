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

/** A table of ours beside the application's that keeps what was written, for the way back. */
const LINKED = 'aluco_linked';

/**
 * Writes for each account one row that says who signs in as it; none where the id or the account has one by this way.
 * What was written stands in a table of ours, so that the way back takes that away and nothing else. The last line says
 * how many rows there are now by this way.
 */
export function linkRows(
  dialect: Plain,
  { table, uid, account, way, id: told = uidOf, others = {} }: Identities,
  find: (linked: Linked) => Found,
): Reversible {
  const { opening, begin, end, text } = dialect;
  const ofWay = (of: string, options: LinkOptions): string =>
    Object.entries(way(options))
      .map(([column, value]) => `${of}.${column} = ${value}`)
      .join(' AND ');
  const kept = ({ protocol }: LinkOptions): string => `${LINKED}_${protocol}`;
  const first = (options: LinkOptions): string[] => [
    ...opening,
    `CREATE TABLE IF NOT EXISTS ${kept(options)} AS SELECT ${uid} AS uid, ${account} AS account FROM ${table} WHERE 1 = 0;`,
    ...begin(table),
  ];
  return {
    forward: {
      kind: 'sql',
      begin: first,
      row(linked, options) {
        const id = text(told(linked, options));
        const found = find(linked);
        const columns = { ...way(options), [uid]: id, [account]: found.account, ...others };
        return [
          `INSERT INTO ${kept(options)} (uid, account) SELECT ${id}, ${found.account} ${found.from} AND NOT EXISTS` +
            ` (SELECT 1 FROM ${table} t WHERE ${ofWay('t', options)} AND (t.${uid} = ${id} OR t.${account} = ${found.account}));`,
          `INSERT INTO ${table} (${Object.keys(columns).join(', ')}) SELECT ${Object.values(columns).join(', ')} ${found.from}` +
            ` AND EXISTS (SELECT 1 FROM ${kept(options)} k WHERE k.uid = ${id} AND k.account = ${found.account})` +
            ` AND NOT EXISTS (SELECT 1 FROM ${table} t WHERE ${ofWay('t', options)} AND t.${uid} = ${id});`,
        ];
      },
      end: (options) => [`SELECT COUNT(*) AS linked FROM ${table} t WHERE ${ofWay('t', options)};`, ...end()],
    },
    back: {
      kind: 'sql',
      begin: (options) => [
        ...first(options),
        `DELETE FROM ${table} WHERE ${ofWay(table, options)} AND EXISTS` +
          ` (SELECT 1 FROM ${kept(options)} k WHERE k.uid = ${table}.${uid} AND k.account = ${table}.${account});`,
        `SELECT COUNT(*) AS linked FROM ${table} t WHERE ${ofWay('t', options)};`,
        `DROP TABLE ${kept(options)};`,
      ],
      row: () => [],
      end: () => end(),
    },
  };
}
