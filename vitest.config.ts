import { defineConfig } from 'vitest/config';

/**
 * Tests of pure code share their workers, modules loaded once; whatever opens stores, servers or
 * processes gets a worker of its own.
 */
const pure = ['check', 'engine', 'expression', 'flow', 'simulation', 'tasks/core'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

/** Far above what any takes on a machine that others use as well: no test is about time. */
const shared = {
  testTimeout: 600_000,
  hookTimeout: 600_000,
};

export default defineConfig({
  test: {
    // Much of the time is waiting for processes and disks.
    maxWorkers: 3,
    // The handlers log to standard output, as they should: shown only where a test fails.
    silent: 'passed-only',
    reporters: process.env['CI'] ? ['default', './test/helpers/last-line.ts'] : ['default'],
    projects: [
      {
        test: {
          ...shared,
          name: 'pure',
          include: [...pure, 'test/tidy.test.ts'],
          pool: 'threads',
          isolate: false,
        },
      },
      {
        test: {
          ...shared,
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude: [...pure, 'test/tidy.test.ts'],
        },
      },
    ],
  },
});
