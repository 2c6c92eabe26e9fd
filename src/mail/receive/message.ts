import type { Reply } from '../arrival.ts';
import { HEAD_MAX, HeadError, readHead, type Head } from '../head.ts';
import { makeGuard } from './guard.ts';
import { REPLIES, Refused } from './replies.ts';

/** More hops than these are a loop (RFC 5321 §6.3 would have us wait for a hundred). */
const HOPS_MAX = 30;
/**
 * Octets come in pieces: what a segment held, or less where a line begins with a dot, since that is where the library
 * cuts. A message of nothing but such lines would cost many seconds of the processor.
 */
const PIECES_MAX = 250_000;
/** Fields that stand at most once (RFC 5322 §3.6, RFC 2045 §3); one of two would be shown, and the other proven. */
const ONCE = [
  'content-transfer-encoding',
  'content-type',
  'date',
  'from',
  'in-reply-to',
  'message-id',
  'references',
  'reply-to',
  'sender',
  'subject',
];

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');

function checkHead(octets: Buffer): Head {
  let head: Head;
  try {
    head = readHead(octets);
  } catch (error) {
    if (error instanceof HeadError) throw new Refused(REPLIES.badHead);
    throw error;
  }
  const times = (key: string): number => head.fields.filter((field) => field.key === key).length;
  if (ONCE.some((key) => times(key) > 1)) throw new Refused(REPLIES.doubleField);
  if (times('received') > HOPS_MAX) throw new Refused(REPLIES.loop);
  return head;
}

/** A message that costs so much to read that nobody waits for its end. */
export class Costly extends Error {
  override readonly name = 'Costly';
}

/** What a message ended with: the reply, and whether somebody said 250 to what he had not read. */
export type Taking = { readonly reply: Reply; readonly isUnread: boolean };

/**
 * Reads one message, in constant memory: its header whole, its body as somebody asks for it. Whatever is found or
 * answered, it reads to the end, so that the sender, who does not listen before, gets his answer.
 * @throws {Costly} before the end
 * @param octets the message after dots were taken out; throws where the connection is lost, and so does this then
 * @param accept what to do with it. Not called where the header is bad.
 * @throws what `accept` throws, unless it is for the message's octets
 */
export async function takeMessage(
  octets: AsyncIterable<Buffer>,
  accept: (head: Head, body: AsyncIterable<Buffer>) => Promise<Reply>,
): Promise<Taking> {
  const source = octets[Symbol.asyncIterator]();
  const check = makeGuard();
  let isOver = false;
  let pieces = 0;
  let refused: Refused | undefined;

  async function piece(): Promise<Buffer | undefined> {
    pieces += 1;
    if (pieces > PIECES_MAX) throw new Costly('too many pieces');
    const step = await source.next();
    isOver = step.done === true;
    return step.done === true ? undefined : step.value;
  }

  async function next(): Promise<Buffer | undefined> {
    if (refused !== undefined) throw refused;
    const chunk = await piece();
    if (chunk !== undefined) check(chunk);
    return chunk;
  }

  async function* body(first: Buffer): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first;
    for (;;) {
      let chunk: Buffer | undefined;
      try {
        chunk = await next();
      } catch (error) {
        // Said again at the end, whatever becomes of it where the body is read.
        if (error instanceof Refused) refused = error;
        throw error;
      }
      if (chunk === undefined) return;
      yield chunk;
    }
  }

  async function readToEnd(): Promise<void> {
    while (!isOver) await piece();
  }

  try {
    const { head, rest } = await takeHead(next);
    const reply = await accept(head, body(rest));
    const isUnread = reply.code < 300 && !isOver && refused === undefined;
    await readToEnd();
    return { reply: refused?.reply ?? reply, isUnread };
  } catch (error) {
    await readToEnd();
    const reason = refused ?? error;
    if (reason instanceof Refused) return { reply: reason.reply, isUnread: false };
    throw error;
  }
}

/** Reads up to the empty line, and what came of the body with it. */
async function takeHead(next: () => Promise<Buffer | undefined>): Promise<{ head: Head; rest: Buffer }> {
  const chunks: Buffer[] = [];
  let size = 0;
  // The end may lie across chunks. A message that begins with an empty line has no header.
  let tail: Buffer = LINE_END;
  for (;;) {
    const chunk = await next();
    if (chunk === undefined) return { head: checkHead(Buffer.concat(chunks)), rest: Buffer.alloc(0) };
    const seen = Buffer.concat([tail, chunk]);
    const found = seen.indexOf(END_OF_HEAD);
    const end = found === -1 ? chunk.length : found + END_OF_HEAD.length - tail.length;
    chunks.push(chunk.subarray(0, end));
    size += end;
    if (size > HEAD_MAX) throw new Refused(REPLIES.badHead);
    if (found !== -1) return { head: checkHead(Buffer.concat(chunks)), rest: chunk.subarray(end) };
    tail = seen.subarray(Math.max(0, seen.length - END_OF_HEAD.length + 1));
  }
}
