import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { inject } from 'vitest';
import { readConfig, ROOT } from '../../src/config.ts';
import { makeLog } from '../../src/log.ts';
import { makeParts, type Parts } from '../../src/parts.ts';
import { freePort } from '../free-port.ts';
import type { House } from '../house.ts';

/** One more node of a house: the same database, issuer and master key, a port of its own. */
export type Node = { readonly url: string; close(): Promise<void> };

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/.well-known/openid-configuration`);
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

/** Starts the program itself in a process of its own. */
export async function spawnNode(house: House): Promise<Node> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [path.join(inject('program'), 'main.js')], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'] ?? '',
      ...house.environment,
      ALUCO_PORT: String(port),
      ALUCO_LISTEN: '127.0.0.1',
      ALUCO_LOG_LEVEL: 'silent',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`the second process ended with ${child.exitCode}`);
    await pause(20);
  }
  return {
    url,
    async close() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Makes a second set of parts in this process, as after a restart: it knows nothing but what the database holds. */
export async function startNode(house: House, now: () => number = Date.now): Promise<Node & { readonly parts: Parts }> {
  const parts = await makeParts(readConfig(house.environment), { log: makeLog('silent'), now });
  const server = createServer({ keepAliveTimeout: 0 }, parts.app);
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    parts,
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await parts.storage.close();
    },
  };
}
