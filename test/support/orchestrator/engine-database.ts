/** Creates a database in which the orchestrator's engine finds its tables, as after an earlier launch. */

import { ensureSystemDatabase } from "@dbos-inc/dbos-sdk/internal/system_database";
import { ENGINE_SCHEMA } from "../../../src/db/queries/run-owner.ts";
import { createTestDatabase, sharedTemplate, type TestDatabase } from "../db/database.ts";
import { ENGINE } from "../global-setup.ts";

type EngineLogger = Parameters<typeof ensureSystemDatabase>[1];

// The engine reports each of its steps there, and throws its errors.
const SILENT = { debug() {}, info() {}, warn() {}, error() {} } as unknown as EngineLogger;

/** A copy for one test file. Creating the tables takes half a second. */
export async function createEngineDatabase(): Promise<TestDatabase> {
  const template = await sharedTemplate(ENGINE, (url) =>
    ensureSystemDatabase(url, SILENT, undefined, ENGINE_SCHEMA, false),
  );
  return createTestDatabase({ template });
}
