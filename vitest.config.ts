import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/global-setup.ts"],
    reporters: ["default", "./test/plain-line-reporter.ts"],
    // Tests of the command line start processes; a machine with other work is slow at that.
    testTimeout: 30_000,
  },
});
