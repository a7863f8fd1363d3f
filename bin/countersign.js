#!/usr/bin/env node
// The command `countersign`. The package holds what was built; in the repository the sources run.
import { existsSync } from "node:fs";

const NEEDED = 24;

if (Number.parseInt(process.versions.node, 10) < NEEDED) {
  console.error(`countersign: needs Node.js ${NEEDED} or newer; this is ${process.versions.node}`);
  process.exit(1);
}
const isRepository = existsSync(new URL("../src/cli.ts", import.meta.url));
try {
  await import(isRepository ? "../src/cli.ts" : "../dist/cli.js");
} catch (error) {
  const missing = /^Cannot find package '([^']+)'/.exec(error.message)?.[1];
  if (missing === undefined) throw error;
  console.error(
    `countersign: the package ${missing} is not installed; install countersign without leaving out its optional dependencies`,
  );
  process.exit(1);
}
