import type { KeyObject } from 'node:crypto';

/** The algorithms we sign with and verify (RFC 6376 §3.3.2, RFC 8463 §3). */
export type DkimAlgorithm = 'rsa-sha256' | 'ed25519-sha256';

/**
 * Why a signature is not good, in fixed words: `syntax` of the signature, `from` is not signed, `expired`, of the
 * `future`, made for an `identity` that is not its domain's, of an unknown `algorithm` or of a `weak` one, no `key`
 * published, a `revoked` key or one that does not fit (`key-syntax`), `dns` does not answer, the `body` was changed, the
 * `header` was changed or the key is another.
 */
export type DkimReason =
  | 'syntax'
  | 'from'
  | 'expired'
  | 'future'
  | 'identity'
  | 'algorithm'
  | 'key'
  | 'revoked'
  | 'weak'
  | 'key-syntax'
  | 'dns'
  | 'body'
  | 'header';

/** What a DKIM-Signature is worth (RFC 8601 §2.7.1). */
export type DkimResult = {
  /** `d=`, in small letters; empty where there is none to read. */
  readonly domain: string;
  readonly selector: string;
  readonly result: 'pass' | 'fail' | 'neutral' | 'temperror' | 'permerror';
  /** Of whatever is no pass. */
  readonly reason?: DkimReason;
  /** Whether the end of the body is not covered (`l=`): anybody can have written it. */
  readonly isLengthLimited: boolean;
  /**
   * Whether a field that says what the message is about, or where an answer goes, is not covered (`h=`):
   * anybody can have written it, or another one above it (RFC 6376 §8.15).
   */
  readonly isHeaderOpen: boolean;
};

/** What became of an ARC chain (RFC 8617 §4.4). `instance`: of the newest set; 0 where there is none. */
export type ArcResult = { readonly instance: number; readonly cv: 'none' | 'pass' | 'fail' };

/** What is known of a message once its body has gone by. */
export type Verdict = {
  /** One for each DKIM-Signature in the order they stand, at most eight. */
  readonly signatures: readonly DkimResult[];
  /** SHA-256 of the body in relaxed form, base64: what a signature of ours needs (RFC 6376 §3.4.4). */
  readonly bodyHash: string;
  readonly arc: ArcResult;
};

/** Hashes a body while it is received. `finish` never fails for what the message holds. */
export type Verifier = {
  update(chunk: Buffer): void;
  finish(): Promise<Verdict>;
};

/** A key that signs. Its public half is published at `<selector>._domainkey.<domain>`. */
export type MailKey = {
  readonly selector: string;
  readonly algorithm: DkimAlgorithm;
  readonly privateKey: KeyObject;
};

/** The keys that sign at this moment. ARC seals are made with the RSA one: not every receiver knows the other yet. */
export type MailKeyPair = { readonly rsa: MailKey; readonly ed25519: MailKey };
