/** A message on its way out, to one mailbox. */
export type Dispatch = {
  /** MAIL FROM; empty for the null sender. */
  readonly from: string;
  readonly to: string;
  /** The whole header with the empty line that ends it. */
  readonly head: Buffer;
  /**
   * The octets after it, exactly as they arrive at the other side; asked for again at each host that is tried. Every
   * line ends with CRLF, and so does the last.
   */
  readonly body: () => AsyncIterable<Buffer>;
  /** Of the body, in bytes. */
  readonly size: number;
  /** Goes over a connection of its own, which carries nothing before or after. */
  readonly isPrivate?: boolean;
  /** Ends the attempt; `send` then throws its reason. */
  readonly signal?: AbortSignal;
};

/** A message that was not taken. */
export type Refusal = {
  readonly kind: 'refused';
  /** Of the `message` (this one, to this mailbox), or of the `host`, which takes none now. */
  readonly fault: 'message' | 'host';
  /** The same message will be refused again. */
  readonly lasting: boolean;
  /**
   * For a message, the three digits of the reply, or of the one that says what we know ourselves; for a host, the kind
   * of failure, with the digits behind it where it said some (`ETIMEDOUT`, `EAUTH 535`). Holds no words.
   */
  readonly code: string;
  /** The enhanced status code (RFC 3463): the reply's own, or one that says the same. */
  readonly enhanced: string;
  /**
   * What the other server said, one line of at most 300 characters; empty if it said nothing. It may hold the mailbox:
   * for its owner alone, never for a log or anybody else (P6).
   */
  readonly text: string;
};

/** What became of a message. `taken`: the other server is answerable for it now; `text` as above. */
export type Outcome = { readonly kind: 'taken'; readonly text: string } | Refusal;
