import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from '../../src/config.ts';
import { freePort } from '../free-port.ts';

/** Where an instance of the demo keeps what it has, and the settings it runs with. */
export type Place = {
  readonly folder: string;
  readonly url: string;
  /** Where it takes mail of applications. */
  readonly relayPort: number;
  readonly environment: Readonly<Record<string, string>>;
};

/** A running instance in a process of its own. */
export type Instance = {
  /** Waits until it answers. */
  answers(): Promise<void>;
  stop(): Promise<void>;
};

const PATIENCE = 150_000;

function isFree(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // A machine without IPv6 has nobody there either.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}

/** The wished port where nobody listens on it, else any free one. Browsers try both loopback addresses. */
export async function choosePort(wished: number | undefined): Promise<number> {
  if (wished === undefined) return freePort();
  return (await isFree(wished, '127.0.0.1')) && (await isFree(wished, '::1')) ? wished : freePort();
}

type Settings = {
  readonly port: number;
  readonly language: 'fr' | 'en';
  /** Where its letters and forwarded mail leave. */
  readonly smtp: string;
  /** Where it takes mail of applications, and whom it asks about their domains. */
  readonly relayPort: number;
  readonly dns: string;
};

/** Makes a throw-away folder and the settings of an instance in it. */
export async function preparePlace({ port, language, smtp, relayPort, dns }: Settings): Promise<Place> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-demo-'));
  const url = `http://localhost:${port}`;
  const environment = {
    ALUCO_URL: url,
    ALUCO_PORT: String(port),
    ALUCO_DATA: path.join(folder, 'data'),
    ALUCO_CONTACT: 'odile, who runs this demo',
    ALUCO_LANGUAGE: language,
    // The demo's applications are on loopback: without this no logout message would reach them.
    ALUCO_PRIVATE_NETWORKS: '127.0.0.0/8 ::1/128',
    ALUCO_LOG_LEVEL: 'warn',
    ALUCO_SMTP: smtp,
    ALUCO_MAIL_FROM: 'aluco@demo.example',
    ALUCO_ALIAS_DOMAIN: 'relay.example',
    ALUCO_RELAY: `127.0.0.1:${relayPort}`,
    ALUCO_RELAY_NAME: 'mx.relay.example',
    ALUCO_DNS: dns,
  };
  return { folder, url, relayPort, environment };
}

/** Removes the folder with everything in it. */
export function removePlace({ folder }: Place): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

/** Starts the program by its own entry file. */
export function startInstance({ url, environment }: Place): Instance {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
    // Ctrl-C reaches every process of the terminal's group: this one is stopped by us, once.
    detached: true,
  });
  const leaveNothing = (): void => void child.kill('SIGKILL');
  process.once('exit', leaveNothing);
  return {
    answers: () => waitForAnswer(child, `${url}/.well-known/openid-configuration`),
    async stop() {
      process.off('exit', leaveNothing);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function waitForAnswer(child: ChildProcess, url: string): Promise<void> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('Aluco did not start: see above.');
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok === true) return;
    if (Date.now() > end) throw new Error(`Aluco does not answer at ${url}.`);
    await pause(50);
  }
}
