/** Rows of `workflow_definitions`. */

import type { JsonObject } from "../../model/approvals.ts";
import type { RegisteredWorkflow, WorkflowDefinition } from "../../model/runs.ts";
import type { Queryable } from "../query.ts";
import type { Page } from "./find-page.ts";

const COLUMNS = `d.name, d.version, d.input_schema as "inputSchema", d.start_roles as "startRoles", d.orchestrator,
  d.created_by as "createdBy", d.created_at as "createdAt"`;

/** A version with its document. */
export type WholeWorkflow = RegisteredWorkflow & { definition: WorkflowDefinition };

/** The input for a new version. */
export type NewWorkflow = Omit<WholeWorkflow, "version" | "createdAt">;

/**
 * Stores a version with the next number.
 * @returns undefined if another process has just stored that number
 */
export async function insertWorkflow(db: Queryable, workflow: NewWorkflow, version: number) {
  const { name, definition, inputSchema, startRoles, orchestrator, createdBy } = workflow;
  const { rows } = await db.query<RegisteredWorkflow>(
    `insert into workflow_definitions as d (name, version, definition, input_schema, start_roles, orchestrator, created_by)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing
     returning ${COLUMNS}`,
    [
      ...[name, version, JSON.stringify(definition), inputSchema && JSON.stringify(inputSchema), startRoles],
      ...[orchestrator, createdBy],
    ],
  );
  return rows[0];
}

/** A version of a workflow. @param version null for the newest */
export async function workflowOf(db: Queryable, name: string, version: number | null = null) {
  const { rows } = await db.query<WholeWorkflow>({
    name: "workflow-of",
    text: `select ${COLUMNS}, d.definition from workflow_definitions d
            where d.name = $1 and ($2::integer is null or d.version = $2) order by d.version desc limit 1`,
    values: [name, version],
  });
  return rows[0];
}

/**
 * The newest version of each workflow, by name.
 * @param roles only workflows that people with these roles may start; null for all
 * @param after the name before the page
 */
export async function listWorkflows(
  db: Queryable,
  roles: readonly string[] | null,
  after: string | null,
  first: number,
): Promise<Page<RegisteredWorkflow>> {
  const { rows } = await db.query<RegisteredWorkflow>(
    `select * from (
       select distinct on (d.name) ${COLUMNS} from workflow_definitions d
        where $2::text is null or d.name > $2
        order by d.name, d.version desc) d
      where $1::text[] is null or d."startRoles" && $1
      order by d.name limit $3`,
    [roles, after, first + 1],
  );
  return { items: rows.slice(0, first), hasNextPage: rows.length > first };
}

/** The documents of these versions. */
export async function definitionOfWorkflow(
  db: Queryable,
  name: string,
  version: number,
): Promise<JsonObject | undefined> {
  const sql = "select definition from workflow_definitions where name = $1 and version = $2";
  return (await db.query<{ definition: JsonObject }>(sql, [name, version])).rows[0]?.definition;
}
