/** Writes RESULTS.md and its charts. */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chartOf } from "./chart.ts";
import { type Figure, type Measurement, markdownTable } from "./report.ts";

/** A measurement and what it found. */
export interface Done {
  measurement: Measurement;
  figures: Figure[];
}

/**
 * Writes RESULTS.md and `results/NAME.svg` for each measurement, in place of those that are there.
 * @param facts about the machine, one a line
 */
export function writeResults(folder: string, facts: readonly string[], done: readonly Done[]): void {
  const charts = join(folder, "results");
  rmSync(charts, { recursive: true, force: true });
  mkdirSync(charts);
  const sections = done.map(({ measurement: { name, about }, figures }) => {
    const chart = chartOf(name, figures);
    if (chart !== null) writeFileSync(join(charts, `${name}.svg`), chart);
    const parts = [
      `## ${name}`,
      about,
      chart === null ? "" : `![${name}](results/${name}.svg)`,
      markdownTable(figures),
    ];
    return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
  });
  writeFileSync(
    join(folder, "RESULTS.md"),
    `# What was measured

Written by \`npm run bench\`. Each figure is the median of several rounds, and its baseline was measured in
turn with it in the same run. Client, API and PostgreSQL share the machine. In the pictures a blue bar is the figure, a
grey one its baseline, and a red line the bar.

${facts.map((fact) => `- ${fact}`).join("\n")}

${sections.join("\n")}`,
  );
}
