import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { begin, openService, receive, walk } from './application.ts';
import { openHouse } from './house.ts';
import { addPerson, PEOPLE } from './people.ts';
import { makeVisitor } from './visitor.ts';
import { freePort } from './free-port.ts';

test('the bundle signs Alix in, and takes a logo and a colour from Odile, as the sources do', async () => {
  await promisify(execFile)('node_modules/.bin/tsx', ['build.config.ts']);
  const house = await openHouse({ engine: 'postgres' });
  const blog = await openService(house, 'Blog');
  for (const name of ['alix', 'odile'] as const) await addPerson(house.parts, name);
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
  for (let tries = 0; tries < 1200; tries += 1) {
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
    const odile = makeVisitor();
    const { loginName: login, password } = PEOPLE.odile;
    await odile.submit(await odile.get(`${house.url}/account`), '/sign-in', { login, password });
    const picture = new File(['<svg xmlns="http://www.w3.org/2000/svg"/>'], 'logo.svg');
    const form = await odile.get(`${house.url}/admin/house`);
    const saved = await odile.submit(form, '/admin/house', { picture, colour: '#7a3e12' });
    expect(saved.document.querySelector('.home img')?.getAttribute('src')).toMatch(/^\/look\/.+\.svg$/u);
    const style = saved.document.querySelectorAll('link[rel=stylesheet]').at(-1)?.getAttribute('href') ?? '';
    expect((await odile.get(`${house.url}${style}`)).text).toContain('--act:#7a3e12');
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
