import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An address on loopback that nobody should call. */
export type Listener = { readonly url: string; connections(): number; close(): Promise<void> };

/** Counts every connection made to it; loopback lies in the networks that a house may reach, so nothing else stops it. */
export async function countConnections(): Promise<Listener> {
  let count = 0;
  const server = createServer((_req, res) => res.end('{"keys":[]}'));
  server.on('connection', () => {
    count += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    connections: () => count,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
