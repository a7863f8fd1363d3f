/** Writes `schema.graphql`, the committed form in which changes of the API are reviewed. */

import { writeFile } from "node:fs/promises";
import { lexicographicSortSchema, printSchema } from "graphql";
import { schema } from "./index.ts";

/** The schema as text, sorted. */
export const printed = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`;

if (import.meta.main) await writeFile(new URL("../../schema.graphql", import.meta.url), printed());
