/** The web inbox as the server serves it: `web/dist`, built by `npm ci`. `npm run web` serves it while it is changed. */

import { defineConfig } from "vite";
import { compressed } from "./compressed.ts";
import { documents } from "./documents.ts";
import { early } from "./early.ts";
import { visibleReact } from "./visible-jsx.ts";

/** Where `npm start` listens, for `npm run web`. */
const SERVER = process.env.COUNTERSIGN_URL ?? "http://127.0.0.1:4000";

const first = early();

export default defineConfig({
  root: import.meta.dirname,
  // Relative: the server may serve the inbox below any path.
  base: "./",
  plugins: [documents(), first.plugin, visibleReact(), compressed()],
  logLevel: "warn",
  build: {
    target: "es2023",
    // The content security policy lets nothing be written into the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "early", test: first.includes, priority: 3 },
            // What every page needs comes in two files: libraries, which outlive our changes, and ours.
            { name: "libraries", tags: ["$initial"], test: /node_modules/, priority: 2 },
            { name: "inbox", tags: ["$initial"], priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      "/graphql": { target: SERVER, ws: true },
      ...Object.fromEntries(
        ["/session", "/sign-in", "/auth", "/decide", "/integrations", "/api/", "/healthz", "/readyz", "/metrics"].map(
          (path) => [path, SERVER],
        ),
      ),
    },
  },
});
