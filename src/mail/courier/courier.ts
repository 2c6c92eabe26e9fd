import type { Dispatch, Outcome } from './outcome.ts';
import type { Trouble } from './destinations.ts';

export type { Trouble } from './destinations.ts';
export type { Dispatch, Outcome, Refusal } from './outcome.ts';

/** Brings messages to the mail server that answers for a mailbox, or to the smart host. */
export type Courier = {
  /**
   * Sends a message, once it is its turn. It never waits for a destination that is left alone: ask `mayTry` before.
   * @throws what `signal` gives as its reason, and what reading the body threw; nothing else
   */
  send(dispatch: Dispatch): Promise<Outcome>;
  /** When mail to this mailbox may be tried again, in milliseconds; undefined: now, and by whoever asked first. */
  mayTry(to: string): Promise<number | undefined>;
  /** Destinations that take nothing at present. Names of domains, for the page of administrators alone. */
  trouble(): Promise<Trouble[]>;
  /** Removes what is known of destinations that nobody tried for long; for the clock, about once an hour. */
  sweep(): Promise<void>;
  /** Ends every connection, those in use too. */
  close(): void;
};
