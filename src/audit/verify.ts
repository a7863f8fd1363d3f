/**
 * Verifies the whole audit log. It reads rows, stored chains and anchors side by side, all in the order of the requests'
 * ids, so a log of any size takes the memory of a few rows.
 */

import type { ChainedRow, StoredChain } from "../db/queries/audit-chain.ts";
import { type Anchor, ChainCheck, type Finding } from "./check.ts";
import { ContentCheck } from "./content.ts";

/** The sources to compare. Each must be in ascending order of request ids, as in PostgreSQL and in exports. */
export interface AuditSources {
  rows: AsyncIterable<ChainedRow>;
  /** The chains as the requests store them; null for an export, whose rows may start in the middle of a chain. */
  stored: AsyncIterable<StoredChain> | null;
  /** Heads from an earlier export, or from the same one. */
  anchors: AsyncIterable<Anchor> | null;
}

export interface AuditReport {
  ok: boolean;
  rows: number;
  requests: number;
  /** Rows whose personal fields were erased or omitted. */
  erased: number;
  /** Requests with an anchor; null without anchors. */
  anchored: number | null;
  /** Requests of earlier versions, whose log does not state their content. Null for an export. */
  notCovered: number | null;
  /** Requests with a finding. */
  broken: number;
  /** The first finding of each broken request, in the order of the log's requests; at most `MOST_FINDINGS`. */
  findings: Finding[];
  /** What the verification could not prove, as sentences. */
  notProved: string[];
}

export interface Progress {
  rows: number;
  requests: number;
}

export const MOST_FINDINGS = 20;
const PROGRESS_EVERY_ROWS = 5_000;

/** A stream whose next item can be read without taking it. */
class Lookahead<T extends object> {
  readonly #items: AsyncIterator<T>;
  readonly #idOf: (item: T) => string;
  item: T | undefined;

  private constructor(items: AsyncIterable<T>, idOf: (item: T) => string) {
    this.#items = items[Symbol.asyncIterator]();
    this.#idOf = idOf;
  }

  static async of<T extends object>(items: AsyncIterable<T> | null, idOf: (item: T) => string): Promise<Lookahead<T>> {
    const ahead = new Lookahead(items ?? nothing<T>(), idOf);
    await ahead.advance();
    return ahead;
  }

  get id(): string | undefined {
    return this.item && this.#idOf(this.item);
  }

  async advance(): Promise<void> {
    const { value, done } = await this.#items.next();
    this.item = done ? undefined : value;
  }

  /** Takes the next item if it belongs to this request; otherwise returns null. */
  async take(id: string): Promise<T | null> {
    if (this.item === undefined || this.id !== id) return null;
    const { item } = this;
    await this.advance();
    return item;
  }
}

async function* nothing<T>(): AsyncGenerator<T> {}

/**
 * @param onProgress called every few thousand rows
 * @throws the errors of the sources: then nothing is proved
 */
export async function verifyAudit(
  sources: AuditSources,
  onProgress: (progress: Progress) => void = () => {},
): Promise<AuditReport> {
  const exported = sources.stored === null;
  const rows = await Lookahead.of(sources.rows, (row) => row.approvalRequestId);
  const stored = await Lookahead.of(sources.stored, (chain) => chain.requestId);
  const anchors = await Lookahead.of(sources.anchors, (anchor) => anchor.requestId);
  const counts = { rows: 0, requests: 0, erased: 0, anchored: 0, notCovered: 0, broken: 0 };
  const findings: Finding[] = [];
  let previous = "";
  for (;;) {
    const requestId = [rows.id, stored.id, anchors.id].filter((id) => id !== undefined).sort()[0];
    if (requestId === undefined) break;
    const row = rows.item;
    const [ownStored, anchor] = [await stored.take(requestId), await anchors.take(requestId)];
    const check = new ChainCheck({ requestId, stored: ownStored, anchor, exported });
    const content = new ContentCheck(requestId);
    for (let own = await rows.take(requestId); own !== null; own = await rows.take(requestId)) {
      check.add(own);
      content.add(own);
      if ((counts.rows + check.rows) % PROGRESS_EVERY_ROWS === 0) {
        onProgress({ rows: counts.rows + check.rows, requests: counts.requests });
      }
    }
    const place = { requestId, rows: check.rows, row, ownStored, anchor };
    const finding =
      requestId <= previous
        ? outOfOrder(place)
        : (wholeRequest(place, sources, exported) ?? check.end() ?? content.end(ownStored?.content ?? null));
    counts.rows += check.rows;
    counts.requests += 1;
    counts.erased += check.erased;
    if (anchor !== null) counts.anchored += 1;
    if (!content.covered) counts.notCovered += 1;
    if (finding !== null) {
      counts.broken += 1;
      if (findings.length < MOST_FINDINGS) findings.push(finding);
    }
    if (requestId > previous) previous = requestId;
  }
  onProgress(counts);
  return {
    ok: counts.broken === 0,
    ...counts,
    anchored: sources.anchors === null ? null : counts.anchored,
    notCovered: exported ? null : counts.notCovered,
    findings,
    notProved: notProved(sources, counts),
  };
}

interface Place {
  requestId: string;
  rows: number;
  row: ChainedRow | undefined;
  ownStored: StoredChain | null;
  anchor: Anchor | null;
}

/** Finds a whole request that is missing or was added. */
function wholeRequest(place: Place, sources: AuditSources, exported: boolean): Finding | null {
  const { requestId, rows, row, ownStored, anchor } = place;
  const { id: rowId = null, action = null, position = null } = rows > 0 ? (row ?? {}) : {};
  if (!exported && ownStored === null && rows > 0) {
    const detail = "the request of this row is missing";
    return { requestId, problem: "removed", position: null, action: null, rowId, detail };
  }
  if (rows === 0 && ownStored === null && anchor !== null) {
    const detail = `the request is missing with its ${anchor.length} rows, which the anchor lists`;
    return { requestId, problem: "removed", position: anchor.first, action: null, rowId: null, detail };
  }
  if (exported && sources.anchors !== null && anchor === null) {
    return {
      requestId,
      problem: "added",
      position,
      action,
      rowId,
      detail: "the anchor of the export has no such request",
    };
  }
  return null;
}

function outOfOrder({ requestId, row }: Place): Finding {
  const { id: rowId = null, action = null, position = null } = row ?? {};
  const detail = "the row is out of order";
  return { requestId, problem: "reordered", position, action, rowId, detail };
}

function notProved(sources: AuditSources, seen: { requests: number; anchored: number }): string[] {
  if (sources.stored === null && sources.anchors === null) {
    return [
      "Without --anchor an export does not show that rows are missing at the beginning or the end of a chain, that " +
        "whole requests are missing or added, or that a whole chain was recomputed.",
    ];
  }
  if (sources.anchors === null) {
    return [
      "Without --anchor this does not show that a chain was cut short together with the length and head " +
        "in its request, that a whole chain was recomputed, or that a request was removed with all of its " +
        "rows.",
    ];
  }
  const without = seen.requests - seen.anchored;
  if (without === 0 || sources.stored === null) return [];
  return [
    `${without} of the requests have no anchor: for these, and for rows after the anchors, this does not show that a chain was cut short together with its head, recomputed, or removed with its request.`,
  ];
}
