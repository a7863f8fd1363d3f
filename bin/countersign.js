#!/usr/bin/env node
// The command `countersign`. The package has the built modules; in the repository the sources run.
import { existsSync } from "node:fs";

const isRepository = existsSync(new URL("../src/cli.ts", import.meta.url));
const NEEDED = isRepository ? [24, 0] : [20, 19];

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  console.error(`countersign: needs Node.js ${NEEDED.join(".")} or newer; this is ${process.versions.node}`);
  process.exit(4); // 1 would say that a request was rejected.
}
await import(isRepository ? "../src/cli.ts" : "../dist/cli.js");
