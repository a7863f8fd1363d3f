/**
 * What was sent is noted through the manager: the row and its audit entry in one transaction. Receipts for one request
 * that come while it is being waited for go into the log together.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { ApprovalManager } from "../approvals/manager.ts";
import { noteDelivered, type Receipt } from "../approvals/notifications.ts";
import { isOutage } from "../db/outages.ts";
import { NotFoundError } from "../model/errors.ts";

const RETRY_MS = 250;

interface Group {
  receipts: Receipt[];
  noted: Promise<void>;
}

export interface Receipts {
  /**
   * Resolves once the receipt is written, or its request is gone. A database that is away is waited for: what is not
   * noted is sent again.
   */
  note(requestId: string, receipt: Receipt): Promise<void>;
}

/** @param signal ends the waiting for a database that is away */
export function createReceipts(manager: Pick<ApprovalManager, "note">, signal: AbortSignal): Receipts {
  const open = new Map<string, Group>();

  async function write(requestId: string, receipts: Receipt[]): Promise<void> {
    for (;;) {
      try {
        await manager.note(requestId, (request) => {
          // Whatever comes from now on comes too late for this transaction.
          open.delete(requestId);
          return noteDelivered(request, receipts);
        });
        return;
      } catch (error) {
        if (error instanceof NotFoundError) return;
        if (!isOutage(error) || signal.aborted) throw error;
        await delay(RETRY_MS, undefined, { signal }).catch(() => {});
      } finally {
        if (open.get(requestId)?.receipts === receipts) open.delete(requestId);
      }
    }
  }

  return {
    note(requestId, receipt) {
      const group = open.get(requestId);
      if (group !== undefined) {
        group.receipts.push(receipt);
        return group.noted;
      }
      const receipts = [receipt];
      const made = { receipts, noted: Promise.resolve() };
      open.set(requestId, made);
      made.noted = write(requestId, receipts);
      return made.noted;
    },
  };
}
