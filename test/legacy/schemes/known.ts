import { spawnSync } from 'node:child_process';
import type { ImportedHash } from '../../../src/legacy/row.ts';
import { matches } from '../../../src/legacy/schemes/matching.ts';
import type { HashRecord, Secrets } from '../../../src/legacy/schemes/record.ts';
import { readHash } from '../../../src/legacy/schemes/schemes.ts';

/** One hash that somebody else made, with its password. */
export type Made = {
  readonly name: string;
  readonly hash: ImportedHash;
  readonly password: string;
  readonly secrets?: Secrets;
};

/** Old passwords of alix, bruno and others: short, long, with accents in both forms, blanks, of all lengths that matter. */
export const PASSWORDS = [
  'a',
  'the barn door creaks at dusk',
  'été à Liège – ça va\u00a0?',
  'e\u0301te\u0301',
  'ﬁve ⅷ ｆｕｌｌ',
  '🦉 hoots',
  'blanks  within',
  ...[15, 16, 17, 31, 32, 33, 63, 64, 65, 72, 73, 80, 128, 129].map((length) => 'k'.repeat(length)),
] as const;

/** The record of a hash. @throws where it is none. */
export function recordOf(hash: ImportedHash): HashRecord {
  const read = readHash(hash);
  if (read.kind !== 'record') throw new Error(`${read.kind}: ${JSON.stringify(hash)}`);
  return read.record;
}

/** Whether a password is behind a hash, by way of the record as it is stored. */
export function isRight(hash: ImportedHash, password: string, secrets: Secrets = {}): Promise<boolean> {
  return matches(JSON.parse(JSON.stringify(recordOf(hash))) as HashRecord, password, secrets);
}

/** What was not as it must be: a right password that was refused, or a wrong one that was taken. */
export async function mistakes(made: readonly Made[]): Promise<string[]> {
  const found: string[] = [];
  for (const { name, hash, password, secrets } of made) {
    const [right, wrong] = [await isRight(hash, password, secrets), await isRight(hash, `x${password}`, secrets)];
    if (!right || wrong) found.push(`${name}: ${JSON.stringify({ hash, password, right, wrong })}`);
  }
  return found;
}

export function present(name: string, isThere: boolean): boolean {
  if (!isThere) process.stderr.write(`SKIPPED: ${name} is not there, so its hashes are not compared\n`);
  return isThere;
}

/** What a program prints. @throws where it fails. */
export function printed(program: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`);
  return stdout;
}

export const runs = (program: string, args: readonly string[]): boolean => spawnSync(program, args).status === 0;
