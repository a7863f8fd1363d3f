/** Measures two checkouts in turn on the same machine, and reports their ratio. */

import { fileURLToPath } from "node:url";
import { startNode } from "../../test/support/stage/node-process.ts";
import type { MeasurementOrder } from "./measured.ts";
import { MEASURE, measureIn, median, times } from "./numbers.ts";
import { type Figure, tableOf } from "./report.ts";

const MEASURED = fileURLToPath(new URL("./measured.ts", import.meta.url));
const HEAD = ["what", "other", "this", "this / other", "lowest and highest of a round"];

interface Measured {
  what: string;
  value: number;
  unit: string;
}

/** A figure, and its baseline if that is measured as well. */
function measuredIn({ what, value, against, result }: Figure): Measured[] {
  return [
    [what, value],
    [`${what}: ${against?.replace(MEASURE, "").trim().replace(/:$/, "") || "what it is compared with"}`, against],
    [`${what}: the ratio of these`, result],
  ].flatMap(([name, text]) => {
    const measure = measureIn(text ?? "");
    return measure === null ? [] : [{ what: name as string, ...measure }];
  });
}

async function figuresOf(measurement: MeasurementOrder): Promise<Measured[]> {
  const child = startNode(MEASURED);
  try {
    return (await child.ask<Figure[]>(measurement)).flatMap(measuredIn);
  } finally {
    await child.stop();
  }
}

/** The comparison. `otherDir` is the other checkout, with its packages installed. */
export interface Compared {
  otherDir: string;
  thisDir: string;
  name: string;
  rounds: number;
  quick: boolean;
  say(text: string): void;
}

/** Runs one measurement of both checkouts in turn, starting with each in turn, and returns a table of the medians. */
export async function compare({ otherDir, thisDir, name, rounds, quick, say }: Compared): Promise<string> {
  const found = { other: new Map<string, Measured[]>(), this: new Map<string, Measured[]>() };
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (["other", "this"] as const) : (["this", "other"] as const);
    for (const side of order) {
      const figures = await figuresOf({ dir: side === "this" ? thisDir : otherDir, name, quick });
      for (const figure of figures) found[side].set(figure.what, [...(found[side].get(figure.what) ?? []), figure]);
      say(`round ${round + 1} of ${rounds}, ${side}: ${figures[0]?.value} ${figures[0]?.unit} ${figures[0]?.what}`);
    }
  }
  const rows = [...found.this].map(([what, figures]) => {
    const [own, other] = [figures, found.other.get(what) ?? []].map((all) => all.map(({ value }) => value));
    const unit = figures[0]?.unit ?? "";
    const text = (values: number[] | undefined) => (values?.length ? `${formatted(median(values))} ${unit}` : "-");
    const ratio = own && other?.length ? times(median(own) / median(other)) : "-";
    const spread = [other, own].map((values) =>
      values?.length ? `${formatted(Math.min(...values))}–${formatted(Math.max(...values))}` : "-",
    );
    return [what, text(other), text(own), ratio, spread.join(", ")];
  });
  return tableOf(HEAD, rows);
}

/** Formats at most two digits after the point, as in the figures themselves. */
const formatted = (value: number): string => String(Math.round(value * 100) / 100);
