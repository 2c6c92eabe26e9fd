import type { Seals } from '../storage/seal.ts';
import type { Db } from '../storage/storage.ts';
import type { Candidate } from './candidate.ts';
import type { ImportStore, OldRow } from './import-store.ts';
import { RowProblem, type LegacyRow } from './row.ts';
import { openLegacy } from './secret.ts';
import type { Source } from './sources/source.ts';

/** What is to become of an old account: its row under this key, or nothing, for it is there, or it cannot be. */
export type Verdict = { readonly kind: 'new'; readonly key: string } | { readonly kind: 'present' } | RowProblem;

/** The key of a name whose usual key another spelling has, at an application that tells them apart. */
const exactKey = (name: string): string => `=${name}`;

/** The keys that somebody of this name may stand under. */
function keysOf({ key, row }: Candidate, { compares }: Source): string[] {
  return compares === 'exact' ? [key, exactKey(row.name)] : [key];
}

/** An old name, or that of a profile made here. */
type Held = { readonly name: string; readonly row?: OldRow };

type Needs = {
  readonly store: ImportStore;
  readonly seals: Seals;
  readonly source: Source;
  /** The batch whose own rows are of the same file. */
  readonly batchId?: string;
};

export type Existing = {
  /** Decides on one after the other: what was decided counts for the next. */
  verdictOn(candidate: Candidate): Verdict;
};

/** Judges against what stands at the application, by its key. */
export function makeExisting(
  { seals, source, batchId }: Omit<Needs, 'store'>,
  held: ReadonlyMap<string, Held>,
): Existing {
  const decided = new Map<string, string>();
  const tells = source.compares === 'exact';

  const isSame = (row: OldRow, { name, key }: LegacyRow): boolean =>
    row.name === name && openLegacy(seals, row).key === key;

  return {
    verdictOn(candidate) {
      const { row } = candidate;
      for (const key of keysOf(candidate, source)) {
        const before = decided.get(key);
        const there = held.get(key);
        if (before === undefined && there === undefined) {
          decided.set(key, row.name);
          return { kind: 'new', key };
        }
        if (tells && (before ?? there?.name) !== row.name) continue;
        if (before !== undefined || (batchId !== undefined && there?.row?.batchId === batchId))
          return new RowProblem('twice');
        const isThere = there?.row !== undefined && isSame(there.row, row);
        return isThere ? { kind: 'present' } : new RowProblem('held');
      }
      return new RowProblem('held');
    },
  };
}

/** Looks up what stands under the keys of these candidates: old names, and names of profiles made here. */
export async function lookUp(
  { store, ...needs }: Needs,
  db: Db,
  applicationId: string,
  candidates: readonly Candidate[],
): Promise<Existing> {
  const keys = [...new Set(candidates.flatMap((candidate) => keysOf(candidate, needs.source)))];
  const held = new Map<string, Held>();
  if (keys.length > 0) {
    for (const { nameKey, name } of await store.profiles(db, applicationId, keys)) held.set(nameKey, { name });
    for (const row of await store.oldRows(db, applicationId, keys)) held.set(row.nameKey, { row, name: row.name });
  }
  return makeExisting(needs, held);
}
