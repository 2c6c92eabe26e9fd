/** What a transaction should take, in milliseconds: others who write wait for it, those of another process in their turn. */
const TRANSACTION = 10;
/** Rows of one transaction: at first, at least and at most. */
const [FIRST, LEAST, MOST] = [300, 100, 1000];

/** Fits the size of transactions to what they take. */
export function makeSizes() {
  let size = FIRST;
  return {
    /** How many rows the next one has. */
    next: () => size,
    /** One of so many rows took so many milliseconds. */
    took(rows: number, milliseconds: number): void {
      size = Math.round(Math.min(MOST, Math.max(LEAST, (rows * TRANSACTION) / Math.max(1, milliseconds))));
    },
  };
}
