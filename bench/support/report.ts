/** Formats the results of a measurement as a table for the terminal and for RESULTS.md. */

import { cpus, loadavg, totalmem } from "node:os";

/** One line of the table. */
export interface Figure {
  what: string;
  value: string;
  /** The value that it is compared with, measured in the same run. */
  against?: string;
  /** The ratio to that, or another figure that the bar is about. */
  result?: string;
  bar?: string;
  /** Whether the bar is met; omitted if there is no bar. */
  met?: boolean;
  /** The part of a waterfall that it is about, in ms since its start. */
  span?: { from: number; to: number };
}

export interface Options {
  /** Fewer rounds and rows, to check that the measurement works. The figures mean nothing. */
  quick: boolean;
  /** Also measurements that take more than a minute. */
  full: boolean;
  /** Prints the progress. */
  say(text: string): void;
}

/** A measurement. It starts the processes that it needs and ends them. */
export interface Measurement {
  name: string;
  /** A sentence that explains the measurement. */
  about: string;
  run(options: Options): Promise<Figure[]>;
}

const HEAD = ["what", "figure", "against", "result", "bar", "verdict"];

const cellsOf = ({ what, value, against = "", result = "", bar = "", met }: Figure): string[] => [
  what,
  value,
  against,
  result,
  bar,
  met === undefined ? "" : met ? "met" : "MISSED",
];

export const textTable = (figures: readonly Figure[]): string => tableOf(HEAD, figures.map(cellsOf));

/** Aligns the columns for a terminal. */
export function tableOf(head: readonly string[], body: readonly string[][]): string {
  const rows = [[...head], ...body];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}

export function markdownTable(figures: readonly Figure[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(HEAD), line(HEAD.map(() => "---")), ...figures.map((figure) => line(cellsOf(figure)))].join("\n");
}

/** The load of the machine in the last minute; 0 on a machine without other work. */
export const load = (): string => (loadavg()[0] ?? 0).toFixed(1);

/**
 * The machine and the versions, one fact a line.
 * @param loadBefore of the machine before anything was measured; above half its cores, times and rates mean little
 */
export function machine(postgresVersion: string, loadBefore: string): string[] {
  const all = cpus();
  return [
    `processor: ${all[0]?.model.trim() ?? "unknown"}, ${all.length} cores`,
    `memory: ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `system: ${process.platform} ${process.arch}`,
    `load average before the run: ${loadBefore}`,
    `Node.js ${process.version}, PostgreSQL ${postgresVersion}`,
    `date: ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
  ];
}
