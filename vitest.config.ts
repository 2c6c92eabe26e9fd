import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, in that order: begun last, one would run on by itself while the other process is idle. */
const LONG = [
  'promises/journey-machine',
  'promises/unlinkable',
  'promises/journey-machine-goes-on',
  'promises/mailbox-never-leaks',
  'views/browser',
  'journeys/browser-moderator',
  'journeys/browser-factor',
  'journeys/browser-import',
  'attacks/two-at-once',
  'journeys/browser-old-account',
  'journeys/browser',
  'backup/way-back',
  'journeys/browser-sign-up',
  'mail/back/come-back',
  'faults/relay-points',
  'mail/postfix-ends',
  'mail/courier/postfix',
  'demo/demo',
];

/** Begins with what takes longest; after what is known to, with what is written at most length. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const name = path.relative(path.join(import.meta.dirname, 'test'), moduleId).replace(/\.test\.tsx?$/u, '');
      return LONG.includes(name) ? LONG.indexOf(name) : LONG.length;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/postgres.setup.ts', 'test/program.setup.ts'],
    sequence: { sequencer: LongestFirst },
    // Two cores: more workers would only wait for one another. Each file has a process of its own: in one that stays, what
    // stands in for connections in some files reaches the real servers of others.
    maxWorkers: 2,
    // Guards against what hangs, and nothing else: how long a test takes is the machine's affair, and others may use it too.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
