import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { createTemporaryFolder } from "./test/support/temporary-folder.ts";

// Each test file and each process that a test starts loads the same packages; compiled once they load faster.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("./node_modules/.cache/compiled/", import.meta.url));

// Databases, browsers and programs keep their temporary files where this says.
process.env.TMPDIR = createTemporaryFolder();

export default defineConfig({
  // The exports of package.json are the sources.
  ssr: { resolve: { conditions: ["countersign-source"] } },
  plugins: [
    {
      name: "no-development-condition",
      // Vitest passes the conditions to Node.js. This one leads to sources of packages, which Node.js cannot load.
      configResolved({ ssr }) {
        const { conditions = [] } = ssr.resolve ?? {};
        conditions.splice(0, Infinity, ...conditions.filter((condition) => !condition.startsWith("development")));
      },
    },
  ],
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    setupFiles: ["test/support/setup.ts"],
    pool: "forks",
    // Node.js loads the sources itself, as in production. Vite would transform each file, and no test needs that.
    experimental: { viteModuleRunner: false, nodeLoader: false },
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
