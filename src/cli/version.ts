/** The version of the package. */

import { readFileSync } from "node:fs";

/** Reads the version from `package.json`, which is at the same distance from the sources and from the build. */
export function versionOf(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return version;
}
