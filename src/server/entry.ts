/** The entry of `countersign/server`. */

export type { Database } from "../approvals/core.ts";
export { type Config, loadConfig } from "../config/config.ts";
export { ConfigError } from "../config/environment.ts";
export { migrate } from "../db/migrate.ts";
export { createLogger } from "../log.ts";
export { type App, buildApp, type Started } from "./app.ts";
