import { REPLIES, Refused } from './replies.ts';

/** Octets of a message, with its header; 25 MiB. */
export const SIZE_MAX = 25 * 1024 * 1024;
/**
 * Octets of a line, without its end. RFC 5321 §4.5.3.1.6 has 998, which what applications send often exceeds (HTML in
 * one line, lists of references): other servers take such lines, and a notification is worth more than the rule.
 */
export const LINE_MAX = 8190;

const NUL = 0x00;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Looks at the octets of one message as they come, after the dots were taken out. What is no line end for us might be
 * one for a server behind us, which would then see the end of a message and commands in what we took for text
 * (RFC 5321 §2.3.8): such messages are not taken at all. So nothing has to be mended, and signatures stay whole.
 * @returns a function for each chunk; it throws {@link Refused}
 */
export function makeGuard(): (chunk: Buffer) => void {
  let size = 0;
  let line = 0;
  let afterCr = false;
  return (chunk) => {
    size += chunk.length;
    if (size > SIZE_MAX) throw new Refused(REPLIES.tooBig);
    for (let at = 0; at < chunk.length; at += 1) {
      const octet = chunk[at];
      if ((octet === LF) !== afterCr) throw new Refused(REPLIES.bareLineEnd);
      if (octet === NUL) throw new Refused(REPLIES.nul);
      afterCr = octet === CR;
      line = octet === LF || afterCr ? 0 : line + 1;
      if (line > LINE_MAX) throw new Refused(REPLIES.longLine);
    }
  };
}
