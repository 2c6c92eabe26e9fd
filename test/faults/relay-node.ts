/**
 * A node of the relay without pages, in a process of its own: receives mail and brings it on until it is killed, by
 * itself where its arguments name a point of the spool and how many times that is to be reached. Tells whoever started
 * it, after every look for what is due, how many messages wait; a number that comes moves its clock on by so many
 * milliseconds.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { readConfig } from '../../src/config.ts';
import { makeLog } from '../../src/log.ts';
import { makeParts } from '../../src/parts.ts';
import { receiverOf } from '../../src/receiver.ts';

const [point = '', times = '1', clock = '0'] = process.argv.slice(2);
let left = Number(times);
let ahead = Number(clock);
const now = (): number => Date.now() + ahead;
const log = makeLog('silent');

const parts = await makeParts(readConfig(process.env), {
  log,
  now,
  reached(name) {
    if (name !== point) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  },
});
process.on('message', (more) => (ahead += Number(more)));
// Whoever started it has ended.
process.on('disconnect', () => process.exit(0));
await receiverOf(() => parts, { log, now }).listen();
for (let rounds = 1; ; rounds += 1) {
  // A database that cannot be used now may be used again later.
  await parts.relay.deliver().catch(() => undefined);
  await parts.relay.keepLeases().catch(() => undefined);
  const waiting = await parts.relay.counts().then(
    (counts) => counts.waiting,
    () => undefined,
  );
  process.send?.({ rounds, waiting });
  await pause(50);
}
