/** How many signs differ between two texts (Levenshtein). Both are short: registered addresses and what is kept of one. */
function distance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row += 1) {
    const now = [row];
    for (let at = 1; at <= b.length; at += 1) {
      const changed = (before[at - 1] ?? 0) + (a[row - 1] === b[at - 1] ? 0 : 1);
      now.push(Math.min(changed, (before[at] ?? 0) + 1, (now[at - 1] ?? 0) + 1));
    }
    before = now;
  }
  return before[b.length] ?? 0;
}

const COMPARED = 200;

/** Which registered address is most like the one that was asked for. */
export function nearestAddress(asked: string, registered: readonly string[]): string | undefined {
  const [nearest] = registered
    .map((uri) => ({ uri, differs: distance(asked.slice(0, COMPARED), uri.slice(0, COMPARED)) }))
    .toSorted((a, b) => a.differs - b.differs);
  return nearest?.uri;
}
