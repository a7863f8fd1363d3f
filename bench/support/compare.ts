/** Measures two checkouts in turn on the same machine, and reports their ratio. */

import { fileURLToPath } from "node:url";
import { startNode } from "../../test/support/stage/node-process.ts";
import type { Asked } from "./measured.ts";
import { median, times } from "./numbers.ts";
import { type Figure, tableOf } from "./report.ts";

const MEASURED = fileURLToPath(new URL("./measured.ts", import.meta.url));
const HEAD = ["what", "there", "here", "here / there", "lowest and highest of a round"];

/** The figure that a text such as `decided: 1,530 /s late` is about. */
const MEASURE = /(\d[\d,]*(?:\.\d+)?) (ms|s|\/s|kB|B|×)(?![\p{L}\d])/u;

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
    const [, number, unit] = MEASURE.exec(text ?? "") ?? [];
    return number && unit ? [{ what: name as string, value: Number(number.replaceAll(",", "")), unit }] : [];
  });
}

async function figuresOf(asked: Asked): Promise<Measured[]> {
  const child = startNode(MEASURED);
  try {
    return (await child.ask<Figure[]>(asked)).flatMap(measuredIn);
  } finally {
    await child.stop();
  }
}

/** What to compare. `there` is the other checkout, with its packages installed. */
export interface Compared {
  there: string;
  here: string;
  name: string;
  rounds: number;
  quick: boolean;
  say(text: string): void;
}

/** Runs one measurement of both checkouts in turn, the first of them changing, and returns a table of the medians. */
export async function compare({ there, here, name, rounds, quick, say }: Compared): Promise<string> {
  const found = { there: new Map<string, Measured[]>(), here: new Map<string, Measured[]>() };
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (["there", "here"] as const) : (["here", "there"] as const);
    for (const side of order) {
      const figures = await figuresOf({ dir: side === "here" ? here : there, name, quick });
      for (const figure of figures) found[side].set(figure.what, [...(found[side].get(figure.what) ?? []), figure]);
      say(`round ${round + 1} of ${rounds}, ${side}: ${figures[0]?.value} ${figures[0]?.unit} ${figures[0]?.what}`);
    }
  }
  const rows = [...found.here].map(([what, ours]) => {
    const [own, other] = [ours, found.there.get(what) ?? []].map((all) => all.map(({ value }) => value));
    const unit = ours[0]?.unit ?? "";
    const text = (values: number[] | undefined) => (values?.length ? `${shown(median(values))} ${unit}` : "-");
    const ratio = own && other?.length ? times(median(own) / median(other)) : "-";
    const spread = [other, own].map((values) =>
      values?.length ? `${shown(Math.min(...values))}–${shown(Math.max(...values))}` : "-",
    );
    return [what, text(other), text(own), ratio, spread.join(", ")];
  });
  return tableOf(HEAD, rows);
}

/** Formats at most two digits after the point, as in the figures themselves. */
const shown = (value: number): string => String(Math.round(value * 100) / 100);
