/** The natural logarithm of the factorial, for numbers up to the one given. */
function logFactorials(most: number): number[] {
  const logs = [0];
  for (let number = 1; number <= most; number += 1) logs.push((logs[number - 1] ?? 0) + Math.log(number));
  return logs;
}

/** How likely at least `right` of `total` are right, if each is with this chance. */
function atLeast(right: number, total: number, chance: number, logs: readonly number[]): number {
  if (chance <= 0) return right === 0 ? 1 : 0;
  if (chance >= 1) return 1;
  let sum = 0;
  for (let count = right; count <= total; count += 1) {
    const ways = (logs[total] ?? 0) - (logs[count] ?? 0) - (logs[total - count] ?? 0);
    sum += Math.exp(ways + count * Math.log(chance) + (total - count) * Math.log(1 - chance));
  }
  return sum;
}

/** Where a growing function reaches a value, between nought and one. */
function whereReached(value: number, of: (chance: number) => number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (of(middle) < value) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Between which chances of being right the true one lies, with this confidence, after so many right answers
 * (Clopper and Pearson, Biometrika 26, 1934).
 */
export function intervalOf(right: number, total: number, confidence = 0.999): { low: number; high: number } {
  const tail = (1 - confidence) / 2;
  const logs = logFactorials(total);
  const low = right === 0 ? 0 : whereReached(tail, (chance) => atLeast(right, total, chance, logs));
  const high = right === total ? 1 : whereReached(1 - tail, (chance) => atLeast(right + 1, total, chance, logs));
  return { low, high };
}
