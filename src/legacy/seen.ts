import { randomInt } from 'node:crypto';

/** The share of places that may be full. */
const FULL = 0.6;

/**
 * Which texts were seen, by 53 bits of each: two different ones among millions are taken for one perhaps once in a
 * thousand files, and only a report says so then. A million takes 16 MB.
 */
export function makeSeen() {
  let places = new Float64Array(1 << 12);
  let count = 0;
  // Nobody can choose texts that fall together.
  const seeds = [randomInt(2 ** 32), randomInt(2 ** 32)] as const;

  /** A number from 1 to 2^53 - 1. */
  function digest(text: string): number {
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
    return (b >>> 11) * 2 ** 32 + (a >>> 0) || 1;
  }

  /** Whether it is there already; puts it there. */
  function put(value: number): boolean {
    const mask = places.length - 1;
    let place = value % places.length;
    while (places[place] !== 0) {
      if (places[place] === value) return true;
      place = (place + 1) & mask;
    }
    places[place] = value;
    return false;
  }

  function grow(): void {
    const before = places;
    places = new Float64Array(before.length * 2);
    for (const value of before) if (value !== 0) put(value);
  }

  return {
    /** Notes a text; returns whether it was noted before. */
    add(text: string): boolean {
      const wasThere = put(digest(text));
      if (!wasThere) {
        count += 1;
        if (count > places.length * FULL) grow();
      }
      return wasThere;
    },
  };
}
