const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** How long a message may take, in milliseconds. */
export type Limits = {
  /** To reach a host. */
  readonly connect: number;
  /** From there to the moment when it takes mail: greeting, TLS, signing in. */
  readonly open: number;
  /** Without a byte in either direction. */
  readonly silence: number;
  /** In all, at however many hosts, before the time that its octets take. */
  readonly total: number;
};

/**
 * Shorter than the minutes of RFC 5321 §4.5.3.2, except where the other server has the whole message and must say
 * that it took it: whoever gives up there makes a message arrive twice.
 */
export const LIMITS: Limits = {
  connect: 15 * SECOND,
  open: MINUTE,
  silence: 2 * MINUTE,
  total: 4 * MINUTE,
};

/** A receiver that is slower is given up, in bytes a second. */
const SLOWEST = 32 * 1024;

/** The same limits, none of them longer than `most` milliseconds. */
export function within(most: number, limits: Limits = LIMITS): Limits {
  const cut = (time: number): number => Math.min(time, most);
  return {
    connect: cut(limits.connect),
    open: cut(limits.open),
    silence: cut(limits.silence),
    total: cut(limits.total),
  };
}

/** How long a message of so many bytes may take at most, in milliseconds, from the moment when it is its turn. */
export function longestFor(bytes: number, { total }: Limits = LIMITS): number {
  return total + (bytes / SLOWEST) * SECOND;
}
