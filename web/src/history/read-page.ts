/** Reads pages of the export without the cache, because they are only written to a file. */

import { stringifyDocument } from "@urql/core";
import type { ApprovalRequestFilter, HistoryExportQuery } from "../generated/graphql.ts";
import { addressAt } from "../shared/settings.ts";
import type { ExportPage } from "./export.ts";
import { HistoryExport } from "./history.graphql.ts";

const PAGE = 100;
const TOO_MANY = 429;
const MAX_ATTEMPTS = 5;

/** @throws if the server refuses or cannot be reached */
export function exportPages(filter: ApprovalRequestFilter, signal: AbortSignal) {
  const query = stringifyDocument(HistoryExport);
  return async (after: string | null): Promise<ExportPage> => {
    const body = JSON.stringify({ query, variables: { first: PAGE, after, filter } });
    const headers = { "content-type": "application/json", accept: "application/graphql-response+json" };
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(addressAt("/graphql"), { method: "POST", headers, body, signal });
      if (response.status === TOO_MANY && attempt < MAX_ATTEMPTS) {
        await pause(Number(response.headers.get("retry-after") ?? 1) * 1_000);
        continue;
      }
      const { data, errors } = (await response.json()) as {
        data?: HistoryExportQuery | null;
        errors?: { message: string }[];
      };
      if (data == null) throw new Error(errors?.[0]?.message ?? "The server did not answer as expected.");
      return data.approvalRequests;
    }
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
