import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { roundUpToHour, type Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { makeAttemptStore, type AttemptRow } from './store.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

type Limit = {
  /** So many failures cost nothing. Each further one doubles the wait. */
  free: number;
  /** The first wait, in milliseconds. */
  first: number;
  /** The longest wait, in milliseconds. */
  longest: number;
  /** A failure is forgotten after this, in milliseconds. */
  forget: number;
};

/**
 * What is counted. No count locks: each only makes the next attempt wait, and the waits that strangers can cause to
 * somebody (`identity`, `network`) are short. A browser that has signed in before has a count of its own. A `site` is
 * the /48 that an IPv6 network lies in: whoever holds all of it has 65,536 networks to come from.
 */
export const LIMITS = {
  /** One identity from one network: somebody who forgot, or somebody who guesses. */
  'identity-network': { free: 5, first: SECOND, longest: 5 * MINUTE, forget: 15 * MINUTE },
  /** One network on any identity; it may be a whole school. */
  network: { free: 60, first: SECOND, longest: MINUTE, forget: MINUTE },
  site: { free: 240, first: SECOND, longest: MINUTE, forget: 15 * SECOND },
  /** One identity from anywhere. */
  identity: { free: 10, first: SECOND, longest: MINUTE, forget: 15 * MINUTE },
  /** One identity from a browser that has signed in to it before. */
  device: { free: 5, first: SECOND, longest: 5 * MINUTE, forget: 15 * MINUTE },
  /** Somebody signed in who proves once more who they are. */
  confirmation: { free: 5, first: SECOND, longest: 5 * MINUTE, forget: 15 * MINUTE },
  /**
   * Somebody who knows the password, and answers for the second factor, with whatever kind and on whatever journey: ten
   * times at most while a code is good (90 seconds with what clocks may differ by), later once in a quarter of an hour
   * (A48).
   */
  'second-factor': { free: 3, first: SECOND, longest: 15 * MINUTE, forget: 60 * MINUTE },
  /** One network that tries codes for the first administrator. */
  'first-run': { free: 5, first: SECOND, longest: 5 * MINUTE, forget: 15 * MINUTE },
  /** One network that answers the question which takes the place of work, rightly or not: a robot may know the answer. */
  'question-network': { free: 20, first: SECOND, longest: 5 * MINUTE, forget: 5 * MINUTE },
  'question-site': { free: 80, first: SECOND, longest: 5 * MINUTE, forget: MINUTE },
  /** One network that asks for accounts. */
  'sign-up-network': { free: 20, first: 5 * SECOND, longest: 10 * MINUTE, forget: 10 * MINUTE },
  'sign-up-site': { free: 80, first: 5 * SECOND, longest: 10 * MINUTE, forget: 2 * MINUTE },
  /** One mailbox, as `letterTarget` says it, that an account is asked for. */
  'sign-up-target': { free: 2, first: 5 * MINUTE, longest: HOUR, forget: HOUR },
  /** One network that asks for recovery. */
  'recovery-network': { free: 20, first: 5 * SECOND, longest: 10 * MINUTE, forget: 10 * MINUTE },
  'recovery-site': { free: 80, first: 5 * SECOND, longest: 10 * MINUTE, forget: 2 * MINUTE },
  /** One identity (its account, or the canonical form of what nobody is called) that recovery is asked for. */
  'recovery-target': { free: 2, first: 5 * MINUTE, longest: HOUR, forget: HOUR },
  /**
   * Letters to one address, as `letterTarget` says it, whoever asked for them: three at once, six an hour, then one an
   * hour. Those of recovery, and those to addresses that somebody signed in typed, are counted apart.
   */
  letter: { free: 2, first: 5 * MINUTE, longest: HOUR, forget: HOUR },
  /**
   * A group's delegate who wants to add somebody and names nobody who can be: ten times for mistakes, later once in ten
   * minutes.
   */
  delegate: { free: 10, first: 5 * SECOND, longest: 10 * MINUTE, forget: 30 * MINUTE },
  /** Letters to addresses that somebody signed in typed, by their account. */
  'letter-account': { free: 5, first: MINUTE, longest: HOUR, forget: HOUR },
  /**
   * One name that an application had before, from anywhere (A71): its owner is kept waiting for minutes at most, and
   * whoever guesses has some three hundred guesses a day, however many accounts and networks they have.
   */
  'old-name': { free: 10, first: SECOND, longest: 5 * MINUTE, forget: 15 * MINUTE },
  /** One account that wants back any such name: a person has a few, and forgets which password it was. */
  'old-name-account': { free: 10, first: 5 * SECOND, longest: 15 * MINUTE, forget: 15 * MINUTE },
  /** One network that wants back any such name of any application. */
  'old-name-network': { free: 60, first: SECOND, longest: 5 * MINUTE, forget: MINUTE },
  'old-name-site': { free: 240, first: SECOND, longest: 5 * MINUTE, forget: 15 * SECOND },
  /** Letters with codes to one old address that one site asks for: as many as of any other letter. */
  'old-name-letter-site': { free: 2, first: 5 * MINUTE, longest: HOUR, forget: HOUR },
  /**
   * The same whoever asks. One site alone never comes so far: whoever asks and asks for letters to somebody else keeps
   * them from none, as long as they come from another place (A71).
   */
  'old-name-letter': { free: 11, first: 5 * MINUTE, longest: 30 * MINUTE, forget: 30 * MINUTE },
} as const satisfies Record<string, Limit>;

type Kind = keyof typeof LIMITS;

/** Counts that belong to whoever succeeded alone, and start anew then. */
const RESET_BY_SUCCESS: ReadonlySet<Kind> = new Set<Kind>([
  'identity-network',
  'device',
  'confirmation',
  'second-factor',
]);

const sealedCount = z.object({ failures: z.number(), at: z.number() });

/** `failures` shrinks with time and need not be whole; `at` is the time of the last one in milliseconds. */
type Count = z.output<typeof sealedCount>;

const NONE: Count = { failures: 0, at: 0 };

/** All counts are of one size. */
const PADDING = 96;

/** What to count an attempt under: its kind, and who. */
export type Counter<K extends Kind = Kind> = readonly [kind: K, ...who: string[]];

/** An attempt that was counted, to be settled once its outcome is known. */
type Ticket = readonly { readonly kind: Kind; readonly tag: string; readonly before: Count; readonly after: Count }[];

export type Attempts = ReturnType<typeof makeAttempts>;

/** The leading bytes of an address as text, so many of IPv4 (also when mapped into IPv6) or IPv6. */
function leading(address: string, bytes4: number, bytes6: number): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const bytes = ipaddr.process(address).toByteArray();
  return bytes.slice(0, bytes.length === 4 ? bytes4 : bytes6).join('.');
}

/** The network of an address: its /24 (IPv4) or /64 (IPv6). All that is no address shares one. */
export function networkOf(address: string): string {
  return leading(address, 3, 8);
}

/** What an address is counted under besides its network, the most that one subscriber has: its /48. In IPv4 the network. */
export function siteOf(address: string): string {
  return leading(address, 3, 6);
}

const SITES = {
  network: 'site',
  'question-network': 'question-site',
  'sign-up-network': 'sign-up-site',
  'recovery-network': 'recovery-site',
  'old-name-network': 'old-name-site',
} as const satisfies Partial<Record<Kind, Kind>>;

/** The counters of an address for one use: its network, and its site where that is another. */
export function networkCounters<K extends keyof typeof SITES>(
  kind: K,
  address: string,
): Counter<K | (typeof SITES)[K]>[] {
  const network = networkOf(address);
  const site = siteOf(address);
  return site === network
    ? [[kind, network]]
    : [
        [kind, network],
        [SITES[kind], site],
      ];
}

/** Nodes may differ by so much. */
const SKEW = MINUTE;

/**
 * A count from a time that has not come was written under a wrong clock. What was counted stays, as if its longest wait
 * were just over: otherwise it would hold somebody until then.
 */
function asOf(kind: Kind, count: Count, now: number): Count {
  return count.at > now + SKEW ? { ...count, at: now - LIMITS[kind].longest } : count;
}

/** When an attempt is accepted again, in milliseconds. */
function heldUntil(kind: Kind, { failures, at }: Count): number {
  const { free, first, longest } = LIMITS[kind];
  const over = Math.ceil(failures - free);
  return over <= 0 ? at : at + Math.min(longest, first * 2 ** (over - 1));
}

/** What is left of a count. */
function left(kind: Kind, { failures, at }: Count, now: number): number {
  return Math.max(0, failures - Math.max(0, now - at) / LIMITS[kind].forget);
}

function withFailure(kind: Kind, count: Count, now: number): Count {
  const { free, first, longest } = LIMITS[kind];
  // Beyond the longest wait nothing more is counted, or a long attack would be felt for weeks.
  const most = free + 1 + Math.ceil(Math.log2(longest / first));
  return { failures: Math.min(left(kind, count, now) + 1, most), at: now };
}

/**
 * The failed attempts, counted on the database, so that all nodes count together. An attempt is counted as failed
 * before anything is compared and taken back when it succeeds: guesses made at the same moment cannot slip through.
 * A change of the master key starts the counts anew.
 */
export function makeAttempts({ storage, seals, now }: { storage: Storage; seals: Seals; now: () => number }) {
  const store = makeAttemptStore(storage);

  const open = ({ tag, sealed }: { tag: string; sealed: string }): [string, Count] => [
    tag,
    sealedCount.parse(JSON.parse(seals.open('attempt', tag, sealed))),
  ];
  const rowOf = (kind: Kind, tag: string, count: Count): AttemptRow => ({
    tag,
    sealed: seals.sealPadded('attempt', tag, JSON.stringify(count), PADDING),
    expiresHour: roundUpToHour(Math.max(now(), count.at) + Math.ceil(count.failures) * LIMITS[kind].forget),
  });

  /** Sorted, because rows are locked in this order. */
  const sorted = <T extends { tag: string }>(entries: T[]): T[] => entries.toSorted((a, b) => (a.tag < b.tag ? -1 : 1));

  function refuseIfHeld(entries: readonly { kind: Kind; tag: string }[], counts: ReadonlyMap<string, Count>): void {
    const until = Math.max(
      ...entries.map(({ kind, tag }) => heldUntil(kind, asOf(kind, counts.get(tag) ?? NONE, now()))),
    );
    const wait = until - now();
    if (wait > 0) throw new UserError('try_later', { seconds: Math.ceil(wait / SECOND) });
  }

  /** Settles every count of a ticket in one write. */
  async function settle(ticket: Ticket, settled: (entry: Ticket[number], current: Count) => Count): Promise<void> {
    await storage.write(async (tx) => {
      const rows = await store.lock(
        tx,
        ticket.map(({ kind, tag, before }) => rowOf(kind, tag, before)),
      );
      const counts = new Map(rows.map(open));
      await store.write(
        tx,
        ticket.map((entry) => rowOf(entry.kind, entry.tag, settled(entry, counts.get(entry.tag) ?? NONE))),
      );
    });
  }

  function takenBack({ before, after }: Ticket[number], current: Count): Count {
    // Nobody else was counted meanwhile: as if it had not been. Otherwise only the one failure goes.
    if (current.failures === after.failures && current.at === after.at) return before;
    return { failures: Math.max(0, current.failures - 1), at: current.at };
  }

  /** Counts an attempt as failed under every counter, or refuses it when one of them has to wait. */
  async function register(counters: readonly Counter[]): Promise<Ticket> {
    const entries = sorted(counters.map(([kind, ...who]) => ({ kind, tag: seals.tag('attempt', kind, ...who) })));
    // Most of a flood ends here, at the price of one read.
    refuseIfHeld(entries, new Map((await store.find(entries.map(({ tag }) => tag))).map(open)));
    return storage.write(async (tx) => {
      const rows = await store.lock(
        tx,
        entries.map(({ kind, tag }) => rowOf(kind, tag, NONE)),
      );
      const counts = new Map(rows.map(open));
      refuseIfHeld(entries, counts);
      const ticket = entries.map(({ kind, tag }) => {
        const before = asOf(kind, counts.get(tag) ?? NONE, now());
        return { kind, tag, before, after: withFailure(kind, before, now()) };
      });
      await store.write(
        tx,
        ticket.map(({ kind, tag, after }) => rowOf(kind, tag, after)),
      );
      return ticket;
    });
  }

  return {
    /**
     * Lets `compare` say whether an attempt is right, unless one of the counters has to wait. It is counted as failed
     * first; a right one is taken back, and the counts that are the person's own start anew; one that `compare` throws
     * out of (no room for a hash) is taken back. A refused attempt is not counted and makes nobody wait longer.
     * @throws {UserError} try_later{seconds}, and what `compare` throws
     */
    async judge(counters: readonly Counter[], compare: () => Promise<boolean>): Promise<boolean> {
      const ticket = await register(counters);
      let right: boolean;
      try {
        right = await compare();
      } catch (error) {
        await settle(ticket, takenBack);
        throw error;
      }
      if (right) {
        await settle(ticket, (entry, current) => (RESET_BY_SUCCESS.has(entry.kind) ? NONE : takenBack(entry, current)));
      }
      return right;
    },

    /** How many failures stand under each counter now; they shrink with time and need not be whole. */
    async failures(counters: readonly Counter[]): Promise<number[]> {
      const tags = counters.map(([kind, ...who]) => seals.tag('attempt', kind, ...who));
      const counts = new Map((await store.find(tags)).map(open));
      return counters.map(([kind], index) =>
        left(kind, asOf(kind, counts.get(tags[index] ?? '') ?? NONE, now()), now()),
      );
    },

    /** Removes counts that no longer matter; for the clock, about once an hour. */
    async sweep(): Promise<void> {
      await storage.write((tx) => store.removeExpired(tx, now()));
    },
  };
}
