import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/postgres.setup.ts', 'test/program.setup.ts'],
    // Two cores: more workers would only wait for one another.
    maxWorkers: 2,
    // Guards against what hangs, and nothing else: how long a test takes is the machine's affair, and others may use it too.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
