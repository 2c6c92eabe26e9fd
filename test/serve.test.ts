import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { expect, inject, test } from 'vitest';
import { openHouse } from './house.ts';
import { addPerson } from './people.ts';

/** Starts the program on the same database as a house, and reads its log until it is ready. */
async function startUntilReady(environment: Record<string, string>): Promise<Record<string, unknown>[]> {
  const child = spawn(process.execPath, [path.join(inject('program'), 'main.js')], {
    env: { PATH: process.env['PATH'] ?? '', ...environment, ALUCO_PORT: '0', ALUCO_LISTEN: 'localhost' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
    // What it has to say at the start is said by then.
    if (lines.at(-1)?.['event'] === 'listening') child.kill('SIGTERM');
  });
  // Not before all it wrote has been read: `exit` may come first.
  await once(child, 'close');
  return lines;
}

test('the log says at the start how the first administrator comes in, and nothing of it once there is one', async () => {
  const house = await openHouse({ engine: 'postgres' });
  try {
    const said = (await startUntilReady(house.environment)).filter(({ event }) => event === 'no_administrator');
    expect(said).toMatchObject([
      {
        command: 'aluco account add NAME --administrator',
        page: `${house.url}/first-run`,
        // A node or a restart later the code is the same: the key is.
        code: house.parts.accounts.firstRun.code,
      },
    ]);
    await addPerson(house.parts, 'odile');
    const later = await startUntilReady(house.environment);
    expect(later.map(({ event }) => event)).toEqual(['listening', 'stopping', 'stopped']);
    expect(JSON.stringify(later)).not.toContain(house.parts.accounts.firstRun.code);
  } finally {
    await house.close();
  }
});
