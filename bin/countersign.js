#!/usr/bin/env node
// The command `countersign`. The package holds what was built; in the repository the sources run.
import { existsSync } from "node:fs";

const NEEDED = 24;

if (Number.parseInt(process.versions.node, 10) < NEEDED) {
  console.error(`countersign: needs Node.js ${NEEDED} or newer; this is ${process.versions.node}`);
  process.exit(4); // 1 would say that a request was rejected.
}
const isRepository = existsSync(new URL("../src/cli.ts", import.meta.url));
await import(isRepository ? "../src/cli.ts" : "../dist/cli.js");
