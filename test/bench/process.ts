import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type { Stall } from './stall.ts';

/** A server under measurement. */
export type Measured = {
  readonly pid: number;
  /** Milliseconds from the start of the process to its first answer. */
  readonly firstAnswer: number;
  /** Processor time used so far by the process and its threads, in milliseconds. */
  cpu(): number;
  /** Memory that is resident now, in bytes. */
  memory(): number;
  /** The longest stall since it was asked last; only of a server that `stall.ts` was loaded into. */
  stall(): Promise<Stall>;
  stop(): Promise<void>;
};

const TICK = 10;

function processorTime(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}

function residentMemory(pid: number): number {
  const match = /VmRSS:\s+(\d+) kB/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) * 1024;
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url);
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

/** What one command took. */
export type Effort = {
  readonly seconds: number;
  /** Processor seconds of the process and its threads. */
  readonly cpu: number;
  /** The most memory that was resident, in bytes. */
  readonly peak: number;
};

/** Runs a command to its end; its memory and processor time are read until just before. */
export async function measureCommand(args: string[], environment: Record<string, string>): Promise<Effort> {
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let [cpu, peak] = [0, 0];
  const look = setInterval(() => {
    try {
      cpu = processorTime(child.pid ?? 0);
      peak =
        Number(/VmHWM:\s+(\d+) kB/u.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? peak / 1024) * 1024;
    } catch {
      // It has just ended.
    }
  }, 20);
  const [status] = (await once(child, 'exit')) as [number | null];
  clearInterval(look);
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return { seconds: (performance.now() - started) / 1000, cpu: cpu / 1000, peak };
}

/** Runs a program of the bench to its end, and reads the JSON it prints. */
export async function runForJson(args: string[]): Promise<unknown> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = await Promise.all([readText(child.stdout), once(child, 'exit')]);
  return JSON.parse(text);
}

/** Starts a server and waits for `url` to answer. */
export async function startMeasured(
  args: string[],
  environment: Record<string, string>,
  url: string,
): Promise<Measured> {
  const started = performance.now();
  const child: ChildProcess = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // Nothing is left behind where the bench itself fails.
  process.once('exit', () => child.kill());
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${args.join(' ')}`);
  while (!(await answers(url))) {
    if (child.exitCode !== null || performance.now() - started > 60_000)
      throw new Error(`${args.join(' ')} does not answer`);
    await pause(10);
  }
  const firstAnswer = performance.now() - started;
  return {
    pid,
    firstAnswer,
    cpu: () => processorTime(pid),
    memory: () => residentMemory(pid),
    async stall() {
      const told = once(child, 'message');
      child.send('stall');
      const [stall] = (await told) as [Stall];
      return stall;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
