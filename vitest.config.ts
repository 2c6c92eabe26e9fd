import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Every file of tests. */
const ALL = 'test/**/*.test.{ts,tsx}';

/**
 * Files that look at their whole process, or change it: its memory, its event loop, its clock, what it prints, a module that
 * is loaded already. Each gets a process of its own. All others share two, and the program is loaded once in each: loading it costs more than most
 * files do. They leave nothing behind.
 */
const ALONE = [
  'test/attacks/{size,saml-metadata}.test.ts',
  'test/legacy/bad-input.test.ts',
  'test/legacy/schemes/costs.test.ts',
  'test/mail/lateness.test.ts',
  'test/metrics.test.ts',
  'test/promises/journey-machine*.test.ts',
  'test/promises/{quiet-logs,quiet-mail,mailbox-never-leaks,unlinkable}.test.ts',
];

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
    const sorted = (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
    // Files that share a process do so as long as the next is one of them too.
    const isAlone = ({ project }: TestSpecification): boolean => project.config.isolate;
    return [...sorted.filter(isAlone), ...sorted.filter((file) => !isAlone(file))];
  }
}

const both = {
  // Two cores: more workers would only wait for one another.
  maxWorkers: 2,
  // Guards against what hangs, and nothing else: how long a test takes is the machine's affair, and others may use it too.
  testTimeout: 240_000,
  hookTimeout: 240_000,
  expect: { poll: { timeout: 60_000 } },
};

export default defineConfig({
  test: {
    globalSetup: ['test/postgres.setup.ts', 'test/program.setup.ts'],
    sequence: { sequencer: LongestFirst },
    maxWorkers: both.maxWorkers,
    teardownTimeout: 60_000,
    projects: [
      { test: { ...both, name: 'alone', include: ALONE, isolate: true } },
      { test: { ...both, name: 'together', include: [ALL], exclude: ALONE, isolate: false } },
    ],
  },
});
