import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { find } from '../../proxies/running.ts';

/** Debian's own Python, which sees Debian's own packages. */
export const PYTHON = '/usr/bin/python3';

const MOST_TRIES = 2400;

/** Whether a command ends well. */
export function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Says loudly that a program is missing, where it is. */
export function present(what: string, found: boolean): boolean {
  if (!found) console.warn(`No ${what}: Aluco is NOT tried with it.`);
  return found;
}

/** A folder of its own, which also servers that give up root's rights can read. */
export function makeFolder(name: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), `aluco-${name}-`));
  chmodSync(folder, 0o755);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** A key with its certificate, in files and as PEM. */
export type Key = {
  readonly keyFile: string;
  readonly certificateFile: string;
  readonly key: string;
  readonly certificate: string;
};

/** Makes an RSA key and a certificate for it, for a few days. */
export function makeKey(folder: string, name = 'own'): Key {
  const keyFile = path.join(folder, `${name}.key`);
  const certificateFile = path.join(folder, `${name}.cert`);
  const kind = ['-newkey', 'rsa:2048', '-nodes', '-days', '3', '-subj', '/CN=127.0.0.1'];
  execFileSync(find('openssl') ?? 'openssl', ['req', '-x509', ...kind, '-keyout', keyFile, '-out', certificateFile], {
    stdio: 'pipe',
  });
  chmodSync(keyFile, 0o644);
  return {
    keyFile,
    certificateFile,
    key: readFileSync(keyFile, 'utf8'),
    certificate: readFileSync(certificateFile, 'utf8'),
  };
}

/** A program that runs beside the tests. */
export type Program = {
  /** What it wrote so far. */
  written(): string;
  stop(): Promise<void>;
};

/**
 * Starts a program and waits until the address answers. `apart`: in a process group of its own, for programs that end
 * their whole group when they are told to end.
 * @throws with what it wrote, where it ends before or never answers.
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  { folder, answersAt, apart = false }: { folder: string; answersAt: string; apart?: boolean },
): Promise<Program> {
  const environment = { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', HOME: folder, TMPDIR: folder };
  const options = { cwd: folder, env: environment, stdio: 'pipe', detached: apart } as const;
  const child = spawn(find(command) ?? command, args, options);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'exit');
  const endWithTests = (): void => void child.kill('SIGTERM');
  process.once('exit', endWithTests);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await Promise.race([ended, sleep(60_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
    await ended;
    process.off('exit', endWithTests);
  };
  for (let tries = 0; ; tries += 1) {
    const answer = await fetch(answersAt, { redirect: 'manual' }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer !== undefined) break;
    if (child.exitCode !== null || tries === MOST_TRIES) {
      await stop();
      throw new Error(`${command} does not answer: ${said}`);
    }
    await sleep(50);
  }
  return { written: () => said, stop };
}
