import type { Correspondents } from './correspondents.ts';

/** What the new header of a forwarded message is written from. */
export type Forwarding = {
  /** The header as it was received. */
  readonly head: Buffer;
  /** When it was received, in milliseconds. */
  readonly receivedAt: number;
  /** Of the relaxed body (RFC 6376 §3.4.4): SHA-256, base64. */
  readonly bodyHash: string;
  /** How the application's server names itself, and whether it spoke encrypted. */
  readonly client: { readonly name: string; readonly isEncrypted: boolean };
  /** The words of Authentication-Results behind our name (RFC 8601 §2.2). */
  readonly authentication: string;
  /** What became of the chain that came with it (RFC 8617 §4.4). */
  readonly arc: { readonly instance: number; readonly cv: 'none' | 'pass' | 'fail' };
  /** The profile it is for; undefined: the administrators. */
  readonly profileId: string | undefined;
  /** The address it was sent to: the alias, or postmaster@ or abuse@. */
  readonly alias: string;
  /** The local part of its return path: what is random in the header is made of it, so that a retry writes the same. */
  readonly returnLocal: string;
};

export type Forward = {
  /** The whole new header with the empty line that ends it, octet by octet in latin1 where it came so. */
  head(forwarding: Forwarding): Promise<Buffer>;
};

export type { Correspondents };
