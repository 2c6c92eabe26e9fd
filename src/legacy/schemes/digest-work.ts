/** The longest password that is compared, in UTF-16 units: no longer one was ever somebody's, and each costs work. */
export const LONGEST_PASSWORD = 1024;

/** The same in bytes: a unit is never more than three of UTF-8. */
export const MOST_BYTES = 3 * LONGEST_PASSWORD;

/** The block of each digest in bytes, and what one takes, in milliseconds of an ordinary processor. */
const BLOCKS: Readonly<Record<string, { readonly bytes: number; readonly work: number }>> = {
  md5: { bytes: 64, work: 0.0001 },
  sha256: { bytes: 64, work: 0.0001 },
  sha512: { bytes: 128, work: 0.0002 },
};

/** What one call takes besides, however little is hashed. */
const CALL = 0.0018;

/**
 * What it takes to hash `bytes` bytes, so many times (see `Cost.work`). Schemes that hash the password again in each
 * round are judged by the longest one, `MOST_BYTES`: who asks chooses how long it is.
 * @throws {Error} for a digest that has no number here; internal.
 */
export function digestWork(digest: string, times: number, bytes: number): number {
  const block = BLOCKS[digest];
  if (block === undefined) throw new Error(`no figure for ${digest}`);
  return times * (CALL + (bytes / block.bytes + 1) * block.work);
}
