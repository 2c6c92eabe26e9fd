import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Language } from '../../views/text.ts';
import { frameOf, samples } from './samples.ts';

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves every sample at /<language>/<name>, with the headers the pages are made for. */
export async function serveSamples(): Promise<{ url: string; received: string[]; close: () => Promise<void> }> {
  const received: string[] = [];
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const asset = /^\/assets\/([a-z-]+\.(css|js|svg))$/.exec(pathname);
    response.setHeader('Content-Security-Policy', policy);
    response.setHeader('Content-Type', asset ? (types[asset[2] ?? ''] ?? 'text/plain') : 'text/html; charset=utf-8');
    const [, language, name] = pathname.split('/');
    if (request.method === 'POST') {
      received.push(pathname);
      response.end('received');
    } else if (asset) {
      response.setHeader('Cache-Control', 'max-age=600');
      void readFile(new URL(`../../views/assets/${asset[1] ?? ''}`, import.meta.url)).then((file) =>
        response.end(file),
      );
    } else if (name !== undefined && (language === 'fr' || language === 'en')) {
      response.end(show(name, language, `http://${request.headers.host ?? ''}`));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** The page of a sample; answers to an application come back to this server. */
function show(name: string, language: Language, origin: string): string {
  const html = samples.find((one) => one.name === name)?.render(frameOf(language, name)) ?? '';
  return html.replace('action="https://lac.example/callback"', `action="${origin}/callback"`);
}
