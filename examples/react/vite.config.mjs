/** The application and Countersign's API at one origin, as a reverse proxy would serve them. */

import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  server: { proxy: { "/api/": process.env.COUNTERSIGN_URL ?? "http://127.0.0.1:4000" } },
});
