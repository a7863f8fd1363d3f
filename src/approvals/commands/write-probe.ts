/** Checks that the database accepts writes: creates a normal request and rolls it back. */

import { randomUUID } from "node:crypto";
import type { Pool } from "../../db/pool.ts";
import { beginAt } from "../../db/pool.ts";
import { transactionNow } from "../../db/queries/requests.ts";
import { writeBatch } from "../../db/queries/write.ts";
import { NOBODY_KNOWN } from "../../model/known-people.ts";
import { byName } from "../../model/same-person.ts";
import * as lifecycle from "../lifecycle.ts";
import { BUILT_IN_DEFAULTS, completeInput } from "../validation.ts";
import { batchOf } from "./batch.ts";

const ANSWER_WITHIN_MS = 2_000;
const NOBODY = { people: new Map(), commenters: new Map() };

/** @throws the database's error if it does not accept writes */
export async function probeWrite(pool: Pool): Promise<void> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query({ text: beginAt(pool), query_timeout: ANSWER_WITHIN_MS } as { text: string });
    const { now } = await transactionNow(client);
    const key = { workflowId: "countersign", jobId: "probe", executionId: randomUUID() };
    const draft = completeInput({ ...key, title: "Probe", notifyUsers: ["nobody"] }, "countersign", BUILT_IN_DEFAULTS);
    const effects = lifecycle.create(randomUUID(), draft, "", now, byName);
    const command = { key: "", caller: null, apply: () => effects };
    const pending = { command, since: 0, attempts: 0, resolve() {}, reject() {} };
    const applied = { pending, before: undefined, effects };
    const known = { audience: NOBODY, people: NOBODY_KNOWN, now };
    await writeBatch(client, batchOf([applied], known, { auditDetail: false, destinations: null }));
    await client.query("rollback");
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    client.release(failure);
  }
}
