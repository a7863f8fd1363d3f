/** Writes migrations/schema.txt: `npm run migrate:dump`. */

import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "../../../src/db/embedded/embedded.ts";
import { migrate } from "../../../src/db/migrate.ts";
import { createPool } from "../../../src/db/pool.ts";
import { dumpSchema } from "./schema-dump.ts";

const dataDir = join(tmpdir(), `countersign-dump-${randomBytes(6).toString("hex")}`);
const database = await startEmbedded({ dataDir, durable: false });
try {
  await migrate(database.url);
  const pool = createPool(database.url);
  writeFileSync(new URL("../../../migrations/schema.txt", import.meta.url), await dumpSchema(pool));
  await pool.end();
} finally {
  await database.stop();
  rmSync(dataDir, { recursive: true });
}
