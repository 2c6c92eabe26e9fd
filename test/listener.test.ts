import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { makeListener } from '../src/listener.ts';
import { LONG_REQUEST } from '../src/web/take-users.ts';

/** Short where somebody is waited for, and without end where somebody must not be. */
const PATIENCE = { arriving: 200, longest: 3_600_000, reading: 200, ending: 0 };

const open: { stop(): Promise<unknown> }[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const listener of open.splice(0)) await listener.stop();
});

async function listen(handle: RequestListener, patience = PATIENCE): Promise<number> {
  const listener = makeListener(() => handle, patience);
  open.push(listener);
  return listener.listen(0, 'localhost');
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, 'localhost');
  // Whoever is cut off is told so by the network, too.
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** All that comes until the other side ends it. */
async function readToEnd(socket: Socket): Promise<string> {
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  await once(socket, 'close');
  return received;
}

const post = (size: number): string => `POST / HTTP/1.1\r\nHost: aluco\r\nContent-Length: ${size}\r\n\r\n`;

/** Answers once all of a request has come. */
const patiently: RequestListener = (req, res) => {
  if (req.headers['x-large'] !== undefined) req.emit(LONG_REQUEST);
  req.resume().once('end', () => res.end('all of it'));
};

test('whoever sends too slowly is told so, and their connection ends', async () => {
  const slow = await dial(await listen(patiently));
  slow.write(`${post(100)}some of it`);
  expect(await readToEnd(slow)).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nConnection: close\r\n\r\n$/u);
});

test('whoever sends too slowly and was answered before is told nothing more, and their connection ends', async () => {
  const slow = await dial(await listen((_req, res) => void res.end('no')));
  slow.write(`${post(100)}some of it`);
  const received = await readToEnd(slow);
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n.*no/su);
  expect(received).not.toContain('408');
});

test('whoever sends too slowly and reads nothing is ended without having read it', async () => {
  const flood = Buffer.alloc(64 * 1024 * 1024);
  let answered = 0;
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const port = await listen((req, res) => {
    answered += 1;
    if (answered > 1) return;
    req.socket.once('close', end);
    res.end(flood);
  });
  const deaf = await dial(port);
  deaf.pause();
  // The second answer would wait for the first one to be read.
  deaf.write(`GET / HTTP/1.1\r\nHost: aluco\r\n\r\n${post(100)}some of it`);
  await ended;
  expect(answered).toBe(2);
});

test('a large file that comes slowly goes on while others are ended', async () => {
  const port = await listen(patiently);
  const large = await dial(port);
  const received = readToEnd(large);
  large.write('POST / HTTP/1.1\r\nHost: aluco\r\nX-Large: yes\r\nConnection: close\r\nContent-Length: 6\r\n\r\n');
  for (const part of ['abc', 'def']) {
    // Somebody who began later is too slow by now.
    const slow = await dial(port);
    slow.write(`${post(100)}some of it`);
    expect(await readToEnd(slow)).toContain('408');
    large.write(part);
  }
  expect(await received).toMatch(/^HTTP\/1\.1 200 OK\r\n.*all of it/su);
});
