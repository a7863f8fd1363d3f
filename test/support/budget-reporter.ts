/** Prints the seconds of each area's test files, as a table for docs/testing.md. */

import type { Reporter, TestModule } from "vitest/node";

export default class BudgetReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const areas = Map.groupBy(modules, ({ relativeModuleId }) => areaOf(relativeModuleId));
    const rows = [...areas].map(([area, files]) => ({ area, files: files.length, seconds: secondsOf(files) }));
    const total = { area: "all", files: modules.length, seconds: secondsOf(modules) };
    const sorted = [...rows.toSorted((a, b) => b.seconds - a.seconds), total];
    const lines = sorted.map(({ area, files, seconds }) => `| ${area} | ${files} | ${Math.round(seconds)} |`);
    console.log(["", "| area | files | seconds |", "| --- | --- | --- |", ...lines, ""].join("\n"));
  }
}

/** The folder in `test/`; files outside of a folder are one area. */
const areaOf = (file: string): string => /^test\/(.+?)\//.exec(file)?.[1] ?? "others";

/** The time of the tests and their hooks, as Vitest prints it for each file. */
const secondsOf = (files: readonly TestModule[]): number =>
  files.reduce((sum, file) => sum + file.diagnostic().duration, 0) / 1_000;
