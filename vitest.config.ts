import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The handlers log to standard output, as they should: shown only where a test fails.
    silent: 'passed-only',
    reporters: process.env['CI'] ? ['default', './test/helpers/last-line.ts'] : ['default'],
  },
});
