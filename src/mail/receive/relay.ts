import type { Arrival, Envelope, Reply, Target } from '../arrival.ts';

/** Whom the dialogue asks. Both answer alike for every account behind an alias (P6). */
export type Relay = {
  /**
   * What an address is, or why it takes no mail. Asked once for each RCPT TO, with an address of the alias domain that
   * is whole and in small letters. `before`: what was taken for the same message. A reply of 5xx counts as an address that does not exist.
   */
  recipient(address: string, envelope: Envelope, before: readonly Target[]): Promise<Target | Reply>;
  /**
   * Takes a message or refuses it. It may answer before it has read the body to its end only where it refuses: what
   * was answered 250 without that is answered 451 instead. Where the body throws, so should this: the reply is known then.
   */
  accept(arrival: Arrival): Promise<Reply>;
};
