/** The entry of `countersign/server`. */

import { loadBeside } from "../load-beside.ts";
import type * as app from "./app.ts";

export type { Database } from "../approvals/core.ts";
export type { App, Started } from "./app.ts";

export const { buildApp } = loadBeside<typeof app>(import.meta.url, "./app", "The server");
