import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ipaddr from 'ipaddr.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeFetch, makeReach, PrivateAddress } from '../src/private-networks.ts';

const LOOPBACK = [ipaddr.parseCIDR('127.0.0.0/8')];

let server: Server;
let port: number;
const received: { url: string | undefined; host: string | undefined; body: string }[] = [];
beforeAll(async () => {
  server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += String(chunk);
    received.push({ url: req.url, host: req.headers.host, body });
    if (req.url === '/large') res.end('x'.repeat(300_000));
    else if (req.url === '/elsewhere') res.writeHead(302, { location: `http://127.0.0.1:${port}/secret` }).end();
    else if (req.url === '/nothing') res.writeHead(204).end();
    else res.setHeader('content-type', 'application/json').end('{"keys":[]}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(async () => {
  server.close();
  await once(server, 'close');
});

test('A41: the connection goes to the address that was looked at, whatever the name would say a moment later', async () => {
  // The system knows no such name: only the pinned address can be reached.
  const reach = makeFetch(LOOPBACK, async () => ['127.0.0.1']);
  const answer = await reach(`http://keys.invalid:${port}/jwks`, { method: 'GET' });
  expect(await answer.json()).toEqual({ keys: [] });
  expect(received.at(-1)).toEqual({ url: '/jwks', host: `keys.invalid:${port}`, body: '' });
});

test('A41: a name with one address outside of the named networks gets no exception', async () => {
  const reach = makeFetch(LOOPBACK, async () => ['127.0.0.1', '10.0.0.1']);
  const before = received.length;
  await expect(reach(`http://keys.invalid:${port}/jwks`, { method: 'GET' })).rejects.toThrow('fetch failed');
  expect(received).toHaveLength(before);
});

test('a logout message is sent whole, its empty answer understood, and a redirection not followed', async () => {
  const reach = makeFetch(LOOPBACK, async () => ['127.0.0.1']);
  const body = new URLSearchParams({ logout_token: 'a.b.c' });
  const empty = await reach(`http://app.invalid:${port}/nothing`, { method: 'POST', body });
  expect([empty.status, received.at(-1)?.body]).toEqual([204, 'logout_token=a.b.c']);
  const moved = await reach(`http://app.invalid:${port}/elsewhere`, { method: 'POST', body });
  expect(moved.status).toBe(302);
  expect(received.at(-1)?.url).toBe('/elsewhere');
});

test('an answer larger than any set of keys is not read to its end', async () => {
  const reach = makeFetch(LOOPBACK, async () => ['127.0.0.1']);
  await expect(reach(`http://keys.invalid:${port}/large`, { method: 'GET' })).rejects.toThrow('too large');
});

test.each(['::1', '::7f00:1', '::ffff:127.0.0.1', '::ffff:7f00:1', 'fd00::1', 'fe80::1', '169.254.169.254', '0.0.0.0'])(
  'A41: %s is nobody’s public address',
  async (address) => {
    const reach = makeReach([], async () => [address]);
    const options = { signal: AbortSignal.timeout(60_000), headers: {} };
    await expect(reach(new URL('https://forum.example/'), options)).rejects.toThrow(PrivateAddress);
  },
);
