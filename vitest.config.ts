import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";
import { createTemporaryFolder } from "./test/support/temporary-folder.ts";

// What Node loads. Vitest would take the package's entry for bundlers, so that there were two copies of graphql, which
// do not mix.
const graphql = createRequire(import.meta.url).resolve("graphql");

// Each test file and each process that a test starts loads the same packages; compiled once they load faster.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("./node_modules/.cache/compiled/", import.meta.url));

// The exports of package.json are the sources, as for `node --conditions=countersign-source`.
const conditions = ["countersign-source", ...defaultServerConditions];

// Databases, browsers and programs keep their temporary files where this says.
process.env.TMPDIR = createTemporaryFolder();

export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: graphql }] },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    setupFiles: ["test/support/setup.ts"],
    pool: "forks",
    // The files of a worker share its modules: loading them anew for each file took a tenth of the time.
    isolate: false,
    // Three for each processor of a small machine: more than half of a test is waiting.
    maxWorkers: 6,
    // Bounds for what hangs, not expectations: a slow machine shares its processors with PostgreSQL.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    teardownTimeout: 30_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
