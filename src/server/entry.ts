/** The entry of `countersign/server`. */

export type { Database } from "../approvals/core.ts";
export { type App, buildApp, type Started } from "./app.ts";
