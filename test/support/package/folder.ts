/** The folder of the package during one run of the tests; the run removes it. */

import { tmpdir } from "node:os";
import { join } from "node:path";

/** @param run a name of the run: that of its template database */
export const packageFolder = (run: string): string => join(tmpdir(), `countersign-package-${run}`);
