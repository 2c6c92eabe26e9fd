import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { fc } from '../../properties.ts';
import type { Reply } from '../../../src/mail/arrival.ts';
import { LINE_MAX } from '../../../src/mail/receive/guard.ts';
import { takeMessage } from '../../../src/mail/receive/message.ts';
import { KEPT, NOTE } from './desk.ts';

/** Octets in pieces of these sizes, again and again. */
async function* cut(octets: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < octets.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? octets.length;
    yield octets.subarray(at, at + size);
    at += size;
  }
}

type Seen = { reply: Reply; head: string; body: string; isUnread: boolean };

async function take(text: string | Buffer, sizes: readonly number[] = [65_536]): Promise<Seen> {
  let head = '';
  let body = '';
  const taking = await takeMessage(cut(Buffer.from(text as string, 'latin1'), sizes), async (read, rest) => {
    head = read.fields.map(({ raw }) => raw).join('');
    body = (await buffer(rest)).toString('latin1');
    return KEPT;
  });
  return { ...taking, head, body };
}

const BARE = { code: 550, enhanced: '5.6.0', text: 'Bare CR or LF in the message' };

test('a message is the same however its octets come: its header, and its body octet by octet', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: fc.constantFrom('a', ' ', '.', ':', '\t', 'é'), maxLength: 9 }), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      async (lines, sizes) => {
        const body = lines.map((line) => `${line}\r\n`).join('');
        const head = 'From: a@masto.example\r\nSubject: x\r\n  folded\r\n';
        const seen = await take(`${head}\r\n${body}`, sizes);
        expect(seen).toEqual({ reply: KEPT, head, body, isUnread: false });
      },
    ),
  );
});

test('octets that are no line end for us make a message that is not taken, wherever they are and however it is cut', async () => {
  const wrong = ['\n', '\r', '\n\r', '\r\r\n', '\0', '\r\n\n', '\n.\n', '\r.\r'];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...wrong),
      fc.nat(NOTE.length),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }),
      async (octets, at, sizes) => {
        const text = `${NOTE.slice(0, at)}x${octets}x${NOTE.slice(at)}\r\n`;
        const { reply } = await take(text, sizes);
        expect(reply).toMatchObject({ code: 550, enhanced: '5.6.0' });
      },
    ),
  );
});

test.each([
  ['a header alone', 'From: a@masto.example\r\n', 'From: a@masto.example\r\n', ''],
  ['a body alone', '\r\nHello\r\n', '', 'Hello\r\n'],
  ['nothing', '', '', ''],
  ['an empty line', '\r\n', '', ''],
  ['empty lines alone', '\r\n\r\n\r\n', '', '\r\n\r\n'],
])('%s is a message too', async (_, text, head, body) => {
  for (const size of [1, 2, 3, 100]) expect(await take(text, [size])).toMatchObject({ reply: KEPT, head, body });
});

test('lines are taken up to eight KiB, in the header and in the body', async () => {
  const long = 'x'.repeat(LINE_MAX);
  expect(await take(`Subject: x\r\n\r\n${long}\r\n${long}\r\n`, [1000])).toMatchObject({ reply: KEPT });
  expect((await take(`Subject: x\r\n\r\n${long}x\r\n`, [1000])).reply).toMatchObject({ code: 550, enhanced: '5.6.0' });
  expect((await take(`Subject: ${long}\r\n\r\nx\r\n`)).reply).toMatchObject({ code: 550, enhanced: '5.6.0' });
});

test.each(['From', 'Subject', 'Date', 'Message-ID'])('A77: a message with two fields %s is not taken', async (name) => {
  const fields = `${name}: a@masto.example\r\nTo: x@nest.example\r\n${name.toUpperCase()} : b@masto.example\r\n`;
  expect((await take(`${fields}\r\nx\r\n`)).reply).toMatchObject({ code: 550, enhanced: '5.6.0' });
});

test('several fields that may stand often, one From with several addresses, or none, are for others to judge', async () => {
  for (const head of ['Received: a\r\nReceived: b\r\n', 'From: a@x.example, b@y.example\r\n', 'To: x@y.example\r\n']) {
    expect(await take(`${head}\r\nx\r\n`)).toMatchObject({ reply: KEPT, head });
  }
});

test('A77: a message that went through more than thirty servers is a loop', async () => {
  const hop = 'Received: from a.example by b.example\r\n';
  expect((await take(`${hop.repeat(30)}\r\nx\r\n`)).reply).toEqual(KEPT);
  expect((await take(`${hop.repeat(31)}\r\nx\r\n`)).reply).toEqual({
    code: 554,
    enhanced: '5.4.6',
    text: 'Too many hops',
  });
});

test('A77: a header that is too long, has too many fields or lines that are none is refused, wherever it is cut', async () => {
  const fields = (count: number, value: string): string =>
    Array.from({ length: count }, (_, number) => `X-${number}: ${value}\r\n`).join('');
  expect((await take(`${fields(500, 'x')}\r\nx\r\n`)).reply).toEqual(KEPT);
  for (const text of [
    fields(501, 'x'),
    fields(40, 'x'.repeat(7000)),
    `X-Folded: x\r\n${' x\r\n'.repeat(100_000)}`,
    'no field\r\n',
    ': x\r\n',
    'From a@masto.example Thu Nov 26\r\n',
    ' folded first\r\n',
  ]) {
    for (const sizes of [[65_536], [977]]) {
      expect((await take(`${text}\r\nx\r\n`, sizes)).reply, text.slice(0, 40)).toMatchObject({
        code: 550,
        enhanced: '5.6.0',
      });
    }
  }
});

test('whatever is answered, and whoever reads it or not, the message is read to its end', async () => {
  const text = Buffer.from(`${NOTE}\r\n${'x\r\n'.repeat(10_000)}`);
  const readers: Record<string, (body: AsyncIterable<Buffer>) => Promise<Reply>> = {
    'refuses at once': async () => ({ code: 550, enhanced: '5.7.1', text: 'No' }),
    'reads one piece': async (body) => {
      for await (const _ of body) break;
      return { code: 451, enhanced: '4.3.0', text: 'Later' };
    },
    'reads all': async (body) => {
      for await (const _ of body);
      return KEPT;
    },
  };
  for (const [name, accept] of Object.entries(readers)) {
    let read = 0;
    async function* counted(): AsyncGenerator<Buffer> {
      for await (const chunk of cut(text, [1000])) {
        read += chunk.length;
        yield chunk;
      }
    }
    const { isUnread } = await takeMessage(counted(), (_, body) => accept(body));
    expect([name, read, isUnread]).toEqual([name, text.length, false]);
  }
});

test('P5: 250 is not said to a message that nobody read', async () => {
  const octets = cut(Buffer.from(`${NOTE}\r\n${'x\r\n'.repeat(10_000)}`), [1000]);
  expect(await takeMessage(octets, async () => KEPT)).toMatchObject({ isUnread: true });
});

test('what is wrong with the octets is the answer, whatever becomes of that where they are read', async () => {
  const text = Buffer.from(`${NOTE}\r\nbare\nline\r\n${'x\r\n'.repeat(10_000)}`);
  const swallow = async (_: unknown, body: AsyncIterable<Buffer>): Promise<Reply> => {
    try {
      for await (const _chunk of body);
    } catch {
      return KEPT;
    }
    return KEPT;
  };
  expect((await takeMessage(cut(text, [50]), swallow)).reply).toEqual(BARE);
  const wrap = async (_: unknown, body: AsyncIterable<Buffer>): Promise<Reply> => {
    try {
      for await (const _chunk of body);
    } catch {
      throw new Error('could not be stored');
    }
    return KEPT;
  };
  expect((await takeMessage(cut(text, [50]), wrap)).reply).toEqual(BARE);
});

test('a fault of ours, and a connection that is lost, are thrown', async () => {
  const fault = takeMessage(cut(Buffer.from(NOTE), [50]), async () => {
    throw new Error('the disk is full');
  });
  await expect(fault).rejects.toThrow('the disk is full');
  async function* lost(): AsyncGenerator<Buffer> {
    yield Buffer.from(`${NOTE}\r\n`);
    throw new Error('lost');
  }
  await expect(takeMessage(lost(), async (_, body) => (await buffer(body), KEPT))).rejects.toThrow('lost');
});
