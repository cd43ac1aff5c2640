import { defineConfig } from 'vitest/config';

const root = new URL('../..', import.meta.url).pathname;
const unitFiles = ['src/**/*.test.ts', 'apiservice/**/*.test.ts', 'webhooks/**/*.test.ts', 'certs/**/*.test.ts'];

/**
 * Two projects: `unit` needs nothing but Node; every file of `e2e` starts real kube-apiservers of its own, so they run
 * one after another.
 */
export default defineConfig({
  root,
  test: {
    projects: [
      {
        root,
        test: {
          name: 'unit',
          include: [...unitFiles, 'test/{architecture,contract,golden,scenarios,support}/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        root,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
