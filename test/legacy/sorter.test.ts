import { mkdtemp, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { makeSorter } from '../../src/legacy/sorting/sorter.ts';

let folder: string;

beforeAll(async () => {
  folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'aluco-sorter-')), 'sorting');
});

const all = (batches: Iterable<string[]>): string[] => [...batches].flat();

/** What can stand in a line: of texts that are to be written, the ones that a file of UTF-8 gives back. */
const line = fc.string({ unit: 'binary', maxLength: 30 }).filter((text) => !text.includes('\n'));

test('lines come back sorted, whatever they are and however many runs they lie in', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(line, { maxLength: 20 }), { maxLength: 20 }),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 2, max: 5 }),
      (batches, held, runs) => {
        const sorter = makeSorter({ folder, held, runs });
        try {
          for (const batch of batches) sorter.add(batch);
          expect(sorter.count()).toBe(batches.flat().length);
          expect(all(sorter.sorted())).toEqual(batches.flat().toSorted(byUnits));
        } finally {
          sorter.close();
        }
      },
    ),
    { numRuns: 60 },
  );
});

const byUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

test('lines of more than one frame come back whole', () => {
  const lines = Array.from({ length: 40 }, (_, index) => `${(index * 7) % 40}${'é'.repeat(index * 4000)}`);
  const sorter = makeSorter({ folder, held: 200_000, runs: 4 });
  sorter.add(lines);
  expect(all(sorter.sorted())).toEqual(lines.toSorted(byUnits));
  sorter.close();
});

/** The files of this process that have no name any more. */
async function nameless(): Promise<string[]> {
  const open = await readdir('/proc/self/fd').catch(() => []);
  const named = await Promise.all(
    open.map(async (number) => [number, await readlink(`/proc/self/fd/${number}`).catch(() => '')] as const),
  );
  return named.flatMap(([number, target]) =>
    target.startsWith(folder) && target.endsWith(' (deleted)') ? [`/proc/self/fd/${number}`] : [],
  );
}

test.skipIf(process.platform !== 'linux')(
  'what lies on the disk has no name there, is its owner’s alone, and says nothing in clear',
  async () => {
    const sorter = makeSorter({ folder, held: 1000, runs: 8 });
    sorter.add(Array.from({ length: 300 }, (_, index) => `heron${index} $2a$10$abcdef alix@old.example`));
    expect(await readdir(folder)).toEqual([]);
    const files = await nameless();
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const bytes = (await readFile(file)).toString('latin1');
      expect(bytes.length).toBeGreaterThan(900);
      for (const secret of ['heron', '$2a$10', 'alix', 'example']) expect(bytes).not.toContain(secret);
    }
    sorter.close();
    expect(await nameless()).toEqual([]);
  },
);

test('what a program left that died before it took a name away is gone with the next file', async () => {
  await writeFile(path.join(folder, 'left'), '');
  const sorter = makeSorter({ folder, held: 10 });
  sorter.add(['long enough for a file', 'and another']);
  expect(await readdir(folder)).toEqual([]);
  sorter.close();
});
