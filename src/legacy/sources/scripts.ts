import type { Linked, LinkOptions, Reversible } from './source.ts';
import type { Plain } from './sqlite.ts';

/** Statements for one account. */
export type Statements = (linked: Linked, options: LinkOptions) => readonly string[];

/** What the application reads as the id of the person whose account this is. */
export const idOf = (linked: Linked, options: LinkOptions): string =>
  options.uid === 'name' ? linked.name : linked.subject;

/** The answer to a question of the source; empty where nobody gave one. */
export const answerOf = (options: LinkOptions, key: string): string => options.answers[key] ?? '';

/** The number of a row in a statement. What cannot be one is the number of none. */
export const numberIn = (key: string): string => (/^\d{1,18}$/u.test(key) ? key : 'NULL');

/**
 * Statements for each account, which happen all or not at all. `table`: which one they write. `count`: a statement that
 * says at the end how many there are now, to be held against how many there should be.
 */
export function rowByRow(
  { opening, begin, end }: Plain,
  table: string,
  { forward, back, count }: { forward: Statements; back: Statements; count: (options: LinkOptions) => string },
): Reversible {
  const script = (row: Statements): Reversible['forward'] => ({
    kind: 'sql',
    begin: () => [...opening, ...begin(table)],
    row,
    end: (options) => [count(options), ...end()],
  });
  return { forward: script(forward), back: script(back) };
}
