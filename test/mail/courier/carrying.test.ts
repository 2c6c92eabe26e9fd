import { afterEach, expect, test } from 'vitest';
import { fc } from '../../properties.ts';
import { openCarrier, type Carrier } from '../../../src/mail/courier/courier.ts';
import { readAddress } from '../../../src/mail/courier/envelope.ts';
import { BODY, HEAD, message, openTarget, refusal, sendOnce, wayBy, type Target } from './target.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function open(options: Parameters<typeof openTarget>[0] = {}): Promise<{ target: Target; carrier: Carrier }> {
  const target = await openTarget(options);
  const carrier = openCarrier(wayBy(target.smtp));
  closing.push(
    () => target.close(),
    () => carrier.close(),
  );
  return { target, carrier };
}

/** Octets without CR and LF, dots in front more often than by chance. */
const line = fc
  .tuple(fc.constantFrom('', '.', '..', '.\0', 'é'), fc.uint8Array({ maxLength: 40 }))
  .map(([front, octets]) =>
    Buffer.concat([Buffer.from(front), octets.filter((octet) => octet !== 10 && octet !== 13)]),
  );
const body = fc
  .tuple(fc.array(line, { maxLength: 30 }), fc.constantFrom(1, 1, 1, 300))
  .map(([lines, times]) =>
    Buffer.concat(Array.from({ length: times }, () => lines.flatMap((octets) => [octets, Buffer.from('\r\n')])).flat()),
  );

/** The same octets in pieces of these lengths by turns. */
function cut(octets: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < octets.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? octets.length;
    pieces.push(octets.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

test('what arrives are the octets that were sent, whatever they are and in whatever pieces they come', async () => {
  const { target, carrier } = await open();
  const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 70_000 })), {
    minLength: 1,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(body, lengths, async (octets, sizes) => {
      const pieces = octets.length > 20_000 ? cut(octets, [...sizes, 5000]) : cut(octets, sizes);
      const outcome = await carrier.carry(message(pieces));
      expect(outcome.kind).toBe('taken');
      expect(target.arrived.at(-1)?.octets.equals(Buffer.concat([HEAD, octets]))).toBe(true);
    }),
    { numRuns: 250 },
  );
});

test('a message says who it is from and for, how large it is and that it has eight bits, and we say our name', async () => {
  const { target, carrier } = await open();
  expect(await carrier.carry(message())).toEqual({ kind: 'taken', text: expect.stringMatching(/^250 2\.6\.0 /u) });
  const [arrived] = target.arrived;
  expect(arrived).toMatchObject({
    from: 'q2w3e4r5t6y7u8i9o0pa@alias.example',
    to: ['alix@mailbox.test'],
    said: { SIZE: String(HEAD.length + BODY.length), BODY: '8BITMIME' },
    name: 'relay.nest.example',
  });
  await carrier.carry(message([BODY], { from: '' }));
  expect(target.arrived.at(-1)?.from).toBe('');
});

test('without a name of the relay we greet by the host of our address', async () => {
  const { target } = await open();
  await sendOnce(wayBy(target.smtp, { config: { ALUCO_RELAY_NAME: '' } }));
  expect(target.arrived.at(-1)?.name).toBe('nest.example');
});

test('messages share a connection, a hundred at most, and one at the same time needs another', async () => {
  const { target, carrier } = await open();
  for (let number = 0; number < 150; number += 1) await carrier.carry(message());
  const counts = new Map<string, number>();
  for (const { connection } of target.arrived) counts.set(connection, (counts.get(connection) ?? 0) + 1);
  expect([...counts.values()]).toEqual([100, 50]);
  await Promise.all([1, 2, 3].map(() => carrier.carry(message())));
  expect(target.connections.made).toBe(4);
});

test('a message that goes alone has a connection that carries nothing before or after', async () => {
  const { target, carrier } = await open();
  const alone = message([BODY], { isPrivate: true });
  for (const one of [message(), alone, message(), alone]) await carrier.carry(one);
  const [first, second, third, fourth] = target.arrived.map(({ connection }) => connection);
  expect(third).toBe(first);
  expect(new Set([first, second, fourth]).size).toBe(3);
});

test('a connection goes on after a refusal, and carries the next message to whom it is for', async () => {
  const { target, carrier } = await open({
    onRcptTo: ({ address }, _session, callback) =>
      callback(address.startsWith('bruno') ? refusal(550, '5.1.1 unknown') : null),
  });
  for (const to of ['bruno@mailbox.test', 'alix@mailbox.test', 'bruno@mailbox.test', 'odile@mailbox.test'])
    await carrier.carry(message([BODY], { to }));
  expect(target.arrived.map(({ to }) => to)).toEqual([['alix@mailbox.test'], ['odile@mailbox.test']]);
  expect(target.connections.made).toBe(1);
});

test('A77: only plain addresses reach the other server, and nothing behind them', async () => {
  const asked: string[] = [];
  const { target, carrier } = await open({
    onRcptTo({ address }, _session, callback) {
      asked.push(address);
      callback();
    },
  });
  const wrong = [
    'u@real.test>\r\nRCPT TO:<x@y.test',
    'u@real.test>\nRCPT TO:<x@y.test',
    '<u@real.test>',
    'u@real.test SIZE=1',
    'a,u@real.test',
    '"a b"@real.test',
    '"a@evil.test"@real.test',
    '@relay.test:u@real.test',
    'u@[127.0.0.1]',
    'u@real.test\0',
    'u\u0000@real.test',
    'u@re\u2028al.test',
    'u@',
    '@real.test',
    'u',
    '',
    `${'a'.repeat(65)}@real.test`,
    `u@${'a.'.repeat(130)}test`,
    'u(comment)@real.test',
  ];
  for (const address of wrong) {
    const never = { kind: 'refused', fault: 'message', lasting: true, code: '553', enhanced: '5.1.3', text: '' };
    expect([address, await carrier.carry(message([BODY], { to: address }))]).toEqual([address, never]);
    if (address !== '')
      expect([address, await carrier.carry(message([BODY], { from: address }))]).toEqual([address, never]);
  }
  expect([asked, target.connections.made]).toEqual([[], 0]);
  const right = ["o'hara+tag@real.test", 'u@Ünï.test', 'u@REAL.test'];
  for (const to of right) expect([to, (await carrier.carry(message([BODY], { to }))).kind]).toEqual([to, 'taken']);
  expect(asked).toEqual(["o'hara+tag@real.test", 'u@ünï.test', 'u@real.test']);
  // Such addresses exist, whatever a strict server says.
  expect(readAddress('a..b.@real.test')?.address).toBe('a..b.@real.test');
});

test('a body that cannot be read any more ends the message, and the other server has none of it', async () => {
  for (const size of [100, 200_000]) {
    const { target, carrier } = await open();
    const broken = message([], {
      size,
      async *body() {
        yield Buffer.alloc(size / 2, 'x');
        throw new Error('the disk is gone');
      },
    });
    await expect(carrier.carry(broken)).rejects.toThrow(/^the disk is gone$/u);
    expect((await carrier.carry(message())).kind).toBe('taken');
    expect(target.arrived).toHaveLength(1);
  }
});

test('an attempt that is called off ends with the reason, before and while the message is sent', async () => {
  const { target, carrier } = await open();
  const reason = new Error('the program ends');
  await expect(carrier.carry(message([BODY], { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
  const controller = new AbortController();
  const endless = message([], {
    size: 200_000,
    signal: controller.signal,
    async *body() {
      yield Buffer.alloc(100_000, 'x');
      controller.abort(reason);
      await new Promise(() => undefined);
    },
  });
  await expect(carrier.carry(endless)).rejects.toBe(reason);
  expect(target.arrived).toEqual([]);
});

test('an idle connection that the other server has ended costs nothing but another one', async () => {
  const { target, carrier } = await open({ socketTimeout: 1500 });
  await carrier.carry(message());
  await expect.poll(() => target.connections.open).toBe(0);
  expect((await carrier.carry(message())).kind).toBe('taken');
});

test('idle connections are ended after some seconds, by us', async () => {
  const { target, carrier } = await open();
  await carrier.carry(message());
  expect(target.connections.open).toBe(1);
  await expect.poll(() => target.connections.open).toBe(0);
});

test('of eight messages of 25 MB at once no more is read ahead than what is on the wire', async () => {
  let given = 0;
  let taken = 0;
  let ahead = 0;
  const { carrier } = await open({
    onData(stream, _session, callback) {
      stream.on('data', (chunk: Buffer) => void (taken += chunk.length));
      stream.once('end', () => callback());
    },
  });
  const piece = Buffer.from(`${'x'.repeat(62)}\r\n`.repeat(1024));
  const size = 400 * piece.length;
  const large = message([], {
    size,
    async *body() {
      for (let number = 0; number < 400; number += 1) {
        given += piece.length;
        ahead = Math.max(ahead, given - taken);
        yield piece;
      }
    },
  });
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => carrier.carry(large)));
  expect(outcomes.map(({ kind }) => kind)).toEqual(Array.from({ length: 8 }, () => 'taken'));
  expect(taken).toBe(8 * (size + HEAD.length));
  // The system's buffers of eight connections take some of it; all of it would be 210 MB.
  expect(ahead).toBeLessThan(100 * 1024 * 1024);
});
