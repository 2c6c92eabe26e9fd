import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LONG_REQUEST } from './web/take-users.ts';

/** How long requests and their connections may take, in milliseconds. */
type Patience = {
  /** For a request to arrive; and for one with a large file, from somebody who may send it. */
  readonly arriving: number;
  readonly longest: number;
  /** For whoever was too slow to read that they were. */
  readonly reading: number;
  /** For requests under way to end when the program does. */
  readonly ending: number;
};

const PATIENCE: Patience = { arriving: 30_000, longest: 6 * 3_600_000, reading: 5000, ending: 8000 };

/** A request that takes too long to arrive ends, as Node itself would end it, whether its sender reads that or not. */
function tooSlow({ complete, socket }: IncomingMessage, { headersSent }: ServerResponse, reading: number): void {
  if (complete) return;
  // Who was answered already gets no second answer in the middle of the first.
  socket.end(headersSent ? '' : 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n', () => socket.destroy());
  const enough = setTimeout(() => socket.destroy(), reading);
  socket.once('close', () => clearTimeout(enough));
}

/** The server of requests, which ends on demand: those under way first, then every connection. */
export function makeListener(handle: () => RequestListener, patience: Patience = PATIENCE) {
  const { arriving, longest, reading, ending } = patience;
  const underWay = new Set<object>();
  let stopping = false;
  const server = createServer({ requestTimeout: longest, headersTimeout: 10_000 }, (req, res) => {
    underWay.add(res);
    const slow = setTimeout(() => tooSlow(req, res, reading), arriving);
    req.once(LONG_REQUEST, () => clearTimeout(slow));
    req.once('close', () => clearTimeout(slow));
    if (stopping) res.setHeader('connection', 'close');
    res.once('close', () => {
      underWay.delete(res);
      // Its connection is idle now, and would stay open for seconds.
      if (stopping) setImmediate(() => server.closeIdleConnections());
    });
    handle()(req, res);
  });
  return {
    async listen(port: number, host: string): Promise<number> {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      });
      return (server.address() as AddressInfo).port;
    },
    /** Takes nothing new and waits for what is under way. Returns how many requests had to be cut off. */
    async stop(): Promise<number> {
      stopping = true;
      let cut = 0;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const impatience = setTimeout(() => {
        cut = underWay.size;
        server.closeAllConnections();
      }, ending);
      await closed;
      clearTimeout(impatience);
      return cut;
    },
  };
}
