#!/usr/bin/env node
import { requireNode } from './runtime.ts';

requireNode();

// Whoever reads no further, as `head` does, hears no more of it; what was asked is done to its end all the same.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

const { runCommand } = await import('./command.ts');
process.exitCode = await runCommand(process.argv.slice(2), {
  environment: process.env,
  stdin: process.stdin,
  out: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  ...(process.stderr.isTTY ? { status: (line: string) => void process.stderr.write(`\r\u001B[K${line}`) } : {}),
});
