import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../src/config.ts';

/** Runs a command to its end. */
export const run = promisify(execFile);

/** Whether tests may start a process under another user. */
export const isRoot = process.getuid?.() === 0;

/** A user that owns nothing. */
export const STRANGER = { uid: 65_534, gid: 65_534 };

/** The packages that run in production, by the lock file, as folders below the project's. */
async function productionPackages(): Promise<string[]> {
  const lock = JSON.parse(await readFile(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([where, { dev, devOptional }]) => where !== '' && dev !== true && devOptional !== true)
    .map(([where]) => where)
    .filter((where) => where.lastIndexOf('node_modules/') === 0);
}

/** What one line of the last stage copies: from here or from the first stage, and to where below the working folder. */
export type Copying = { readonly from: string; readonly to: string };

/** What the last stage of the Dockerfile copies, and what it runs. */
export async function readDockerfile(): Promise<{ copies: Copying[]; command: string[]; health: string[] }> {
  const text = (await readFile(path.join(ROOT, 'Dockerfile'), 'utf8')).replaceAll(/\\\n\s*/gu, '');
  const lines = text.slice(text.lastIndexOf('\nFROM ')).split('\n');
  const copies = lines.flatMap((line) => {
    const words = /^COPY (?:--from=build )?(.+)$/u.exec(line)?.[1]?.split(' ') ?? [];
    const to = words.pop() ?? '';
    return words.map((from) => ({
      from: from.replace(/^\/build\//u, ''),
      to: to.endsWith('/') ? path.join(to, path.basename(from)) : to,
    }));
  });
  const list = (pattern: RegExp): string[] => {
    const found = lines.map((line) => pattern.exec(line)?.[1]).find((words) => words !== undefined);
    if (found === undefined) throw new Error(`the Dockerfile has no ${pattern.source}`);
    return JSON.parse(found) as string[];
  };
  return { copies, command: list(/^CMD (\[.+)$/u), health: list(/^HEALTHCHECK .*CMD (\[.+)$/u) };
}

/**
 * Puts into a new folder what the image would have, built here and with the packages of production alone; nobody may
 * write to it, and everybody may read it.
 */
export async function assemble(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-image-'));
  await run(path.join(ROOT, 'node_modules/.bin/tsx'), ['build.config.ts', path.join(folder, 'dist')], { cwd: ROOT });
  for (const { from, to } of (await readDockerfile()).copies) {
    if (from === 'node_modules') {
      for (const where of await productionPackages()) {
        await cp(path.join(ROOT, where), path.join(folder, where), { recursive: true, verbatimSymlinks: true }).catch(
          ignoreMissing,
        );
      }
    } else if (from !== 'dist') await cp(path.join(ROOT, from), path.join(folder, to), { recursive: true });
  }
  await mkdir(path.join(folder, 'node_modules/.bin'), { recursive: true });
  await symlink(process.execPath, path.join(folder, 'node_modules/.bin/node'));
  await chmod(folder, 0o755);
  await run('chmod', ['-R', 'a+rX,a-w', folder]);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Optional packages for other systems stand in the lock file and not on the disk. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
