import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // The default leaves a processor idle; tests that start processes mostly wait for them.
    maxWorkers: Math.max(2, availableParallelism()),
    globalSetup: ["test/global-setup.ts"],
    setupFiles: ["test/property-seed.ts"],
    reporters: ["default", "./test/plain-line-reporter.ts"],
    // Only a hang reaches these: on a machine with other work a test of many processes has taken 40 s.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
