/** The same is not noted again for so long, in milliseconds. */
const PAUSE = 3_600_000;
/** So much is remembered (P8); what has to give way may be noted once more. */
const MOST = 10_000;

/** Tells what is new from what was noted an hour ago at most, on this node: a flood makes one line. */
export function makeNoted(now: () => number): (what: string) => boolean {
  const noted = new Map<string, number>();

  return (what) => {
    const last = noted.get(what);
    if (last !== undefined && Math.abs(now() - last) < PAUSE) return false;
    // Last in the order of those that give way.
    noted.delete(what);
    noted.set(what, now());
    const [oldest] = noted.keys();
    if (noted.size > MOST && oldest !== undefined) noted.delete(oldest);
    return true;
  };
}
