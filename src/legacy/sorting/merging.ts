/** So many lines are handed on together. */
const TOGETHER = 500;

/** Where one list of lines is. */
type Cursor = { readonly rest: Iterator<string[]>; lines: string[]; at: number; head: string };

/** Goes on to the next line; false at the end. */
function step(cursor: Cursor): boolean {
  cursor.at += 1;
  while (cursor.at >= cursor.lines.length) {
    const next = cursor.rest.next();
    if (next.done === true) return false;
    [cursor.lines, cursor.at] = [next.value, 0];
  }
  cursor.head = cursor.lines[cursor.at] ?? '';
  return true;
}

/** Lets the head of a heap sink to where it belongs. */
function sink(heap: Cursor[], from: number): void {
  const cursor = heap[from];
  if (cursor === undefined) return;
  let place = from;
  for (;;) {
    let under = 2 * place + 1;
    let below = heap[under];
    if (below === undefined) break;
    const right = heap[under + 1];
    if (right !== undefined && right.head < below.head) [under, below] = [under + 1, right];
    if (below.head >= cursor.head) break;
    heap[place] = below;
    place = under;
  }
  heap[place] = cursor;
}

/** The lines of lists that are sorted, each list by itself, as one that is: by UTF-16 units, equal ones as often as they come. */
export function* merged(lists: readonly Iterable<string[]>[]): Generator<string[]> {
  const heap: Cursor[] = [];
  for (const list of lists) {
    const cursor = { rest: list[Symbol.iterator](), lines: [], at: 0, head: '' };
    if (step(cursor)) heap.push(cursor);
  }
  for (let from = heap.length >> 1; from >= 0; from -= 1) sink(heap, from);
  let out: string[] = [];
  for (;;) {
    const [first] = heap;
    if (first === undefined) break;
    out.push(first.head);
    if (!step(first)) {
      const last = heap.pop();
      if (last !== undefined && last !== first) heap[0] = last;
    }
    sink(heap, 0);
    if (out.length < TOGETHER) continue;
    yield out;
    out = [];
  }
  if (out.length > 0) yield out;
}
