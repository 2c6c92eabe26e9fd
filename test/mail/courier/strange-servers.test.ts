import { setTimeout as pause } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { openCarrier, type Outcome } from '../../../src/mail/courier/courier.ts';
import { within } from '../../../src/mail/courier/limits.ts';
import { makeCertificate } from '../certificate.ts';
import { endless, hangUp, openStrange, talk, type Answer, type Strange } from './strange.ts';
import { message, sendOnce, wayBy } from './target.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function open(answers: Parameters<typeof openStrange>[0]): Promise<Strange> {
  const strange = await openStrange(answers);
  closing.push(() => strange.close());
  return strange;
}

/** Of a message that has no more than half a second. */
const hasty = within(500);

/** A message of so many octets, whose body comes later than the answer to it. */
const slow = (size: number) =>
  message([], {
    size,
    async *body() {
      yield Buffer.alloc(size / 2, 'x');
      await pause(200);
      yield Buffer.alloc(size / 2, 'x');
    },
  });

/** Agrees to STARTTLS, and cannot. */
const noTls: Answer = (socket) => {
  socket.removeAllListeners('data');
  socket.once('data', () => socket.end('this is no TLS'));
  socket.write('220 2.0.0 go on\r\n');
};

const failed = (code: unknown): Outcome =>
  expect.objectContaining({ kind: 'refused', fault: 'host', lasting: false, code });

test.each<['greeting' | 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'end']>([
  ['greeting'],
  ['EHLO'],
  ['MAIL'],
  ['RCPT'],
  ['DATA'],
  ['end'],
])(
  'A77: a server that answers %s without end, in nothing, in drops or in 421 costs a time that has an end',
  async (verb) => {
    for (const answer of [endless('250-one moment\r\n'), endless('2', 50), () => undefined]) {
      const { smtp } = await open({ [verb]: answer });
      expect(await sendOnce(wayBy(smtp, { limits: hasty }))).toEqual(failed('ETIMEDOUT'));
    }
    // Those who do say something have all the time they need.
    const ways: [Answer, RegExp][] = [
      [hangUp, /^ECONNECTION$|^ESOCKET$/u],
      ['421 4.3.2 not now', / 421$/u],
    ];
    // Whoever does not know EHLO is greeted by HELO.
    if (verb !== 'EHLO') ways.push(['HTTP/1.1 400 Bad Request', /^E[A-Z]+$/u]);
    for (const [answer, code] of ways) {
      const { smtp } = await open({ [verb]: answer });
      expect(await sendOnce(wayBy(smtp))).toEqual(failed(expect.stringMatching(code)));
    }
  },
);

test.each(['220-', ''])(
  'A77: of a reply of a gigabyte (lines that begin with %j) only the beginning is read',
  async (front) => {
    let written = 0;
    const { smtp } = await open({
      greeting(socket) {
        const line = Buffer.from(front + 'x'.repeat(100_000) + (front === '' ? '' : '\r\n'));
        const more = (): void => {
          while (!socket.destroyed && written < 2 ** 30) {
            written += line.length;
            if (!socket.write(line)) return void socket.once('drain', more);
          }
        };
        more();
      },
    });
    expect(await sendOnce(wayBy(smtp))).toEqual(failed('EPROTOCOL'));
    expect(written).toBeLessThan(50_000_000);
  },
);

test('a server that says it took a message before it has it has not taken it', async () => {
  const early = await open({ DATA: '354 go on\r\n250 2.0.0 taken' });
  for (const size of [100, 100_000]) expect(await sendOnce(wayBy(early.smtp), slow(size))).toEqual(failed('EPROTOCOL'));
  const instead = await open({ DATA: '250 2.0.0 taken' });
  expect(await sendOnce(wayBy(instead.smtp))).toEqual(failed('EPROTOCOL'));
  const hasty250s = await open({ MAIL: '250 fine\r\n250 fine\r\n250 fine\r\n250 fine', RCPT: '550 5.1.1 nobody' });
  expect((await sendOnce(wayBy(hasty250s.smtp))).kind).toBe('refused');
});

test('a server that refuses a message while it is still being sent has refused it', async () => {
  const { smtp } = await open({ DATA: '354 go on\r\n552 5.3.4 too much' });
  for (const size of [100, 100_000])
    expect(await sendOnce(wayBy(smtp), slow(size))).toMatchObject({ fault: 'message', lasting: true, code: '552' });
});

test('A77: what a server says between STARTTLS and TLS is not believed', async () => {
  const certificate = await makeCertificate('strange.test');
  const heard: string[] = [];
  const { smtp } = await open({
    EHLO: '250-strange.test\r\n250 STARTTLS',
    STARTTLS(socket) {
      // All of it in one segment, as somebody on the way would add it.
      socket.write('220 2.0.0 go on\r\n250-strange.test\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 10\r\n');
      socket.removeAllListeners('data');
      const secure = new TLSSocket(socket, { isServer: true, ...certificate });
      talk(secure, { EHLO: '250-strange.test\r\n250 PIPELINING' }, { heard, greets: false });
    },
  });
  expect(await sendOnce(wayBy(smtp))).toMatchObject({ kind: 'taken' });
  expect(heard.map((line) => line.split(' ', 1)[0])).toEqual(['EHLO', 'MAIL', 'RCPT', 'DATA']);
  expect(heard[1]).not.toContain('SIZE');
});

test('where TLS fails the message leaves without, and the next one does not try again', async () => {
  const { smtp, heard, connections } = await open({
    EHLO: '250-strange.test\r\n250 STARTTLS',
    STARTTLS: noTls,
  });
  const carrier = openCarrier(wayBy(smtp));
  closing.push(() => carrier.close());
  for (const isPrivate of [true, true])
    expect(await carrier.carry(message(undefined, { isPrivate }))).toMatchObject({ kind: 'taken' });
  expect([connections.made, heard.filter((line) => line === 'STARTTLS')]).toEqual([3, ['STARTTLS']]);
});

test('where STARTTLS is refused the message leaves on the same connection', async () => {
  const { smtp, connections } = await open({ EHLO: '250-strange.test\r\n250 STARTTLS' });
  expect(await sendOnce(wayBy(smtp))).toMatchObject({ kind: 'taken' });
  expect(connections.made).toBe(1);
});

test('A77: a password is given to nobody who takes it only without TLS, though TLS fails', async () => {
  const { smtp, heard } = await open({
    EHLO: '250-strange.test\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS',
    STARTTLS: noTls,
  });
  // 0.0.0.0 leads to this machine too, and is not taken for it.
  const far = smtp.replace('127.0.0.1', 'odile:s3cret@0.0.0.0');
  expect(await sendOnce(wayBy(far))).toEqual(failed('ESOCKET'));
  expect(heard.filter((line) => line.startsWith('AUTH'))).toEqual([]);
});

test('a server of the old kind, without EHLO, takes a message with octets beyond ASCII', async () => {
  const { smtp, heard } = await open({ EHLO: '502 what' });
  const sent = await sendOnce(wayBy(smtp), message([Buffer.from('Déjà vu\r\n', 'latin1')]));
  expect(sent).toMatchObject({ kind: 'taken' });
  expect(heard.map((line) => line.split(/[ :]/u, 1)[0])).toEqual(['EHLO', 'HELO', 'MAIL', 'RCPT', 'DATA']);
});
