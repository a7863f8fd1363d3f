/**
 * Stores through the manager that messages were sent: the row and its audit entry in one transaction. Receipts for one
 * request that arrive while the transaction waits are stored together.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { ApprovalManager } from "../approvals/manager.ts";
import { noteDelivered, type Receipt } from "../approvals/notifications.ts";
import { isOutage } from "../db/outages.ts";
import { NotFoundError } from "../model/errors.ts";

const RETRY_MS = 250;

interface Group {
  receipts: Receipt[];
  stored: Promise<void>;
}

export interface Receipts {
  /**
   * Resolves once the receipt is stored, or its request is deleted. Waits while the database is unavailable, because a
   * message without a receipt is sent again.
   */
  note(requestId: string, receipt: Receipt): Promise<void>;
}

/** @param signal ends the wait for a database that is unavailable */
export function createReceipts(manager: Pick<ApprovalManager, "note">, signal: AbortSignal): Receipts {
  const open = new Map<string, Group>();

  async function write(requestId: string, receipts: Receipt[]): Promise<void> {
    for (;;) {
      try {
        await manager.note(requestId, (request) => {
          // Later receipts are too late for this transaction.
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
        return group.stored;
      }
      const receipts = [receipt];
      const created = { receipts, stored: Promise.resolve() };
      open.set(requestId, created);
      created.stored = write(requestId, receipts);
      return created.stored;
    },
  };
}
