import { createRequire } from "node:module";
import { defineConfig } from "vitest/config";

// What Node loads. Vitest would take the package's entry for bundlers, so that there were two copies of graphql, which
// do not mix.
const graphql = createRequire(import.meta.url).resolve("graphql");

export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: graphql }] },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    pool: "forks",
    maxWorkers: 2,
    // Bounds for what hangs, not expectations: a slow machine shares its processors with PostgreSQL.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    teardownTimeout: 30_000,
  },
});
