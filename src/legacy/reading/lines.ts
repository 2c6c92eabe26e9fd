import { isAscii, isUtf8 } from 'node:buffer';

/** Of one line, and of one record on several, in UTF-16 units. */
export const LINE_MAX = 64 * 1024;

/** One line of a file, without its end; what is wrong where it cannot be read, and then as much of it as can be shown. */
export type Line = { readonly text: string; readonly wrong?: 'not_utf8' | 'too_long' | 'value_unfit' };

const LF = 0x0a;
const CR = 0x0d;
const ENDS = /\r\n|\r|\n/u;

/** What is shown of a line that is too long. */
const SHOWN = 200;

/** Where the last whole line ends: behind a line feed, or a carriage return that no line feed can follow any more. */
function endOfLines(bytes: Buffer): number {
  const feed = bytes.lastIndexOf(LF);
  const back = bytes.length < 2 ? -1 : bytes.lastIndexOf(CR, bytes.length - 2);
  return Math.max(feed, back) + 1;
}

const tooLong = (text: string): Line => ({ text: text.slice(0, SHOWN), wrong: 'too_long' });

/** A line that is UTF-8. No database keeps NUL in a text, and no table of users has one. */
function readable(text: string): Line {
  if (text.length > LINE_MAX) return tooLong(text);
  return text.includes('\0') ? { text, wrong: 'value_unfit' } : { text };
}

/** A carriage return alone ends a line as well: such files are mixed by hand. */
const split = (text: string): string[] => (text.includes('\r') ? text.split(ENDS) : text.split('\n'));

/** The lines of whole lines' bytes; each by itself only where not all of it is UTF-8. */
function linesIn(bytes: Buffer): Line[] {
  if (isAscii(bytes)) return split(bytes.toString('latin1')).map(readable);
  if (isUtf8(bytes)) return split(bytes.toString('utf8')).map(readable);
  // One character of Latin-1 is one byte: so the lines can be cut before anybody knows what their bytes mean.
  return split(bytes.toString('latin1')).map((text): Line => {
    const line = Buffer.from(text, 'latin1');
    const decoded = line.toString('utf8');
    return isUtf8(line) || decoded.length > LINE_MAX ? readable(decoded) : { text: decoded, wrong: 'not_utf8' };
  });
}

/**
 * The lines of a text, some at a time: they may end in LF, CR or CRLF, mixed. Of a line beyond the cap nothing is kept
 * but its beginning; memory stays bounded whatever comes.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncIterable<Line[]> {
  let rest: Buffer = Buffer.alloc(0);
  let skipped: Line | undefined;
  for await (const chunk of chunks) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const lines: Line[] = [];
    if (skipped !== undefined) {
      const end = bytes.findIndex((byte) => byte === LF || byte === CR);
      // A carriage return at the very end waits for what follows it.
      if (end === -1 || (bytes[end] === CR && end === bytes.length - 1)) {
        rest = end === -1 ? Buffer.alloc(0) : bytes.subarray(end);
        continue;
      }
      lines.push(skipped);
      skipped = undefined;
      bytes = bytes.subarray(end + (bytes[end] === CR && bytes[end + 1] === LF ? 2 : 1));
    }
    const end = endOfLines(bytes);
    rest = bytes.subarray(end);
    if (end > 0) {
      const whole = linesIn(bytes.subarray(0, end));
      // Behind the last end nothing is left.
      whole.pop();
      for (const line of whole) lines.push(line);
    }
    if (rest.length > 4 * LINE_MAX) {
      skipped = tooLong(rest.subarray(0, 4 * SHOWN).toString('utf8'));
      // It may end here with a carriage return, which waits for what follows it.
      rest = rest.at(-1) === CR ? rest.subarray(-1) : Buffer.alloc(0);
    }
    if (lines.length > 0) yield lines;
  }
  if (skipped !== undefined) {
    yield [skipped];
  } else if (rest.length > 0) {
    const last = linesIn(rest);
    if (last.at(-1)?.text === '') last.pop();
    yield last;
  }
}
