/** So many lines are handed on together. */
const TOGETHER = 500;

/** Where one list of lines is. */
type Cursor = { readonly rest: AsyncIterator<string[]>; lines: string[]; at: number };

const headOf = ({ lines, at }: Cursor): string => lines[at] ?? '';

/** Goes on to the next line; false at the end. */
function step(cursor: Cursor): boolean | Promise<boolean> {
  cursor.at += 1;
  return cursor.at < cursor.lines.length || refill(cursor);
}

async function refill(cursor: Cursor): Promise<boolean> {
  do {
    const next = await cursor.rest.next();
    if (next.done === true) return false;
    [cursor.lines, cursor.at] = [next.value, 0];
  } while (cursor.lines.length === 0);
  return true;
}

/** Lets the head of a heap sink to where it belongs. */
function sink(heap: Cursor[], from: number): void {
  const cursor = heap[from];
  if (cursor === undefined) return;
  const head = headOf(cursor);
  let place = from;
  for (;;) {
    let under = 2 * place + 1;
    let below = heap[under];
    if (below === undefined) break;
    const right = heap[under + 1];
    if (right !== undefined && headOf(right) < headOf(below)) [under, below] = [under + 1, right];
    if (headOf(below) >= head) break;
    heap[place] = below;
    place = under;
  }
  heap[place] = cursor;
}

/** The lines of lists that are sorted, each list by itself, as one that is: by UTF-16 units, equal ones as often as they come. */
export async function* merged(lists: readonly AsyncGenerator<string[]>[]): AsyncGenerator<string[]> {
  const heap: Cursor[] = [];
  for (const rest of lists) {
    const cursor = { rest, lines: [], at: 0 };
    if (await refill(cursor)) heap.push(cursor);
  }
  for (let from = heap.length >> 1; from >= 0; from -= 1) sink(heap, from);
  let out: string[] = [];
  for (;;) {
    const [first] = heap;
    if (first === undefined) break;
    out.push(headOf(first));
    const stepped = step(first);
    const goesOn = typeof stepped === 'boolean' ? stepped : await stepped;
    if (!goesOn) {
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
