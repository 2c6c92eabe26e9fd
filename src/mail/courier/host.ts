import type { Refusal } from './outcome.ts';

/** A server that takes mail, and how it is spoken to. */
export type Host = {
  /** The same for hosts that may use the same connections. */
  readonly key: string;
  readonly name: string;
  readonly port: number;
  /** The only addresses that it may be reached at; none given: those that this machine finds for its name. */
  readonly addresses?: readonly string[];
  /** TLS from the first byte. */
  readonly implicitTls: boolean;
  /** Never without TLS, and with the right certificate. */
  readonly verified: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
};

/** The way to the mailboxes of a domain. */
export type Route = {
  /** What succeeds and fails together: the domain, or the smart host. */
  destinationOf(domain: string): string;
  /** Messages to one destination at the same time. */
  readonly atOnce: number;
  /** The hosts to try, in this order; at least one, or why there is none. */
  hostsOf(domain: string): Promise<readonly [Host, ...Host[]] | Refusal>;
};
