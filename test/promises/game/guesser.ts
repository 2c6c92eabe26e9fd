import type { Features } from './features.ts';

/** What is measured of one world, as numbers in a fixed order; not a number where it was not there to measure. */
type Row = readonly number[];

/** How sure it is that both profiles are of one person, from below nought to above. */
type Guesser = (row: Row) => number;

/** What was not there to measure is less than anything that was. */
const ABSENT = -1e15;
/** What is measured in fewer worlds than this says too little. */
const LEAST_SHARE = 0.06;

/** Which features are worth looking at: those that are there often enough, and not always the same. */
export function namesIn(worlds: readonly Features[]): string[] {
  const seen = new Map<string, { count: number; least: number; most: number }>();
  for (const features of worlds) {
    for (const [name, value] of features) {
      const { count, least, most } = seen.get(name) ?? { count: 0, least: value, most: value };
      seen.set(name, { count: count + 1, least: Math.min(least, value), most: Math.max(most, value) });
    }
  }
  const enough = Math.max(2, LEAST_SHARE * worlds.length);
  return [...seen]
    .filter(([, { count, least, most }]) => count >= enough && (count < worlds.length || most > least))
    .map(([name]) => name)
    .toSorted();
}

/** The features of these names in order. */
export const rowOf = (features: Features, names: readonly string[]): Row =>
  names.map((name) => features.get(name) ?? Number.NaN);

const chanceOf = (sum: number): number => 1 / (1 + Math.exp(-sum));

const ROUNDS = 60;
const PACE = 0.3;

/** One question about one feature, and what either answer adds. */
type Stump = { feature: number; limit: number; below: number; above: number };

/** The question that tells most about what is still wrong. Rows are given in the order of each feature. */
function bestStump(rows: readonly Row[], orders: readonly (readonly number[])[], wrong: Row, weights: Row): Stump {
  let best: Stump & { gain: number } = { feature: 0, limit: 0, below: 0, above: 0, gain: -1 };
  const allWrong = wrong.reduce((sum, value) => sum + value, 0);
  const allWeight = weights.reduce((sum, value) => sum + value, 0);
  for (const [feature, order] of orders.entries()) {
    let [wrongBelow, weightBelow] = [0, 0];
    for (let at = 0; at < order.length - 1; at += 1) {
      const index = order[at] ?? 0;
      wrongBelow += wrong[index] ?? 0;
      weightBelow += weights[index] ?? 0;
      const value = rows[index]?.[feature] ?? ABSENT;
      const next = rows[order[at + 1] ?? 0]?.[feature] ?? ABSENT;
      if (value === next) continue;
      const [wrongAbove, weightAbove] = [allWrong - wrongBelow, allWeight - weightBelow];
      // One world more on either side that says nothing: a question that parts off a single world tells little.
      const gain = wrongBelow ** 2 / (weightBelow + 0.5) + wrongAbove ** 2 / (weightAbove + 0.5);
      if (gain <= best.gain) continue;
      const [below, above] = [wrongBelow / (weightBelow + 0.5), wrongAbove / (weightAbove + 0.5)];
      best = { feature, limit: (value + next) / 2, below, above, gain };
    }
  }
  return best;
}

const isAbsent = (value: number | undefined): boolean => value === undefined || Number.isNaN(value);

/** Many small questions, each about what those before got wrong (gradient boosting of stumps). */
function trainQuestions(given: readonly Row[], answers: readonly boolean[]): Guesser {
  const rows = given.map((row) => row.map((value) => (isAbsent(value) ? ABSENT : value)));
  const indices = rows.map((_, index) => index);
  const orders = (rows[0] ?? []).map((_, feature) =>
    indices.toSorted((a, b) => (rows[a]?.[feature] ?? 0) - (rows[b]?.[feature] ?? 0)),
  );
  const stumps: Stump[] = [];
  const sums = rows.map(() => 0);
  const ask = ({ feature, limit, below, above }: Stump, row: Row): number =>
    PACE * ((isAbsent(row[feature]) ? ABSENT : (row[feature] ?? ABSENT)) <= limit ? below : above);
  for (let round = 0; round < ROUNDS && orders.length > 0; round += 1) {
    const chances = sums.map(chanceOf);
    const wrong = chances.map((chance, index) => (answers[index] === true ? 1 : 0) - chance);
    const weights = chances.map((chance) => chance * (1 - chance));
    const stump = bestStump(rows, orders, wrong, weights);
    stumps.push(stump);
    for (const [index, row] of rows.entries()) sums[index] = (sums[index] ?? 0) + ask(stump, row);
  }
  return (row) => stumps.reduce((sum, stump) => sum + ask(stump, row), 0);
}

const STEPS = 200;
const STEP = 0.3;
const RESTRAINT = 0.02;

/** A weight for each feature (logistic regression, held small). */
function trainWeights(rows: readonly Row[], answers: readonly boolean[]): Guesser {
  const width = rows[0]?.length ?? 0;
  const scales = Array.from({ length: width }, (_, feature) => {
    const values = rows.map((row) => row[feature]).filter((value): value is number => !isAbsent(value));
    const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length));
    return { mean, spread: spread === 0 ? 1 : spread };
  });
  const scaled = (row: Row): Float64Array =>
    Float64Array.from(scales, ({ mean, spread }, feature) => {
      const value = row[feature];
      return value === undefined || Number.isNaN(value) ? 0 : Math.max(-4, Math.min(4, (value - mean) / spread));
    });
  const given = rows.map(scaled);
  const weights = new Float64Array(width);
  let base = 0;
  const sumOf = (row: Float64Array): number => row.reduce((sum, value, at) => sum + value * (weights[at] ?? 0), base);
  for (let step = 0; step < STEPS; step += 1) {
    const slope = new Float64Array(width);
    let tilt = 0;
    for (const [index, row] of given.entries()) {
      const wrong = chanceOf(sumOf(row)) - (answers[index] === true ? 1 : 0);
      tilt += wrong;
      for (let at = 0; at < width; at += 1) slope[at] = (slope[at] ?? 0) + wrong * (row[at] ?? 0);
    }
    const size = STEP / (rows.length * Math.sqrt(width));
    base -= (STEP * tilt) / rows.length;
    for (let at = 0; at < width; at += 1)
      weights[at] = (weights[at] ?? 0) * (1 - STEP * RESTRAINT) - size * (slope[at] ?? 0);
  }
  return (row) => sumOf(scaled(row));
}

/** How many it guesses right. */
export function rightOf(guess: Guesser, rows: readonly Row[], answers: readonly boolean[]): number {
  return rows.filter((row, index) => guess(row) > 0 === answers[index]).length;
}

/** No more features than this are learnt from: those that tell most by themselves. */
const MOST_FEATURES = 400;

/** How much a feature tells by itself: how far its mean lies apart for the two answers, against how much it spreads. */
function worthOf(values: readonly number[], answers: readonly boolean[]): number {
  const sums = { count: [0, 0], sum: [0, 0] };
  let [all, squares] = [0, 0];
  for (const [index, value] of values.entries()) {
    const at = answers[index] === true ? 1 : 0;
    sums.count[at] = (sums.count[at] ?? 0) + 1;
    sums.sum[at] = (sums.sum[at] ?? 0) + value;
    all += value;
    squares += value ** 2;
  }
  const spread = squares - all ** 2 / values.length;
  if (spread <= 0) return 0;
  const means = [0, 1].map((at) => (sums.sum[at] ?? 0) / Math.max(1, sums.count[at] ?? 0));
  return ((means[1] ?? 0) - (means[0] ?? 0)) ** 2 / spread;
}

/** Which features to learn from: by what they are, or by whether they are there to measure. */
function mostTelling(rows: readonly Row[], answers: readonly boolean[]): number[] {
  const worths = (rows[0] ?? []).map((_, feature) => {
    const column = rows.map((row) => row[feature] ?? Number.NaN);
    const there = column.filter((value) => !Number.isNaN(value));
    const mean = there.reduce((sum, value) => sum + value, 0) / Math.max(1, there.length);
    const filled = column.map((value) => (Number.isNaN(value) ? mean : value));
    const isThere = column.map((value) => Number(!Number.isNaN(value)));
    return { feature, worth: Math.max(worthOf(filled, answers), worthOf(isThere, answers)) };
  });
  return worths
    .toSorted((a, b) => b.worth - a.worth)
    .slice(0, MOST_FEATURES)
    .map(({ feature }) => feature);
}

type Way = (rows: readonly Row[], answers: readonly boolean[]) => Guesser;

/** Learns in a way from the features that tell most. */
function learn(way: Way, rows: readonly Row[], answers: readonly boolean[]): Guesser {
  const features = mostTelling(rows, answers);
  const narrow = (row: Row): Row => features.map((feature) => row[feature] ?? Number.NaN);
  const guess = way(rows.map(narrow), answers);
  return (row) => guess(narrow(row));
}

const FOLDS = 4;

/** Trains in both ways, and keeps the one that guesses better what it was not trained with. */
export function train(rows: readonly Row[], answers: readonly boolean[]): Guesser {
  const ways = [trainQuestions, trainWeights].map((way: Way) => {
    let right = 0;
    for (let fold = 0; fold < FOLDS; fold += 1) {
      const isHere = (_: unknown, index: number): boolean => index % FOLDS === fold;
      const isElsewhere = (_: unknown, index: number): boolean => index % FOLDS !== fold;
      const guess = learn(way, rows.filter(isElsewhere), answers.filter(isElsewhere));
      right += rightOf(guess, rows.filter(isHere), answers.filter(isHere));
    }
    return { way, right };
  });
  const [better] = ways.toSorted((a, b) => b.right - a.right);
  return learn(better?.way ?? trainQuestions, rows, answers);
}
