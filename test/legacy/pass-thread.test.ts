import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { passAside } from '../../src/legacy/pass-thread.ts';

const desk = {
  held: async () => [],
  goesOn: async () => true,
  tell: () => undefined,
  reject: async () => undefined,
  takenShapes: async () => [],
};
const check = (open: () => Readable) =>
  passAside(open, desk, (passes) => passes.check('csv', { hasNames: false, hasShapes: false, wantsRejects: false }));

test('a file that fails before it is read fails its pass, and nothing else', async () => {
  await expect(check(() => createReadStream('/nowhere/people.csv'))).rejects.toThrow('ENOENT');
});

test('a file that fails while it is read fails its pass', async () => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield Buffer.from('name,address\nheron,\n');
    throw new Error('the disk is gone');
  }
  await expect(check(() => Readable.from(broken(), { objectMode: false }))).rejects.toThrow('the disk is gone');
});
