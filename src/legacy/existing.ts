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

/** Whether a usual key may be the exact key of another name, for its own name begins as those do. */
const isLikeExact = (key: string): boolean => key.startsWith(exactKey(''));

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
      const keys = keysOf(candidate, source);
      const nameUnder = (key: string): string | undefined => decided.get(key) ?? byKey.get(key)?.name;
      // Wherever the very name stands it counts: another spelling, which had the usual key before it, may be gone.
      const own = keys.find((key) => {
        const name = nameUnder(key);
        return name !== undefined && (!tells || name === row.name);
      });
      if (own !== undefined) {
        const there = byKey.get(own);
        if (decided.has(own) || (batchId !== undefined && there?.old?.batchId === batchId))
          return new RowProblem('twice');
        return isSame(there, row) ? { kind: 'present' } : new RowProblem('held');
      }
      // Else `=alix`, who comes first, would leave `alix` none beside `Alix`.
      const possible = tells && isLikeExact(candidate.key) ? [exactKey(row.name)] : keys;
      const key = possible.find((one) => nameUnder(one) === undefined);
      if (key === undefined) return new RowProblem('held');
      decided.set(key, row.name);
      return { kind: 'new', key };
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
