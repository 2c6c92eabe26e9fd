import { randomInt } from 'node:crypto';

/** The share of places that may be full. */
const FULL = 0.6;

/**
 * Which texts were seen, by 48 bits of each: two different ones among a million are taken for one in two files of a
 * thousand, and only a report says so then. A million takes 12 MB.
 */
export function makeSeen() {
  let [highs, lows] = [new Uint32Array(1 << 12), new Uint16Array(1 << 12)];
  let count = 0;
  // Nobody can choose texts that fall together.
  const seeds = [randomInt(2 ** 32), randomInt(2 ** 32)] as const;

  /** Puts a value there, of which not all bits are zero, and returns whether it was there already. */
  function put(high: number, low: number): boolean {
    const mask = highs.length - 1;
    let place = high & mask;
    while (highs[place] !== 0 || lows[place] !== 0) {
      if (highs[place] === high && lows[place] === low) return true;
      place = (place + 1) & mask;
    }
    [highs[place], lows[place]] = [high, low];
    return false;
  }

  function grow(): void {
    const [oldHighs, oldLows] = [highs, lows];
    [highs, lows] = [new Uint32Array(oldHighs.length * 2), new Uint16Array(oldLows.length * 2)];
    for (const [place, high] of oldHighs.entries()) {
      const low = oldLows[place] ?? 0;
      if (high !== 0 || low !== 0) put(high, low);
    }
  }

  return {
    /** Notes a text; returns whether it was noted before. */
    add(text: string): boolean {
      let [a, b] = [seeds[0], seeds[1]];
      for (let index = 0; index < text.length; index += 1) {
        const unit = text.charCodeAt(index);
        a = Math.imul(a ^ unit, 0x85ebca6b);
        b = Math.imul(b ^ unit, 0xc2b2ae35);
        a ^= b >>> 15;
        b ^= a >>> 13;
      }
      a = Math.imul(a ^ (a >>> 16), 0x27d4eb2f) ^ b;
      b = Math.imul(b ^ (b >>> 15), 0x165667b1) ^ a;
      const [high, low] = [a >>> 0, b >>> 16];
      const wasThere = put(high, high === 0 && low === 0 ? 1 : low);
      if (!wasThere) {
        count += 1;
        if (count > highs.length * FULL) grow();
      }
      return wasThere;
    },
  };
}
