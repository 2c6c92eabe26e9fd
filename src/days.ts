const DAY = 86_400_000;

/** The day of a time in milliseconds, as an ISO date in UTC. */
export function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

/** The ISO date `days` later (or earlier, when negative). */
export function addDays(day: string, days: number): string {
  return dayOf(Date.parse(day) + days * DAY);
}
