import { request } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { PEOPLE } from '../people.ts';
import { makeVisitor, type Page } from '../visitor.ts';
import { addByCommand, makePlace, startProgram } from './program.ts';

/**
 * Sends a form once the server says that it has the request, and returns the status of the answer. `isUnderWay`: it has.
 */
function post(url: string, cookie: string, fields: Record<string, string>, isUnderWay: () => void): Promise<number> {
  const body = new URLSearchParams(fields).toString();
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      agent: false,
      headers: {
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': body.length,
        expect: '100-continue',
        cookie,
      },
    });
    sent.once('continue', () => {
      isUnderWay();
      sent.end(body);
    });
    sent.once('error', reject);
    sent.once('response', (answer) => answer.resume().once('end', () => resolve(answer.statusCode ?? 0)));
    sent.flushHeaders();
  });
}

test.concurrent(
  'SIGTERM lets fifty sign-ins under way end, takes nothing new, closes idle connections and ends with 0 in time',
  async () => {
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
      const fields = { login, password: at % 2 === 0 ? password : 'a very wrong guess' };
      const form = forms[at] as Page;
      const values = {
        csrf: form.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '',
        ...fields,
      };
      return post(`${form.url.href}/sign-in`, await visitor.cookies(form.url.href), values, () => (under += 1));
    });
    await expect.poll(() => under).toBe(50);
    await Promise.race(answers);
    const ended = program.stop();
    await program.logged('stopping');
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
    const statuses = await Promise.all(answers);
    for (const status of statuses) expect([303, 422, 429]).toContain(status);
    expect(statuses.filter((status) => status === 303).length).toBeGreaterThan(0);
    expect(await ended).toBe(0);
    await idleEnded;
    expect((await program.logged('stopped'))['cut']).toBe(0);
    await remove();
  },
);

test.concurrent('SIGTERM does not wait for ever for somebody who never ends a request', async () => {
  const { environment, url, remove } = await makePlace();
  const program = startProgram(environment);
  await program.logged('listening');
  const { port, hostname } = new URL(url);
  const slow = connect(Number(port), hostname);
  slow.on('error', () => undefined);
  slow.write(
    `POST /language HTTP/1.1\r\nhost: ${hostname}\r\nsec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 500\r\nexpect: 100-continue\r\n\r\nlanguage=`,
  );
  const [heard] = (await once(slow, 'data')) as [Buffer];
  expect(heard.toString()).toContain('100 Continue');
  expect(await program.stop()).toBe(0);
  expect((await program.logged('stopped'))['cut']).toBe(1);
  await remove();
});
