import type { Head } from './head.ts';

/** Who hands mail over, as SMTP shows it. */
export type Client = {
  /** The network address: of the peer, or what a configured peer says by XCLIENT or XFORWARD. */
  readonly address: string;
  /** What it says its name is (EHLO). */
  readonly name: string;
  /** Whether the dialogue is encrypted. */
  readonly isEncrypted: boolean;
  /** Whether a configured peer told this address of its client: without that, a peer's address is the peer's own. */
  readonly isForwarded?: boolean;
};

/** What an address of ours is. */
export type Target =
  /** The alias of a profile that mail is taken for. */
  | { readonly kind: 'profile'; readonly address: string; readonly profileId: string; readonly applicationId: string }
  /** postmaster@ and abuse@: the administrators. */
  | { readonly kind: 'administrators'; readonly address: string }
  /** The return path of something we sent. */
  | { readonly kind: 'return'; readonly address: string; readonly deliveryId: string }
  /** The address that stands for a correspondent in what we forward. */
  | { readonly kind: 'correspondent'; readonly address: string; readonly correspondentId: string };

/** What comes before DATA. */
export type Envelope = {
  readonly client: Client;
  /** The application that signed in to hand this over, if one did. */
  readonly applicationId: string | undefined;
  /** MAIL FROM; empty for the null sender. */
  readonly from: string;
};

/** A message that is being received. Its octets have passed the guard: no bare CR or LF, no NUL, lines and size in limits. */
export type Arrival = Envelope & {
  /** At least one. */
  readonly targets: readonly Target[];
  readonly head: Head;
  /** The octets after the header's empty line, as they come. Read to its end, or it throws what went wrong. */
  readonly body: AsyncIterable<Buffer>;
};

/** A reply of SMTP (RFC 5321 §4.2, RFC 3463). The text is fixed words of ours, never of anybody else's. */
export type Reply = { readonly code: number; readonly enhanced: string; readonly text: string };
