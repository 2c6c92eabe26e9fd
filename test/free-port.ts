import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections and to whoever asks for any, above those browsers refuse. */
const [FIRST, LAST] = [11_000, 32_000];

/**
 * What stands for a TCP port among the tests of this machine: a UDP port above, since whoever listens may want the UDP
 * port of the same number as well (HTTP/3).
 */
const markOf = (port: number): number => port + 33_000;

/** Marks a port as given away for the life of this process; the mark ends with it however it ends. */
function reserve(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind({ port: markOf(port), address: '127.0.0.1', exclusive: true }, () => {
      socket.unref();
      resolve(true);
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    // On every address of the machine: what is started there may listen on any.
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

/**
 * A TCP port nobody uses, for whoever is told of it now and listens later: no other test is given it meanwhile, and
 * nobody gets it by accident.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if ((await reserve(port)) && (await isFree(port))) return port;
  }
}
