/** A process that runs one measurement of a checkout, possibly another one, and sends its figures. */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Measurement } from "./report.ts";

/** The measurement and the checkout. */
export interface MeasurementOrder {
  dir: string;
  name: string;
  quick: boolean;
}

process.on("message", async ({ dir, name, quick }: MeasurementOrder) => {
  process.chdir(dir);
  const module: Record<string, Measurement> = await import(
    pathToFileURL(join(dir, "bench/measurements", `${name}.ts`)).href
  );
  const figures = await (module[name] as Measurement).run({ quick, full: false, say: () => {} });
  process.send?.(figures, () => process.disconnect());
});
