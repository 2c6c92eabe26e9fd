import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { ROOT } from '../../src/config.ts';

/** A page of docs/ whose commands are run, as they stand there. */
export type Documented = {
  readonly text: string;
  /** The commands of a block, marked `<!-- steps: name -->`. */
  steps(name: string): string;
  /** Runs one block; what it said, on both streams. Throws where a command fails. */
  run(name: string): Promise<string>;
  /** What somebody fills in who follows the page: a variable of the shell. */
  set(name: string, value: string): void;
  /** The folder in which it is done. */
  readonly folder: string;
  close(): Promise<void>;
};

/** A program of this name in a folder, as a script for `sh`. */
async function script(folder: string, name: string, lines: readonly string[]): Promise<void> {
  const file = path.join(folder, name);
  await writeFile(file, ['#!/bin/sh', ...lines, ''].join('\n'));
  await chmod(file, 0o755);
}

const quoted = (value: string): string => `'${value.replaceAll("'", String.raw`'\''`)}'`;

/** How the tools of a database find the one that the page is about, since it is not where they look by themselves. */
export type Tools = {
  /** What they read from the environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What is called in place of them, with all the words that they are called with; by their names. */
  readonly commands?: Readonly<Record<string, string>>;
};

/** A page with a shell, in which `aluco` is this program with these settings, and nobody becomes another user. */
export async function openDocumented(
  file: string,
  settings: Readonly<Record<string, string>>,
  { environment = {}, commands = {} }: Tools,
): Promise<Documented> {
  const text = await readFile(path.join(ROOT, 'docs', file), 'utf8');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-moving-'));
  const bin = path.join(folder, '.bin');
  await mkdir(bin);
  const exported = Object.entries(settings).map(([name, value]) => `export ${name}=${quoted(value)}`);
  const cli = path.join(inject('program'), 'cli.js');
  await script(bin, 'aluco', [...exported, `exec ${quoted(process.execPath)} ${quoted(cli)} "$@"`]);
  await script(bin, 'sudo', ['[ "$1" = -u ] && shift 2', 'exec "$@"']);
  await script(bin, 'chown', ['exit 0']);
  const rest = `export PATH=${quoted(process.env['PATH'] ?? '')}`;
  for (const [name, command] of Object.entries(commands)) await script(bin, name, [rest, `exec ${command} "$@"`]);
  let variables = '';
  const steps = (name: string): string => {
    const found = new RegExp(`<!-- steps: ${name} -->\\s+\`\`\`sh\\n(.*?)\`\`\``, 'su').exec(text)?.[1];
    if (found === undefined) throw new Error(`docs/${file} has no block "${name}"`);
    return found;
  };
  return {
    text,
    folder,
    steps,
    set(name, value) {
      variables += `${name}=${quoted(value)}\n`;
    },
    async run(name) {
      const { stdout, stderr } = await promisify(execFile)(
        'bash',
        ['--norc', '-euo', 'pipefail', '-c', variables + steps(name)],
        {
          cwd: folder,
          env: { ...environment, PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: folder },
          maxBuffer: 64 * 1024 * 1024,
        },
      );
      return stdout + stderr;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
