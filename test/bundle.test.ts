import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { begin, openService, receive, walk } from './application.ts';
import { openHouse } from './house.ts';
import { addPerson } from './people.ts';
import { makeVisitor } from './visitor.ts';
import { freePort } from './free-port.ts';

test('the bundle signs Alix in, as the sources do', async () => {
  await promisify(execFile)('node_modules/.bin/tsx', ['build.config.ts']);
  const house = await openHouse({ engine: 'postgres' });
  const blog = await openService(house, 'Blog');
  await addPerson(house.parts, 'alix');
  const port = await freePort();
  const environment = {
    ...house.environment,
    ALUCO_PORT: String(port),
    ALUCO_LISTEN: 'localhost',
    ALUCO_LOG_LEVEL: 'error',
  };
  const child = spawn(process.execPath, ['dist/main.js'], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: 'inherit',
  });
  const bundled = `http://localhost:${port}`;
  for (let tries = 0; tries < 100; tries += 1) {
    if (
      await fetch(`${bundled}/.well-known/openid-configuration`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    await pause(100);
  }
  const alix = makeVisitor((url) => blog.isHome(url));
  const attempt = await begin(blog);
  // The bundle calls itself by its settings' address, where the sources answer: each request is sent on to it.
  const original = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const address = input instanceof Request ? input.url : input.toString();
    return original(address.replace(house.url, bundled), init);
  };
  try {
    const page = await walk(alix, blog, await alix.get(attempt.url), { person: 'alix', profile: 'alice' });
    globalThis.fetch = original;
    expect((await receive(blog, attempt, page.url)).idToken['preferred_username']).toBe('alice');
  } finally {
    globalThis.fetch = original;
    child.kill('SIGTERM');
    await once(child, 'exit');
    await blog.close();
    await house.close();
  }
});
