import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores on the smallest machine that runs these: the lab's own processes need one of them.
    maxWorkers: 2,
    // Whole pairs of nodes run here as real processes against a clock: on a machine that others load as well, one
    // of them may starve. A second try tells that apart from a fault; both tries are reported.
    retry: process.env.CI === 'true' ? 1 : 0,
  },
});
