import { createHash } from 'node:crypto';

/** So many identifiers are named of each kind of finding (P9: what is said does not grow with what it is about). */
const NAMED = 10;

/** One kind of what is wrong: how often, and some of the ids. All of them stand on one side of P2. */
export type Finding = { readonly code: string; readonly count: number; readonly ids: readonly string[] };

export type Findings = ReturnType<typeof makeFindings>;

/** Gathers what a check of the database finds; it grows with the kinds, not with the number. */
export function makeFindings() {
  const found = new Map<string, { count: number; ids: string[] }>();
  return {
    /** Notes one. Whoever calls gives an id of one side only, and always of the same for one code. */
    add(code: string, id: string): void {
      const entry = found.get(code) ?? { count: 0, ids: [] };
      entry.count += 1;
      if (entry.ids.length < NAMED) entry.ids.push(id.slice(0, 80));
      found.set(code, entry);
    },
    list: (): Finding[] => [...found].map(([code, { count, ids }]) => ({ code, count, ids })),
  };
}

/** Rows a page at a time, in the order of their key: what is read does not grow with the table. */
export async function* inPages<R>(
  page: (after: string | undefined) => Promise<R[]>,
  keyOf: (row: R) => string,
): AsyncGenerator<R[]> {
  let after: string | undefined;
  for (;;) {
    const rows = await page(after);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    after = keyOf(last);
  }
}

/** How many texts are compared at once when twins are looked for: eight bytes each. */
const AT_ONCE = 1_000_000;

function hashOf(text: string): bigint {
  return createHash('sha256').update(text).digest().readBigUInt64LE();
}

/**
 * Finds texts that stand more than once among any number of them, in memory that does not grow with it: each of several
 * rounds over all looks at a share of their hashes.
 */
export async function findTwins<E>(
  count: number,
  all: () => AsyncIterable<readonly E[]>,
  textOf: (entry: E) => string,
  onTwin: (entry: E) => void,
  atOnce = AT_ONCE,
): Promise<void> {
  const rounds = BigInt(Math.max(1, Math.ceil(count / atOnce)));
  for (let round = 0n; round < rounds; round += 1n) {
    // Shares are never quite even.
    let hashes = new BigUint64Array(Math.ceil(Math.min(count, atOnce) * 1.1) + 1000);
    let used = 0;
    for await (const entries of all()) {
      for (const entry of entries) {
        const hash = hashOf(textOf(entry));
        if (hash % rounds !== round) continue;
        if (used === hashes.length) {
          const larger = new BigUint64Array(used * 2);
          larger.set(hashes);
          hashes = larger;
        }
        hashes[used] = hash;
        used += 1;
      }
    }
    const sorted = hashes.subarray(0, used).sort();
    const twice = new Set<bigint>();
    for (let at = 1; at < used; at += 1) if (sorted[at] === sorted[at - 1]) twice.add(sorted[at] ?? 0n);
    if (twice.size === 0) continue;
    for await (const entries of all()) {
      for (const entry of entries) if (twice.has(hashOf(textOf(entry)))) onTwin(entry);
    }
  }
}
