import { timingSafeEqual } from 'node:crypto';
import type { ImportedHash } from '../row.ts';
import type { HashRecord, ReadHash, Secrets } from './record.ts';

/**
 * What verifying one form of a password takes at most, whichever is tried: `work` in milliseconds of an ordinary processor,
 * about; `memory` in bytes.
 */
export type Cost = { readonly work: number; readonly memory: number };

/** A way to make a hash of bytes. */
export type Scheme = {
  readonly id: string;
  /** Whether these bytes are the ones behind the record. Takes as long for wrong ones. */
  readonly verify: (record: HashRecord, password: Buffer) => boolean | Promise<boolean>;
  readonly cost: (record: HashRecord) => Cost;
};

/**
 * What an application makes of a password before it hashes it: the forms any of which may be the one that was hashed;
 * none where the application would refuse such a password.
 */
export type Preparation = (
  password: string,
  record: HashRecord,
  secrets: Secrets,
) => readonly Buffer[] | Promise<readonly Buffer[]>;

/** A way to write hashes down. */
export type Layout = {
  readonly id: string;
  /** Undefined where the hash is written in another way; `again` reads one that stands inside of it. */
  readonly read: (hash: ImportedHash, again: (text: string) => ReadHash) => ReadHash | undefined;
  /** By the name that its records have in `before`. */
  readonly preparations?: Readonly<Record<string, Preparation>>;
  /** How many forms these give at most, each of which is verified; one where it is not said. */
  readonly forms?: number;
};

export const NONE: ReadHash = { kind: 'none' };
export const UNKNOWN: ReadHash = { kind: 'unknown' };

export const recorded = (record: HashRecord): ReadHash => ({ kind: 'record', record });

/** The same with what the application makes of the password first; one such step is all that any application takes. */
export function prepared(read: ReadHash, before: string, more: Readonly<Record<string, string>> = {}): ReadHash {
  if (read.kind !== 'record') return read;
  return read.record['before'] === undefined ? recorded({ ...read.record, before, ...more }) : UNKNOWN;
}

/** A number that is written in decimal digits: NaN where it is not, infinite where nobody would mean it. */
export function wholeNumber(text: string | undefined): number {
  if (text === undefined || !/^\d+$/u.test(text)) return Number.NaN;
  return text.length > 15 ? Number.POSITIVE_INFINITY : Number(text);
}

/** Compares in a time that does not depend on where they differ. */
export function areEqual(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
