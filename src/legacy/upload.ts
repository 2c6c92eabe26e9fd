import { z } from 'zod';

const counts = z.record(z.string(), z.number());

/** What the check of a file found, as the page shows it. */
const report = z.object({
  lines: z.number(),
  names: z.number(),
  present: z.number(),
  withoutPassword: z.number(),
  addresses: z.number(),
  unfitAddresses: z.number().default(0),
  confirmed: z.number(),
  blocked: z.number(),
  secondFactor: z.number(),
  rejected: z.number(),
  alike: z.number(),
  /** By code of the problem. */
  problems: counts,
  /** By scheme of the hashes. */
  schemes: counts,
  /** How hashes begin that nothing here knows. */
  unknown: counts,
  bad: z.array(z.object({ line: z.number(), code: z.string(), column: z.string().optional() })),
});

/** What is known of an uploaded file, sealed in its task. Times in milliseconds. */
export const uploadContent = z.object({
  source: z.string(),
  /** As its sender called it. */
  name: z.string(),
  size: z.number(),
  key: z.string(),
  secrets: z.object({ pepper: z.string().optional(), salt: z.string().optional() }),
  at: z.number(),
  /** When anything was last done with it. */
  touched: z.number(),
  step: z.enum(['waiting', 'checking', 'checked', 'asked', 'importing', 'stopped', 'done', 'failed']),
  /** Somebody asked to stop. */
  stops: z.boolean(),
  report: report.optional(),
  batchId: z.string().optional(),
  /** What the import has done so far. */
  done: z.object({ names: z.number(), present: z.number(), rejected: z.number() }).optional(),
  /** How far the running pass is, and since when it runs. */
  pass: z.object({ since: z.number(), lines: z.number(), bytes: z.number() }).optional(),
  /** The node that works on it, and until when that counts. */
  lease: z.object({ node: z.string(), until: z.number() }).optional(),
  /** Why it failed: a `UserError`, or `internal`. */
  problem: z.object({ code: z.string(), params: z.record(z.string(), z.union([z.string(), z.number()])) }).optional(),
});

export type UploadContent = z.output<typeof uploadContent>;

/** Whoever works on a file says so at least as often as this, in milliseconds. */
export const LEASE = 30_000;

/** Whether a node works on a file at this moment. */
export function isWorkedOn({ lease }: Pick<UploadContent, 'lease'>, now: number): boolean {
  // One that ends much later was taken while the clock was wrong.
  return lease !== undefined && lease.until > now && lease.until <= now + 2 * LEASE;
}

export type UploadReport = z.output<typeof report>;

/** A file on its way to a batch. */
export type Upload = Omit<UploadContent, 'key' | 'secrets' | 'lease'> & {
  readonly id: string;
  readonly applicationId: string;
  /** Whether nothing is heard any more of the node that was checking or importing it. */
  readonly isLeft: boolean;
};

const NAME_MAX = 100;

/** A file's name as it may be shown: its last part, without what no line should hold. */
export function shownFileName(name: string): string {
  const last = name.split(/[/\\]/u).at(-1) ?? '';
  const clean = last.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, '').trim();
  return [...clean].slice(0, NAME_MAX).join('');
}
