import { isNumber } from './cells.ts';
import { sqlText } from './quoting.ts';
import type { Engine, Linked, LinkOptions, Reversible, Script } from './source.ts';

/** Statements for one account. */
export type Statements = (linked: Linked, options: LinkOptions) => readonly string[];

const NONE: () => readonly string[] = () => [];

/** What the application reads as the id of the person whose account this is. */
export const idOf = (linked: Linked, options: LinkOptions): string =>
  options.uid === 'name' ? linked.name : linked.subject;

/** The answer to a question of the source; empty where nobody gave one. */
export const answerOf = (options: LinkOptions, key: string): string => options.answers[key] ?? '';

/**
 * A file of statements that happens whole or not at all. `first`: what must be there before, such as a table; some
 * databases cannot take that back.
 */
export function sqlScript(
  row: Statements,
  { first = NONE, last = NONE }: { first?: Script['begin']; last?: Script['end'] } = {},
): Script {
  return {
    kind: 'sql',
    begin: (options) => [...first(options), 'BEGIN;'],
    row,
    end: (options) => [...last(options), 'COMMIT;'],
  };
}

/**
 * Which row is meant: the one of this number *and* this name, so that a file that was made from another copy of the
 * database does nothing rather than harm. Only by the name where the number is not known.
 */
export function isAccount(
  engine: Engine,
  { name, key }: Linked,
  columns: { readonly id: string; readonly name: string },
): string {
  const named = `${columns.name} = ${sqlText(engine, name)}`;
  return isNumber(key) ? `${columns.id} = ${key} AND ${named}` : named;
}

/** Where a table keeps the addresses of accounts. */
export type Addresses = {
  readonly table: string;
  readonly address: string;
  /** A condition on the row of an account. */
  readonly isIt: (linked: Linked) => string;
  /** What stands for the account in the table of the old addresses. */
  readonly account: (linked: Linked) => string;
};

/** The table in the application's own database that holds what stood there before, for the way back. */
export const KEPT = 'aluco_old_address';

/**
 * Replaces addresses by relay addresses. The old ones are kept beside them, in a table of the application's own database:
 * nobody else needs to know them. The way back gives back those that are still as this file left them.
 */
export function moveAddresses(engine: Engine, { table, address, isIt, account }: Addresses): Reversible {
  const text = (value: string): string => sqlText(engine, value);
  const make = `CREATE TABLE IF NOT EXISTS ${KEPT} (account varchar(255) PRIMARY KEY, address varchar(512) NOT NULL);`;
  const isKept = (linked: Linked): string => `account = ${text(account(linked))}`;
  return {
    forward: sqlScript(
      (linked) => [
        `INSERT INTO ${KEPT} (account, address) SELECT ${text(account(linked))}, ${address} FROM ${table}` +
          ` WHERE ${isIt(linked)} AND ${address} <> ${text(linked.alias)}` +
          ` AND NOT EXISTS (SELECT 1 FROM ${KEPT} WHERE ${isKept(linked)});`,
        `UPDATE ${table} SET ${address} = ${text(linked.alias)} WHERE ${isIt(linked)}` +
          ` AND EXISTS (SELECT 1 FROM ${KEPT} WHERE ${isKept(linked)});`,
      ],
      { first: () => [make] },
    ),
    back: sqlScript(
      (linked) => [
        `UPDATE ${table} SET ${address} = (SELECT address FROM ${KEPT} WHERE ${isKept(linked)})` +
          ` WHERE ${isIt(linked)} AND ${address} = ${text(linked.alias)}` +
          ` AND EXISTS (SELECT 1 FROM ${KEPT} WHERE ${isKept(linked)});`,
        `DELETE FROM ${KEPT} WHERE ${isKept(linked)};`,
      ],
      { first: () => [make] },
    ),
  };
}
