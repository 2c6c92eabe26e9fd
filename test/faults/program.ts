import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { inject } from 'vitest';
import { ROOT } from '../../src/config.ts';
import { aluco } from '../aluco.ts';
import { freePort } from '../free-port.ts';
import { PEOPLE, type PersonName } from '../people.ts';

export type Environment = Record<string, string>;

/** The program in a process of its own. */
export type Program = {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Lines of its log. */
  readonly lines: Record<string, unknown>[];
  /** What it wrote to standard error. */
  said(): string;
  /** How often it logged an event. */
  count(event: string): number;
  /** Waits for a line of the log. */
  logged(event: string): Promise<Record<string, unknown>>;
  /** Waits for its end and returns the exit status. */
  ended(): Promise<number | null>;
  /** Has it end in good order, or by force. */
  stop(): Promise<number | null>;
};

/** Starts the program, as another user where `uid` says so. */
export function startProgram(environment: Environment, { uid }: { uid?: number } = {}): Program {
  const child = spawn(process.execPath, [path.join(inject('program'), 'main.js')], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  // Not before all it wrote has been read: `exit` may come first.
  const exit = once(child, 'close') as Promise<[number | null]>;
  let isOver = false;
  void exit.then(() => (isOver = true));
  const lines: Record<string, unknown>[] = [];
  let rest = '';
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) lines.push(JSON.parse(part) as Record<string, unknown>);
  });
  return {
    child,
    pid: child.pid ?? 0,
    lines,
    said: () => said,
    count: (event) => lines.filter((line) => line['event'] === event).length,
    async logged(event) {
      for (;;) {
        const found = lines.find((line) => line['event'] === event);
        if (found !== undefined) return found;
        if (isOver) throw new Error(`ended with ${child.exitCode ?? child.signalCode}: ${said}`);
        await pause(10);
      }
    },
    async ended() {
      return (await exit)[0];
    },
    async stop() {
      if (child.exitCode === null) child.kill('SIGTERM');
      return (await exit)[0];
    },
  };
}

/** A folder and the settings of an instance in it. */
export async function makePlace(more: Environment = {}): Promise<{
  folder: string;
  url: string;
  environment: Environment;
  remove(): Promise<void>;
}> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-fault-'));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const environment = {
    ALUCO_URL: url,
    ALUCO_PORT: String(port),
    ALUCO_LISTEN: 'localhost',
    ALUCO_DATA: path.join(folder, 'data'),
    ALUCO_LANGUAGE: 'en',
    ...more,
  };
  return { folder, url, environment, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Makes an account by command. */
export async function addByCommand(environment: Environment, name: PersonName): Promise<void> {
  const made = await aluco(environment, ['account', 'add', name, '--language', 'en'], `${PEOPLE[name].password}\n`);
  if (made.status !== 0) throw new Error(made.complained.join('\n'));
}
