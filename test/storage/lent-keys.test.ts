import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { MessageChannel } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { borrowedSeals, makeSeals } from '../../src/storage/seal.ts';

const [OLD, NEW] = [randomBytes(32), randomBytes(32)];

/** What a thread receives of what it is sent. */
async function sent<T>(value: T): Promise<T> {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(value, []);
  const [received] = (await once(port2, 'message')) as [T];
  port1.close();
  return received;
}

test('keys that were lent to a thread seal and tag for their purposes as the others do', async () => {
  const seals = makeSeals([NEW, OLD]);
  const borrowed = borrowedSeals(await sent(seals.lend({ seals: ['legacy-profile'], tags: ['legacy-address'] })));
  expect(seals.open('legacy-profile', 'heron', borrowed.sealPadded('legacy-profile', 'heron', '{}', 64)).trim()).toBe(
    '{}',
  );
  const before = makeSeals([OLD]).seal('legacy-profile', 'heron', 'before');
  expect(() => borrowed.open('legacy-profile', 'heron', before)).toThrow('no key named');
  expect(borrowed.tag('legacy-address', 'alix@old.example')).toBe(seals.tag('legacy-address', 'alix@old.example'));
});

test('for any other purpose they are no use, and nothing of the master keys is in them', async () => {
  const seals = makeSeals([NEW, OLD]);
  const lent = await sent(seals.lend({ seals: ['legacy-profile'], tags: ['legacy-address'] }));
  const borrowed = borrowedSeals(lent);
  expect(() => borrowed.seal('holding', 'a', 'b')).toThrow('no key for seal:holding was lent');
  expect(() => borrowed.open('holding', 'a', seals.seal('holding', 'a', 'b'))).toThrow('does not open');
  expect(() => borrowed.tag('holding', 'a')).toThrow('no key for tag:holding was lent');
  expect(() => borrowed.keysFor('cookies')).toThrow('was lent');
  const held = lent.flatMap(({ derived }) => [...derived].map(([purpose, key]) => [purpose, key.export()] as const));
  expect(held.map(([purpose]) => purpose)).toEqual(['seal:legacy-profile', 'tag:legacy-address']);
  for (const [, bytes] of held) for (const master of [OLD, NEW]) expect(bytes).not.toEqual(master);
});
