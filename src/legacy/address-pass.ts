import { addressTag } from './address-tag.ts';
import type { Addressed, Written } from './desk.ts';
import { makeAhead } from './ahead.ts';
import { inPieces } from './pieces.ts';
import { makeSizes } from './sizes.ts';
import type { Sorter } from './sorting/sorter.ts';
import type { Work } from './work-pass.ts';

/** Stands between tag, address and key: none of them has it. */
const BETWEEN = '\u0001';

/**
 * A name with its address, to be sorted by the address's own tag. An address that nobody confirmed finds nothing: anybody
 * may have given it, as often as they liked (A54). `address`: canonical.
 */
export function addressLine(seals: Work['seals'], applicationId: string, { nameKey, address }: Addressed): string {
  return [addressTag(seals, applicationId, address, 0), nameKey, address].join(BETWEEN);
}

/** Puts the addresses of all free rows of an import into a sorter: where those who wrote them did not come so far. */
export async function collectAddresses(
  { desk, seals, batch: { applicationId } }: Work,
  addresses: Sorter,
): Promise<boolean> {
  for (let after = ''; ;) {
    if (!(await desk.goesOn())) return false;
    const { found, last } = await desk.addressed(after);
    if (last === undefined) return true;
    addresses.add(found.map((one) => addressLine(seals, applicationId, one)));
    after = last;
  }
}

type Tagged = Addressed & { readonly tag: string };

function taggedIn(line: string): Tagged {
  const [tag = '', nameKey = '', address = ''] = line.split(BETWEEN);
  return { tag, nameKey, address };
}

/** Under which key a line's tag was made. */
const keyOf = (line: string): string => line.slice(0, line.indexOf('.'));

/**
 * Has the names of an import be found by their addresses, in the order of the tags; several names of one address under
 * tags of their own. Nobody else gives tags at the application meanwhile: one file is imported there at a time. `from`: the
 * line that all is done up to; where its tag is of a key before, the order was another, and all of them are given anew.
 * @returns whether it came to the end
 */
export async function addressPass({ desk, pace }: Work, from: string, addresses: Sorter): Promise<boolean> {
  const sizes = makeSizes();
  const ahead = makeAhead<Written>();

  async function flush(lines: readonly string[], count: number): Promise<boolean> {
    const tagged = lines.map(taggedIn);
    const after = lines.at(-1) ?? '';
    if ((await ahead.end())?.goesOn === false) return false;
    ahead.begin(async () => {
      const written = await desk.writeAddresses({ at: { pass: 'addresses', after } }, tagged);
      sizes.took(lines.length, written.milliseconds);
      pace.addresses(count, addresses.count());
      return written;
    });
    return true;
  }

  const isDone = (line: string): boolean => line <= from && keyOf(line) === keyOf(from);
  try {
    return await inPieces(addresses, { desk, sizes, isDone }, flush);
  } finally {
    await ahead.end();
  }
}
