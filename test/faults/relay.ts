import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { freePort } from '../free-port.ts';

/** A way to a server that can be cut and mended, as a network or a restarted server would. */
export type Relay = { readonly address: string; cut(): Promise<void>; mend(): Promise<void> };

/** Relays to the PostgreSQL server of `address`; cut at first where `isCut`. */
export async function makeRelay(address: string, isCut = false): Promise<Relay> {
  const target = new URL(address);
  const port = await freePort();
  const sockets = new Set<Socket>();
  let server: Server | undefined;

  const pass = (from: Socket): void => {
    const to = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  };

  async function mend(): Promise<void> {
    if (server !== undefined) return;
    server = createServer(pass).listen(port, '127.0.0.1');
    await once(server, 'listening');
  }

  if (!isCut) await mend();
  const relayed = new URL(address);
  relayed.hostname = '127.0.0.1';
  relayed.port = String(port);
  return {
    address: relayed.href,
    mend,
    async cut() {
      const closing = server;
      if (closing === undefined) return;
      server = undefined;
      const closed = once(closing, 'close');
      closing.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
