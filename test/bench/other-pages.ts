/**
 * Asks for pages of a server, one after the other, as somebody would who signs in meanwhile, until its input ends; then
 * prints how long each took, in milliseconds, as JSON. A process of its own: the flood must not hold up its clock.
 */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { ask } from './sso.ts';

const [url = ''] = process.argv.slice(2);
let isOver = false;
void once(process.stdin.resume(), 'end').then(() => (isOver = true));
const times: number[] = [];
while (!isOver) {
  const started = performance.now();
  await ask(`${url}${times.length % 2 === 0 ? '/signed-out' : '/.well-known/openid-configuration'}`, 'GET', {});
  times.push(performance.now() - started);
  await pause(10);
}
process.stdout.write(JSON.stringify(times));
process.exit();
