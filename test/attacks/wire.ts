import { once } from 'node:events';
import { connect } from 'node:net';
import type { House } from '../house.ts';

export type Wire = ReturnType<typeof openWire>;

/** Sends requests byte for byte, as no client library would. */
export function openWire(house: House) {
  /** Sends a head and a body and returns the whole answer; the house may hang up before it has read everything. */
  async function send(head: string, body: Buffer | string = ''): Promise<string> {
    const { hostname, port } = new URL(house.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => void socket.once('close', resolve));
    socket.write(Buffer.from(`${head}\r\nConnection: close\r\n\r\n`, 'latin1'));
    socket.write(body);
    await closed;
    return Buffer.concat(chunks).toString('latin1');
  }

  const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/u.exec(answer)?.[1] ?? 0);

  return {
    send,

    /** The status of a GET. */
    get: async (target: string): Promise<number> => statusOf(await send(`GET ${target} HTTP/1.1\r\nHost: localhost`)),

    /** The status of a form posted from our own page, or to the protocol by a server. */
    async post(path: string, body: Buffer | string, ...headers: string[]): Promise<number> {
      const lines = [
        `POST ${path} HTTP/1.1`,
        'Host: localhost',
        ...(path.startsWith('/oidc/') ? [] : [`Origin: ${house.url}`]),
        'Content-Type: application/x-www-form-urlencoded',
        `Content-Length: ${Buffer.byteLength(body)}`,
        ...headers,
      ];
      return statusOf(await send(lines.join('\r\n'), body));
    },
  };
}
