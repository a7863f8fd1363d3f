/** `npm run bench`: measures, prints a table with bars and verdicts, and writes RESULTS.md with its charts. */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { postgresVersion } from "../test/support/stage/stage.ts";
import { batch } from "./measurements/batch.ts";
import { burst } from "./measurements/burst.ts";
import { connect } from "./measurements/connect.ts";
import { http } from "./measurements/http.ts";
import { idle } from "./measurements/idle.ts";
import { memory } from "./measurements/memory.ts";
import { orchestrator } from "./measurements/orchestrator.ts";
import { restate } from "./measurements/restate.ts";
import { resume } from "./measurements/resume.ts";
import { scale } from "./measurements/scale.ts";
import { start } from "./measurements/start.ts";
import { timeouts } from "./measurements/timeouts.ts";
import { wake } from "./measurements/wake.ts";
import { waterfall } from "./measurements/waterfall.ts";
import { web } from "./measurements/web.ts";
import { compare } from "./support/compare.ts";
import { load, type Measurement, machine, textTable } from "./support/report.ts";
import { type Done, writeResults } from "./support/results.ts";

const ALL: readonly Measurement[] = [
  wake,
  waterfall,
  idle,
  batch,
  http,
  memory,
  connect,
  burst,
  timeouts,
  start,
  web,
  orchestrator,
  resume,
  restate,
  scale,
];
/** Omitted without --full or --only, because they take minutes. */
const LONG: readonly Measurement[] = [scale];

const HELP = `npm run bench -- [options]

Every measurement starts a PostgreSQL and an API of its own. What a figure is compared with is measured in the same
run, so that the ratios hold on any machine; times and rates hold for this one only. connect and burst compare with
PostGraphile 5 only after \`npm ci --prefix bench/peers\`, which installs it.

  --only NAME    one measurement; may be given more than once
  --quick        few rounds: shows that it works, not how fast it is
  --full         also measurements that take minutes: ${LONG.map(({ name }) => name).join(", ")}
  --compare DIR
                 measures the checkout in DIR and this one in turn and prints the medians and their ratios; wake unless
                 --only names others. DIR has its packages installed.
  --rounds N     of --compare; default 5
  --help

A run of everything (with or without --full) writes bench/RESULTS.md and bench/results/*.svg.

${ALL.map(({ name, about }) => `  ${name.padEnd(10)}${about}`).join("\n")}
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true },
      quick: { type: "boolean", default: false },
      full: { type: "boolean", default: false },
      compare: { type: "string" },
      rounds: { type: "string", default: "5" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const { quick, full } = values;
  const unknown = values.only?.find((name) => !ALL.some((measurement) => measurement.name === name));
  if (unknown !== undefined) throw new Error(`There is no measurement ${unknown}; see --help.`);
  if (values.compare !== undefined) {
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds is ${values.rounds}; it must be 1 or more.`);
    return compareWith(resolve(CALLED_IN, values.compare), values.only ?? [wake.name], rounds, quick);
  }
  const chosen = values.only
    ? ALL.filter(({ name }) => values.only?.includes(name))
    : ALL.filter((measurement) => full || !LONG.includes(measurement));

  const loadBefore = load();
  const done: Done[] = [];
  for (const measurement of chosen) {
    console.log(`\n${measurement.name}: ${measurement.about}`);
    const figures = await measurement.run({ quick, full, say: (text) => console.log(`  ${text}`) });
    done.push({ measurement, figures });
    console.log(`\n${textTable(figures)}`);
  }
  const all = done.flatMap(({ figures }) => figures);
  const facts = machine(postgresVersion(), loadBefore);
  if (done.length > 1) console.log(`\n${facts.join("\n")}\n\n${textTable(all.filter(({ bar }) => bar !== undefined))}`);
  if (values.only === undefined && !quick) writeResults(import.meta.dirname, facts, done);
  if (all.some(({ met }) => met === false)) console.log("\nA bar was missed.");
}

async function compareWith(otherDir: string, names: readonly string[], rounds: number, quick: boolean): Promise<void> {
  for (const name of names) {
    const file = join(otherDir, "bench/measurements", `${name}.ts`);
    if (!existsSync(file)) throw new Error(`--compare ${otherDir}: there is no ${file}.`);
    console.log(`\n${name}: ${otherDir} and this checkout in turn`);
    const say = (text: string) => console.log(`  ${text}`);
    console.log(`\n${await compare({ otherDir, thisDir: process.cwd(), name, rounds, quick, say })}`);
  }
}

const CALLED_IN = process.cwd();
process.chdir(fileURLToPath(new URL("..", import.meta.url)));
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // The processes that were started end with this process.
  process.once(signal, () => process.exit(130));
}
await main();
