/** Chance that comes out the same each time for the same seed. */
export type Dice = {
  /** From 0 to 1, without 1. */
  next(): number;
  /** A whole number, both ends included. */
  whole(least: number, most: number): number;
  isOneIn(sides: number): boolean;
  one<T>(of: readonly T[]): T;
  /** Small letters that mean nothing. */
  word(letters: number): string;
  /** The same in another order. */
  shuffled<T>(of: readonly T[]): T[];
};

const LETTERS = 'abcdefghijkmnopqrstuvwxyz';

/** Chance from a seed (mulberry32). */
export function makeDice(seed: number): Dice {
  let state = Math.imul(seed + 1, 0x9e_37_79_b1) >>> 0;

  function next(): number {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  const whole = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));

  function one<T>(of: readonly T[]): T {
    const index = whole(0, of.length - 1);
    if (index >= of.length) throw new Error('nothing to choose from');
    return of[index] as T;
  }

  return {
    next,
    whole,
    isOneIn: (sides) => whole(1, sides) === 1,
    one,
    word: (letters) => Array.from({ length: letters }, () => LETTERS[whole(0, LETTERS.length - 1)]).join(''),
    shuffled<T>(of: readonly T[]): T[] {
      const left = [...of];
      return of.map(() => left.splice(whole(0, left.length - 1), 1)[0] as T);
    },
  };
}
