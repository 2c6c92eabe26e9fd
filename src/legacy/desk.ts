import type { Progress } from './check-pass.ts';
import type { Done } from './work-pass.ts';
import type { Tally } from './tally.ts';

/** A name that somebody has at the application. */
export type HeldName = {
  readonly nameKey: string;
  readonly name: string;
  /** Of an old name, by which import it came and what the application calls the account; a profile made here has none. */
  readonly old?: { readonly batchId: string; readonly key: string };
};

/** An old name and the address that somebody is to find it by, in its canonical form. */
export type Addressed = { readonly nameKey: string; readonly address: string };

/** Rows that came through, or not; then nothing was written, for somebody stands under one of their keys. */
export type Written = {
  readonly isThrough: boolean;
  /** What the transaction took, in milliseconds, with what it waited for others who write: then they come first. */
  readonly milliseconds: number;
  /** Whether the work is to go on. */
  readonly goesOn: boolean;
};

/** What reading a file asks of whoever holds it, and the database; it runs in a thread that has neither. */
export type ReadingDesk = {
  /** The next piece of the file as it lies there; undefined at its end. */
  chunk(): Promise<Uint8Array | undefined>;
  /** Says that the work goes on; false where it is to stop. */
  goesOn(): Promise<boolean>;
  tell(progress: Progress & { readonly tally: Tally }): void;
  /** Takes whole lines of a file of rejects, which begin at byte `at` of it. */
  reject(text: string, at: number): Promise<void>;
  /** Who stands under these keys: old names, and profiles made here. */
  held(keys: readonly string[]): Promise<HeldName[]>;
};

export type CheckDesk = ReadingDesk & {
  /** Those of the shapes that are taken. */
  takenShapes(shapes: readonly string[]): Promise<string[]>;
};

/** Each of these is one transaction, which also writes down how far the import is; all throw where it is somebody else's by now. */
export type WorkDesk = ReadingDesk & {
  commit(done: Partial<Done>): Promise<void>;
  /** `shapes` and `rows` are JSON, as the import's store takes them. */
  writeRows(done: Partial<Done>, shapes: string, rows: string): Promise<Written>;
  /** The first free names of this import behind a key that a confirmed address belongs to, and how far that goes. */
  addressed(after: string): Promise<{ readonly found: readonly Addressed[]; readonly last: string | undefined }>;
  /** Has names be found by tags, the first of each address's. */
  writeAddresses(done: Partial<Done>, tagged: readonly (Addressed & { readonly tag: string })[]): Promise<Written>;
};
