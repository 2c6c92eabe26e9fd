/** Secrets of an application that old passwords were hashed with, by what its settings call them. */
export type Secrets = { readonly pepper?: string | undefined; readonly salt?: string | undefined };

/**
 * An old password as it is kept: the scheme by its tag, and what that scheme needs besides the secrets. Plain JSON; each
 * scheme checks what is its own. Where the application made something of the password first, `before` names that. Bytes
 * are Base64.
 */
export type HashRecord = { readonly scheme: string } & Readonly<Record<string, string | number | boolean>>;

/** What became of an imported hash: `none` where nobody can have the password (empty, `!`, `*`, a deleted one). */
export type ReadHash =
  | { readonly kind: 'record'; readonly record: HashRecord }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }
  /** To verify it would take more time or memory than the server gives anybody. */
  | { readonly kind: 'costly' };

/** @throws {Error} where the record is not one of its scheme; internal. */
export function textOf(record: HashRecord, key: string): string {
  const value = record[key];
  if (typeof value !== 'string') throw new Error(`a record of ${record.scheme} lacks ${key}`);
  return value;
}

/** @throws {Error} where the record is not one of its scheme; internal. */
export function numberOf(record: HashRecord, key: string): number {
  const value = record[key];
  if (typeof value !== 'number') throw new Error(`a record of ${record.scheme} lacks ${key}`);
  return value;
}

/** @throws {Error} where the record is not one of its scheme; internal. */
export function bytesOf(record: HashRecord, key: string): Buffer {
  return Buffer.from(textOf(record, key), 'base64');
}
