import type { Candidate } from './candidate.ts';
import type { HeldName, ReadingDesk } from './desk.ts';
import { RowProblem, type LegacyRow } from './row.ts';
import type { Source } from './sources/source.ts';

/** What is to become of an old account: its row under this key, or nothing, for it is there, or it cannot be. */
export type Verdict = { readonly kind: 'new'; readonly key: string } | { readonly kind: 'present' } | RowProblem;

/** The key of a name whose usual key another spelling has, at an application that tells them apart. */
const exactKey = (name: string): string => `=${name}`;

/** What is looked at of a candidate: the key of its name, the name, and what the application calls the account. */
type Named = Pick<Candidate, 'key'> & { readonly row: Pick<LegacyRow, 'name' | 'key'> };

/** The keys that somebody of this name may stand under. */
function keysOf({ key, row }: Named, { compares }: Source): string[] {
  return compares === 'exact' ? [key, exactKey(row.name)] : [key];
}

type Needs = {
  readonly source: Source;
  /** The batch whose own rows are of the same file. */
  readonly batchId?: string;
};

export type Existing = {
  /** Decides on one after the other: what was decided counts for the next. */
  verdictOn(candidate: Named): Verdict;
};

/** Judges against what stands at the application, by its key. */
export function makeExisting({ source, batchId }: Needs, held: readonly HeldName[]): Existing {
  const byKey = new Map(held.map((one) => [one.nameKey, one]));
  const decided = new Map<string, string>();
  const tells = source.compares === 'exact';

  const isSame = (there: HeldName | undefined, { name, key }: Named['row']): boolean =>
    there?.name === name && there.old?.key === key;

  return {
    verdictOn(candidate) {
      const { row } = candidate;
      for (const key of keysOf(candidate, source)) {
        const before = decided.get(key);
        const there = byKey.get(key);
        if (before === undefined && there === undefined) {
          decided.set(key, row.name);
          return { kind: 'new', key };
        }
        if (tells && (before ?? there?.name) !== row.name) continue;
        if (before !== undefined || (batchId !== undefined && there?.old?.batchId === batchId))
          return new RowProblem('twice');
        return isSame(there, row) ? { kind: 'present' } : new RowProblem('held');
      }
      return new RowProblem('held');
    },
  };
}

/** Looks up what stands under the keys of these candidates: old names, and names of profiles made here. */
export async function lookUp(
  needs: Needs,
  { held }: Pick<ReadingDesk, 'held'>,
  candidates: readonly Named[],
): Promise<Existing> {
  const keys = [...new Set(candidates.flatMap((candidate) => keysOf(candidate, needs.source)))];
  return makeExisting(needs, keys.length > 0 ? await held(keys) : []);
}
