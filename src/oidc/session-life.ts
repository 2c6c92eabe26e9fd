/** Nodes may differ by so much, in milliseconds. */
const SKEW = 60_000;
const DAY = 86_400_000;

type Needs = {
  /** For how many days a browser stays signed in without being used. */
  idleDays: number;
  /** After how many days one signs in again, however much the browser is used. */
  longestDays: number;
  /** The time in milliseconds. */
  now: () => number;
};

export type SessionLife = ReturnType<typeof makeSessionLife>;

/**
 * How long a browser stays signed in: the same for everybody, so that the end of a session tells applications nothing
 * about whose it is (P1). Sessions are measured by the settings of this moment, those begun under others too.
 */
export function makeSessionLife({ idleDays, longestDays, now }: Needs) {
  const idle = idleDays * DAY;
  const longest = longestDays * DAY;

  return {
    /**
     * When a session ends that was proven in full at `provenAt` and used at `seenAt` for the last time; all in
     * milliseconds. One proven at a time that has not come ended before it began: the clock was wrong, and nobody can
     * say how old it is. One only used at such a time still has its longest end.
     */
    endOf(provenAt: number, seenAt: number): number {
      if (provenAt > now() + SKEW) return 0;
      return Math.min(Math.min(seenAt, now()) + idle, provenAt + longest);
    },

    /** How long a session that is used now has left, in whole seconds and one at least. */
    secondsLeft(provenAt: number): number {
      return Math.max(1, Math.floor(Math.min(idle, provenAt + longest - now()) / 1000));
    },
  };
}

/** When a stored session ends, by what its door keeps in it; nothing where nobody is signed in with it. */
export function endOfStored(life: SessionLife, body: Readonly<Record<string, unknown>>): number | undefined {
  const { accountId, loginTs } = (body['payload'] ?? {}) as { accountId?: string; loginTs?: number };
  if (accountId === undefined || loginTs === undefined) return undefined;
  return life.endOf(loginTs * 1000, Number(body['seenAt'] ?? 0));
}
