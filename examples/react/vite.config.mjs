/** The application and Countersign's API at one origin, as a reverse proxy would serve them. */

import { defaultClientConditions, defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  // For this repository only: the dialog's sources, because `dist` is not built. Remove it in your own project.
  resolve: { conditions: ["countersign-source", ...defaultClientConditions] },
  server: { proxy: { "/api/": process.env.COUNTERSIGN_URL ?? "http://127.0.0.1:4000" } },
});
