/**
 * A process that starts the application on a database, and stops it at SIGTERM. It never calls `process.exit`: it ends
 * only when nothing is left open.
 */

import { pino } from "pino";
import { loadConfig } from "../../../src/config/config.ts";
import { buildApp } from "../../../src/server/app.ts";

const app = buildApp(loadConfig(process.env), pino({ level: "silent" }));
const { url } = await app.start();
process.once("SIGTERM", () => app.stop());
console.log(url);
