/**
 * The audit log as one chain for each request. A row's hash is the SHA-256, in lower-case hexadecimal, of the RFC 8785
 * JSON of its content: `action`, `comment`, `createdAt`, `id`, `metadata`, `newStatus`, `oldStatus`, `personalDigest`,
 * `position`, `previousHash`, `requestId` and `userId`; missing values are null. `previousHash` is the hash of the
 * previous row, and null in the first row of a request. Email, IP address and user agent enter the hash as
 * `personalDigest`, the same digest of `{ipAddress, salt, userAgent, userEmail}`, so they can be erased with the salt.
 */

import { randomUUID } from "node:crypto";
import canonicalize from "canonicalize";
import type { ChainedRow } from "../db/queries/audit-chain.ts";
import type { LockedRequest } from "../db/queries/requests.ts";
import type { AuditRow } from "../db/queries/write.ts";
import type { ApprovalAuditLog, JsonObject } from "../model/approvals.ts";
import { sha256 } from "../model/json.ts";

/** An event before it is appended to its chain. */
export type AuditEntry = Omit<ApprovalAuditLog, "id" | "position">;

type Personal = Pick<ChainedRow, "userEmail" | "ipAddress" | "userAgent" | "personalSalt">;

// For a flat object with ordered keys, JSON.stringify writes RFC 8785 JSON, ten times as fast.
const flat = JSON.stringify;

/** Whether a JSON object has only text values, and its keys in the order of RFC 8785, as the facts of a decision. */
function isFlatInOrder(value: JsonObject): boolean {
  let previous: string | undefined;
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== "string" || (previous !== undefined && key < previous)) return false;
    previous = key;
  }
  return true;
}
const canonical = (value: JsonObject): string => (isFlatInOrder(value) ? flat(value) : (canonicalize(value) as string));

/** The digest that represents the personal fields in the hash. */
export const personalDigestOf = ({ ipAddress, personalSalt, userAgent, userEmail }: Personal): string =>
  sha256(flat({ ipAddress, salt: personalSalt, userAgent, userEmail }));

/** The hash of a row's content. `hash`, the personal fields and their salt are not part of it. */
export function hashOf(row: Omit<ChainedRow, "hash" | keyof Personal>): string {
  const { action, comment, createdAt, id, newStatus, oldStatus, personalDigest, position, previousHash, userId } = row;
  const requestId = row.approvalRequestId;
  const before = flat({ action, comment, createdAt, id });
  const behind = flat({ newStatus, oldStatus, personalDigest, position, previousHash, requestId, userId });
  return sha256(`${before.slice(0, -1)},"metadata":${canonical(row.metadata)},${behind.slice(1)}`);
}

interface Head {
  length: number;
  hash: string | null;
}

/** The chains of one transaction. Each appended entry becomes the head of its request's chain. */
export class AuditChains {
  readonly #heads: Map<string, Head>;

  /** @param locked the requests whose chains continue; the chain of any other request starts */
  constructor(locked: Iterable<Pick<LockedRequest, "id" | "auditLength" | "auditHead">> = []) {
    this.#heads = new Map();
    for (const { id, auditLength, auditHead } of locked) this.#heads.set(id, { length: auditLength, hash: auditHead });
  }

  append(entry: AuditEntry): AuditRow {
    const { userEmail, ipAddress, userAgent } = entry;
    const head = this.#heads.get(entry.approvalRequestId) ?? { length: 0, hash: null };
    const personalSalt = (userEmail ?? ipAddress ?? userAgent) === null ? null : randomUUID();
    const row = {
      ...entry,
      id: randomUUID(),
      createdAt: entry.createdAt.toISOString(),
      position: head.length + 1,
      previousHash: head.hash,
      personalSalt,
      personalDigest: personalSalt && personalDigestOf({ userEmail, ipAddress, userAgent, personalSalt }),
    };
    const hash = hashOf(row);
    this.#heads.set(entry.approvalRequestId, { length: row.position, hash });
    return { ...row, hash };
  }
}
