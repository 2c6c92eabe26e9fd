import { z } from 'zod';

const meta = z.object({
  /** MAIL FROM as it came; empty for the null sender. */
  mailFrom: z.string(),
  /** In milliseconds. */
  receivedAt: z.number(),
  /** Bytes of the body: of everything after the header's empty line. */
  size: z.number(),
  /** SHA-256 of the relaxed body (RFC 6376 §3.4.4) in base64: what our own signatures need. */
  bodyHash: z.string(),
  /** Who handed it over, for Received: the name it gave, and whether the dialogue was encrypted. */
  client: z.object({ name: z.string(), isEncrypted: z.boolean() }),
  /** The result words of Authentication-Results (RFC 8601), without our name in front. */
  authentication: z.string(),
  /** How many ARC sets it came with, and whether they hold (RFC 8617 §4.4). */
  arc: z.object({ instance: z.number(), cv: z.enum(['none', 'pass', 'fail']) }),
});

/** What is known of a message beside its octets. */
export type MessageMeta = Readonly<z.output<typeof meta>>;

/** What a row of messages seals: the header octet by octet in latin1, and the rest. */
export const sealedMessage = z.object({ head: z.string(), meta });

/** A message as it was received. */
export type Message = {
  readonly id: string;
  /** Its header, with the empty line. */
  readonly head: Buffer;
  readonly meta: MessageMeta;
  /** The octets after it, as they came. May be asked for again and again; throws where a piece is missing. */
  body(): AsyncIterable<Buffer>;
};
