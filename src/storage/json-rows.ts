import { sql, type SQL, type SQLWrapper } from 'drizzle-orm';
import type { Storage } from './storage.ts';

/**
 * The elements of a JSON array as rows of one column, `value`: for writing thousands of rows by one statement with one
 * parameter, where a placeholder for each value costs more than the writing. `value->>0` is the first text of an element
 * that is an array itself.
 */
export function jsonRows(engine: Storage['engine'], json: SQLWrapper): SQL {
  return engine === 'sqlite'
    ? sql`json_each(${json}) as each`
    : sql`jsonb_array_elements(${json}::text::jsonb) as each(value)`;
}
