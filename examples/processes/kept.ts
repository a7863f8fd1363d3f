/**
 * Runs the program in its arguments, and ends it when the process that started this one ends for any reason: a
 * program of another language does not notice. It sends its parent the program's process id and how the program ended.
 */

import { spawn } from "node:child_process";

const END_WITHIN_MS = 15_000;

const [program = "", ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"] });

const send = (message: object, then = () => {}) => (process.connected ? process.send?.(message, then) : then());
const end = () => {
  child.kill("SIGTERM");
  setTimeout(() => child.kill("SIGKILL"), END_WITHIN_MS);
};
child.once("spawn", () => send({ pid: child.pid }));
child.once("error", (error) => send({ ended: error.message }, () => process.exit(1)));
child.once("exit", (code, signal) => send({ ended: signal ?? `code ${code}` }, () => process.exit(code ?? 1)));
process.once("disconnect", end);
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, end);
