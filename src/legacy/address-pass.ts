import { setImmediate as nextTurn } from 'node:timers/promises';
import { canonicalMailbox } from '../accounts/accounts.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db } from '../storage/storage.ts';
import { addressTag, NAMES_OF_ADDRESS } from './address-tag.ts';
import type { OldRow } from './import-store.ts';
import type { Work } from './row-pass.ts';
import { openLegacy } from './secret.ts';
import { makeSizes } from './sizes.ts';
import type { Sorter } from './sorting/sorter.ts';

/** Stands between tag, address and key: none of them has it. */
const BETWEEN = '\u0001';

/** So many rows are read at once. */
const PAGE = 500;

/**
 * A name with its address, to be sorted by the address's own tag. An address that nobody confirmed finds nothing: anybody
 * may have given it, as often as they liked (A54).
 */
export function addressLines(
  seals: Seals,
  applicationId: string,
  nameKey: string,
  { address, confirmed }: { readonly address?: string | undefined; readonly confirmed: boolean },
): string[] {
  if (address === undefined || !confirmed) return [];
  const canonical = canonicalMailbox(address);
  return [[addressTag(seals, applicationId, canonical, 0), nameKey, canonical].join(BETWEEN)];
}

/** Puts the addresses of all free rows of an import into a sorter: where those who wrote them did not come so far. */
export async function collectAddresses(
  { storage, seals, store, batch: { id, applicationId }, pace }: Work,
  addresses: Sorter,
): Promise<boolean> {
  for (let after = ''; ;) {
    if (pace.isStopped()) return false;
    const rows: OldRow[] = await store.freeRows(storage.read, id, after, PAGE);
    const last = rows.at(-1);
    if (last === undefined) return true;
    const lines = rows.flatMap((row) => addressLines(seals, applicationId, row.nameKey, openLegacy(seals, row)));
    await addresses.add(lines);
    after = last.nameKey;
    await pace.keep();
    await nextTurn();
  }
}

type Wanted = { readonly tag: string; readonly nameKey: string; readonly address: string };

function wantedIn(line: string): Wanted {
  const [tag = '', nameKey = '', address = ''] = line.split(BETWEEN);
  return { tag, nameKey, address };
}

/**
 * Has the names of an import be found by their addresses, in the order of the tags; several names of one address under
 * tags of their own. Nobody else gives tags at the application meanwhile: one file is imported there at a time.
 * @returns whether it came to the end
 */
export async function addressPass(
  { seals, store, commit, batch: { id, applicationId }, pace }: Work,
  from: string,
  addresses: Sorter,
): Promise<boolean> {
  const sizes = makeSizes();

  async function give(tx: Db, wanted: readonly Wanted[]): Promise<void> {
    let left = wanted;
    // Who took a name back meanwhile is found by its address no more.
    if (await store.hasTaken(tx, id)) {
      const free = await store.stillFree(
        tx,
        id,
        applicationId,
        wanted.map(({ nameKey }) => nameKey),
      );
      left = wanted.filter(({ nameKey }) => free.has(nameKey));
    }
    for (let nth = 1; left.length > 0; nth += 1) {
      const given = await store.insertTags(tx, applicationId, left);
      left = left.filter(({ tag, nameKey }) => given.get(tag) !== nameKey);
      if (nth === NAMES_OF_ADDRESS) return;
      left = left.map((one) => ({ ...one, tag: addressTag(seals, applicationId, one.address, nth) }));
    }
  }

  async function flush(lines: readonly string[]): Promise<void> {
    const wanted = lines.map(wantedIn);
    const after = lines.at(-1) ?? '';
    await sizes.timed(lines.length, () => commit({ at: { pass: 'addresses', after } }, (tx) => give(tx, wanted)));
  }

  let waiting: string[] = [];
  let done = 0;
  for await (const lines of addresses.sorted()) {
    for (const line of lines) {
      done += 1;
      if (line <= from) continue;
      waiting.push(line);
      if (waiting.length < sizes.next()) continue;
      if (pace.isStopped()) return false;
      await flush(waiting);
      waiting = [];
      pace.addresses(done, addresses.count());
      await nextTurn();
    }
    await pace.keep();
  }
  if (waiting.length > 0) await flush(waiting);
  return true;
}
