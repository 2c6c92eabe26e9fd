import { z } from 'zod';
import type { Seals } from '../storage/seal.ts';

const tally = z.object({
  names: z.number(),
  present: z.number(),
  withoutPassword: z.number(),
  addresses: z.number(),
  unfitAddresses: z.number().default(0),
  confirmed: z.number(),
  blocked: z.number(),
  secondFactor: z.number(),
  rejected: z.number(),
  problems: z.record(z.string(), z.number()),
  schemes: z.record(z.string(), z.number()),
});

/** What is known of one import, sealed in its row; what other parts put beside it stays. */
const batchSecret = z.looseObject({
  /** Id of the source that read it. */
  source: z.string(),
  /** Of the application, for its old passwords; wiped with them. */
  secrets: z.object({ pepper: z.string().optional(), salt: z.string().optional() }),
  /** SHA-256 of the file, in base64url. */
  fingerprint: z.string(),
  /** How many lines the file has, once all of it was read. */
  lines: z.number(),
  /** Which part of the work it is at, and up to where of what is sorted there all is done. */
  at: z.object({ pass: z.enum(['reading', 'rows', 'addresses']), after: z.string() }),
  tally,
  /** How long the file of rejects is, in bytes, when that is done. */
  rejects: z.number(),
  /** Who works on it, and until when that counts, in milliseconds. */
  runner: z.object({ id: z.string(), until: z.number() }).optional(),
  /** Whether its end let people create profiles. */
  opened: z.boolean().default(false),
  /** The ISO day on which its hashes and addresses go; and the one on which they went. */
  forgetOn: z.string().optional(),
  forgotten: z.string().optional(),
});

export type BatchSecret = z.output<typeof batchSecret>;

const BATCH_STATUSES = ['working', 'stopped', 'done', 'undone'] as const;

export type BatchStatus = (typeof BATCH_STATUSES)[number];

export type BatchRow = {
  readonly id: string;
  readonly applicationId: string;
  readonly status: string;
  readonly day: string;
  readonly sealed: string;
};

/** One import: the rows of one file, for one application. `status`: `working` also where the program died in it. */
export type Batch = Omit<BatchRow, 'sealed' | 'status'> & { readonly status: BatchStatus } & BatchSecret;

/** Whether some of a file may still be imported. */
export function isUnfinished({ status }: Pick<BatchRow, 'status'>): boolean {
  return status === 'working' || status === 'stopped';
}

export function sealBatch(seals: Seals, id: string, value: BatchSecret): string {
  return seals.seal('legacy-batch', id, JSON.stringify(value));
}

export function batchOf(seals: Seals, { sealed, status, ...row }: BatchRow): Batch {
  const value = batchSecret.parse(JSON.parse(seals.open('legacy-batch', row.id, sealed)));
  return { ...value, ...row, status: BATCH_STATUSES.find((known) => known === status) ?? 'stopped' };
}

/** What is not sealed of a batch, for it stands in columns. */
const COLUMNS: ReadonlySet<string> = new Set(['id', 'applicationId', 'status', 'day'] satisfies (keyof BatchRow)[]);

/** What is sealed of it. */
export function secretOf(batch: Batch): BatchSecret {
  return batchSecret.parse(Object.fromEntries(Object.entries(batch).filter(([name]) => !COLUMNS.has(name))));
}
