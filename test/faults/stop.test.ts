import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { PEOPLE } from '../people.ts';
import { makeVisitor, type Page } from '../visitor.ts';
import { addByCommand, makePlace, startProgram } from './program.ts';

test('SIGTERM lets fifty sign-ins under way end, takes nothing new, closes idle connections and ends with 0 in time', async () => {
  const { environment, url, remove } = await makePlace();
  const program = startProgram(environment);
  await program.logged('listening');
  await addByCommand(environment, 'alix');
  const { port, hostname } = new URL(url);
  const visitors = Array.from({ length: 50 }, () => makeVisitor());
  const forms = await Promise.all(visitors.map((visitor) => visitor.get(`${url}/account`)));

  // One that keeps its connection open without a word, and one in the middle of its request.
  const idle = connect(Number(port), hostname);
  const idleEnded = once(idle, 'close');
  await once(idle, 'connect');
  const { loginName: login, password } = PEOPLE.alix;
  let under = 0;
  const answers = visitors.map(async (visitor, at) => {
    under += 1;
    const fields = { login, password: at % 2 === 0 ? password : 'a very wrong guess' };
    const form = forms[at] as Page;
    const values = {
      csrf: form.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '',
      ...fields,
    };
    const answer = await fetch(`${form.url.href}/sign-in`, {
      method: 'POST',
      body: new URLSearchParams(values),
      redirect: 'manual',
      headers: { 'sec-fetch-site': 'same-origin', cookie: await visitor.cookies(form.url.href) },
    });
    await answer.arrayBuffer();
    return answer.status;
  });
  expect(under).toBe(50);
  // Requests are under way as soon as one has been answered.
  await Promise.race(answers);
  const asked = performance.now();
  const ended = program.stop();
  await program.logged('stopping');
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  const statuses = await Promise.all(answers);
  for (const status of statuses) expect([303, 422, 429]).toContain(status);
  expect(statuses.filter((status) => status === 303).length).toBeGreaterThan(0);
  expect(await ended).toBe(0);
  await idleEnded;
  expect((await program.logged('stopped'))['cut']).toBe(0);
  // A guard, far from what it takes.
  expect(performance.now() - asked).toBeLessThan(10_000);
  await remove();
});

test('SIGTERM does not wait for ever for somebody who never ends a request', async () => {
  const { environment, url, remove } = await makePlace();
  const program = startProgram(environment);
  await program.logged('listening');
  const { port, hostname } = new URL(url);
  const slow = connect(Number(port), hostname);
  slow.on('error', () => undefined);
  slow.write(
    `POST /language HTTP/1.1\r\nhost: ${hostname}\r\nsec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 500\r\n\r\nlanguage=`,
  );
  await fetch(`${url}/healthz`);
  const asked = performance.now();
  expect(await program.stop()).toBe(0);
  expect(performance.now() - asked).toBeLessThan(10_000);
  expect((await program.logged('stopped'))['cut']).toBe(1);
  await remove();
});
