import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { request as requestPlain } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import type { Documented, Place } from './documented.ts';

/** Where a program is; undefined where it is not installed. */
export function find(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders
    .map((folder) => path.join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** A proxy that runs in a folder of its own, and what it wrote. */
export type Running = {
  readonly url: string;
  readonly httpUrl: string;
  /** Asks as `fetch` does, trusting its certificate, from an address of this machine. */
  from(address: string): typeof fetch;
  /** Everything it wrote so far, to whatever file or stream. */
  written(): string;
  close(): Promise<void>;
};

/** The ports, the certificate and the folder for one proxy. */
export async function prepare(house: number): Promise<Place> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-proxy-'));
  const [key, certificate, both] = ['key.pem', 'certificate.pem', 'both.pem'].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', '/CN=localhost', '-addext', names, '-days', '2'];
  execFileSync(
    find('openssl') ?? 'openssl',
    ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', certificate],
    {
      stdio: 'pipe',
    },
  );
  await writeFile(both, readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'), { mode: 0o600 });
  return { http: await freePort(), https: await freePort(), house, certificate, key, both, folder };
}

/** Asks as `fetch` does, but from an address of this machine, and trusting one certificate. */
function fetchFrom(localAddress: string, ca: Buffer): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    const body = Buffer.from(await asked.arrayBuffer());
    const url = new URL(asked.url);
    const make = url.protocol === 'https:' ? request : requestPlain;
    const headers = Object.fromEntries(asked.headers);
    if (body.length > 0) headers['content-length'] = String(body.length);
    const options = { method: asked.method, headers, ca, localAddress, family: 4, agent: false };
    return new Promise((resolve, reject) => {
      const sent = make(url, options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => void chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const received = new Headers();
          for (let at = 0; at < answer.rawHeaders.length; at += 2)
            received.append(answer.rawHeaders[at] ?? '', answer.rawHeaders[at + 1] ?? '');
          const status = answer.statusCode ?? 500;
          resolve(
            new Response([204, 304].includes(status) ? null : Buffer.concat(chunks), { status, headers: received }),
          );
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  };
}

/** Starts a proxy with its documented configuration and waits until it answers. */
export async function run({ name, program, args, configuration }: Documented, place: Place): Promise<Running> {
  const file = path.join(place.folder, 'configuration');
  await writeFile(file, configuration(place));
  const environment = { PATH: process.env['PATH'] ?? '', HOME: place.folder, XDG_DATA_HOME: place.folder };
  const child = spawn(find(program) ?? program, args(file, place), { env: environment, stdio: 'pipe' });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'exit');
  const url = `https://localhost:${place.https}`;
  const ca = readFileSync(place.certificate);
  const from = (address: string): typeof fetch => fetchFrom(address, ca);

  for (let tries = 0; ; tries += 1) {
    const answer = await from('127.0.0.1')(`${url}/oidc/jwks`).catch(() => undefined);
    if (answer?.ok === true) break;
    if (child.exitCode !== null || tries === 1200) throw new Error(`${name} does not answer: ${said}`);
    await sleep(100);
  }
  return {
    url,
    httpUrl: `http://localhost:${place.http}`,
    from,
    written() {
      const logs = readdirSync(place.folder).filter((entry) => entry.endsWith('.log'));
      const files = logs.map((entry) => path.join(place.folder, entry)).filter((entry) => statSync(entry).isFile());
      return said + files.map((entry) => readFileSync(entry, 'utf8')).join('');
    },
    async close() {
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(60_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
      await ended;
      await rm(place.folder, { recursive: true, force: true });
    },
  };
}
