import { defineConfig } from 'vitest/config';

/** Seconds of the simulated clock are judged here: with other files beside them, they would measure those. */
const ALONE = ['test/bench/targets.test.ts'];

export default defineConfig({
  test: {
    // Two cores on the smallest machine that runs these; the nodes of the lab wait for much of their time.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
    // Real time: a machine that has other work must not fail a test. What is judged has its own limits.
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
