import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { ROOT } from '../src/config.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the program as it is built from these sources: `main.js` and `cli.js`. */
    program: string;
  }
}

/**
 * Builds the program once for the whole run, for the tests that need it in a process of its own: from its sources each
 * start would cost seconds.
 */
export default async function buildProgram(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-program-'));
  // Some tests start it under another user.
  await chmod(folder, 0o755);
  const dist = path.join(folder, 'dist');
  const options = ['--import', 'tsx', 'build.config.ts', dist];
  await promisify(execFile)(process.execPath, options, { cwd: ROOT });
  for (const name of ['migrations', 'views', 'node_modules', 'package.json'])
    await symlink(path.join(ROOT, name), path.join(folder, name));
  project.provide('program', dist);
  return () => rm(folder, { recursive: true, force: true });
}
