const DAY = 86_400_000;

/** How long a certificate is valid: its end concerns nobody until a person has looked at it. */
export const VALIDITY_YEARS = 10;
/** A certificate is published this long before it signs: copies of our metadata are renewed by hand at many a place. */
export const PUBLISH_AHEAD = 30 * DAY;
/** A certificate stays published this long after another took over, for what was signed by a node that was late. */
export const PUBLISH_AFTER = 30 * DAY;
/** The next certificate is prepared, and a warning is given, this long before the one that signs ends. */
export const RENEW_AHEAD = 90 * DAY;
/** One that was prepared by itself takes over this long before the other ends: nobody is hurried who was given that by hand. */
export const TAKE_OVER = 7 * DAY;

export type State = 'next' | 'signing' | 'previous';

type Times = { readonly id: string; readonly createdAt: number; readonly signsFrom: number };

/**
 * What each key is at a moment. It follows from the rows and the time alone, so that all nodes agree without talking:
 * a key is published, then signs from `signsFrom` on, until another does, and is published a while longer. The one that
 * signs comes first among the published ones, then the next, then the previous ones.
 */
export function schedule<K extends Times>(
  keys: readonly K[],
  now: number,
): { published: { key: K; state: State }[]; past: K[] } {
  const inTurn = keys.toSorted(
    (a, b) => a.signsFrom - b.signsFrom || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1),
  );
  // Where none is due, as when the first one was made under a clock that was ahead, the first signs nevertheless.
  const signing = Math.max(
    0,
    inTurn.findLastIndex(({ signsFrom }) => signsFrom <= now),
  );
  const stoppedAt = (place: number): number => inTurn[place + 1]?.signsFrom ?? Number.POSITIVE_INFINITY;
  const isPast = (place: number): boolean => place < signing && stoppedAt(place) + PUBLISH_AFTER <= now;
  const inState = (state: State, belongs: (place: number) => boolean): { key: K; state: State }[] =>
    inTurn.filter((_, place) => belongs(place)).map((key) => ({ key, state }));
  return {
    published: [
      ...inState('signing', (place) => place === signing),
      ...inState('next', (place) => place > signing),
      ...inState('previous', (place) => place < signing && !isPast(place)),
    ],
    past: inTurn.filter((_, place) => isPast(place)),
  };
}

/** What an administrator should know: the certificate that signs ends in so many days; 0 and less: it has ended. */
export type Warning = { readonly code: 'certificate_ends'; readonly days: number };

/**
 * The warnings about the published certificates, from 90 days before the one that signs ends. That a next one is there
 * already silences nothing: service providers that were given a certificate by hand must be given the next one by hand.
 */
export function warnings(
  published: readonly { readonly state: State; readonly notAfter: number }[],
  now: number,
): Warning[] {
  return published
    .filter(({ state, notAfter }) => state === 'signing' && notAfter - now <= RENEW_AHEAD)
    .map(({ notAfter }) => ({ code: 'certificate_ends', days: Math.floor((notAfter - now) / DAY) }));
}
