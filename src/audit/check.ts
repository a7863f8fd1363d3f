/**
 * Checks one chain of the audit log, row by row in the order of the log, and reports the first row that was changed,
 * removed, added or moved. Its memory does not grow with the chain.
 */

import type { ChainedRow, StoredChain } from "../db/queries/audit-chain.ts";
import { hashOf, personalDigestOf } from "./chain.ts";

/** The length and the head of a chain at the time of an export. */
export interface Anchor {
  requestId: string;
  /** The first position in the export. */
  first: number;
  /** The position of the last row at that time, and its hash. */
  length: number;
  head: string;
}

/** What is wrong with a chain. */
export interface Finding {
  requestId: string;
  problem: "changed" | "removed" | "added" | "reordered";
  /** Position in the request's chain, from 1; null if the fault is in the request's own row. */
  position: number | null;
  /** The action of the row; null if there is no row. */
  action: string | null;
  /** Id of the faulty row; null if there is none. */
  rowId: string | null;
  detail: string;
}

/** What a chain is compared with. */
export interface Expectation {
  requestId: string;
  /** The request's own row, in a live database. */
  stored: StoredChain | null;
  anchor: Anchor | null;
  /**
   * Whether the rows come from an export, which may start in the middle of the chain. Its anchor was written with it.
   */
  exported: boolean;
}

type Intact = ChainedRow & { position: number; hash: string };

const rowsOf = (from: number, to: number) => (from === to ? `row ${from} is` : `rows ${from} to ${to} are`);

const isIntact = (row: ChainedRow, position = row.position): boolean => {
  try {
    return hashOf({ ...row, position }) === row.hash;
  } catch {
    return false; // Content that RFC 8785 cannot represent was never hashed.
  }
};

/** Describes the fault of a row's personal fields; null if there is none. */
function personalFault(row: ChainedRow): string | null {
  const none = (row.userEmail ?? row.ipAddress ?? row.userAgent ?? row.personalSalt) === null;
  if (row.personalDigest === null) return none ? null : "has personal fields that it did not have";
  if (none) return null;
  if (row.personalSalt === null) return "has personal fields without their salt";
  return personalDigestOf(row) === row.personalDigest ? null : "has other personal fields than it had";
}

export class ChainCheck {
  readonly #expected: Expectation;
  #finding: Finding | null = null;
  #last: Intact | null = null;
  #unchained: ChainedRow | null = null;
  #gap: { at: number; before: Intact } | null = null;
  #twin: Intact | null = null;
  #rows = 0;
  #erased = 0;

  constructor(expected: Expectation) {
    this.#expected = expected;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Rows whose personal fields were erased, which is allowed. */
  get erased(): number {
    return this.#erased;
  }

  /** The last correct row, for an anchor. */
  get last(): { position: number; hash: string } | null {
    return this.#last;
  }

  /** The rows must come in the order of the log. */
  add(row: ChainedRow): void {
    this.#rows += 1;
    if (row.personalDigest !== null && row.personalSalt === null) this.#erased += 1;
    if (this.#finding !== null) return;
    if (row.hash === null || row.position === null) this.#unchained ??= row;
    else this.#check(row as Intact);
  }

  #check(row: Intact): void {
    const { stored, anchor, exported } = this.#expected;
    const last = this.#last;
    const place = last !== null ? last.position + 1 : exported ? row.position : 1;
    if (this.#gap !== null) {
      // The missing row may follow later.
      if (row.position === this.#gap.at && isIntact(row))
        this.#moved(this.#gap.before, `is at position ${row.position}`);
    } else if (this.#unchained !== null) this.#judgeUnchained(row.position === place + 1);
    else if (this.#twin !== null) this.#judgeTwins(row.previousHash);
    else if (!isIntact(row)) this.#explain(row, place);
    else if (personalFault(row) !== null) this.#find("changed", row, personalFault(row) as string);
    else if (row.position > place) this.#gap = { at: place, before: row };
    else if (row.position === last?.position && row.previousHash === last.previousHash) this.#twin = row;
    else if (row.position < place) this.#find("added", row, `its position ${row.position} is another row's`);
    else if (last !== null && row.previousHash !== last.hash) {
      this.#find("changed", last, "it was rehashed: the next row refers to another hash");
    } else if ((row.previousHash === null) !== (row.position === 1)) {
      this.#find("changed", row, "it was rehashed: only a first row has no previous hash");
    } else if (anchor?.length === row.position && anchor.head !== row.hash) {
      this.#find("changed", row, "the chain up to this row was recomputed: the anchor has another head");
    } else if (stored !== null && row.position > stored.length) {
      this.#find("added", row, `the request has a chain of ${stored.length}`);
    } else if (exported && anchor !== null && row.position > anchor.length) {
      this.#find("added", row, `the anchor has a chain of ${anchor.length}`);
    } else if (exported && anchor !== null && last === null && row.position > anchor.first) {
      this.#missing(anchor.first, row.position - 1, `the anchor starts at ${anchor.first}`);
    } else this.#last = row;
  }

  /** @returns the first fault, or null. Call it once, after the last row. */
  end(): Finding | null {
    const { stored, anchor } = this.#expected;
    const length = this.#last?.position ?? 0;
    if (this.#finding === null && this.#gap !== null) {
      const { at, before } = this.#gap;
      this.#missing(at, before.position - 1, `the next row is ${before.position}, ${before.action}`);
    }
    if (this.#finding === null && this.#unchained !== null) this.#judgeUnchained(stored?.length === length + 1);
    if (this.#finding === null && this.#twin !== null) this.#judgeTwins(stored?.head ?? anchor?.head ?? null);
    if (this.#finding === null && stored !== null) this.#compareStored(stored, length);
    if (this.#finding === null && anchor !== null && length < anchor.length) {
      this.#missing(length + 1, anchor.length, "the anchor has a longer chain");
    }
    return this.#finding;
  }

  #compareStored(stored: StoredChain, length: number): void {
    const last = this.#last;
    const logged = last?.newStatus ?? "PENDING";
    if (length < stored.length) this.#missing(length + 1, stored.length, `the request has a chain of ${stored.length}`);
    else if (last !== null && last.hash !== stored.head) {
      this.#find("changed", last, "it was rehashed: the request has another head");
    } else if (logged !== stored.status) {
      const log = last === null ? "it has no audit row" : `its log ends with ${logged}`;
      this.#find("changed", null, `the request is ${stored.status}, but ${log}`);
    }
  }

  /** Finds out how a row that does not match its hash was changed. */
  #explain(row: Intact, place: number): void {
    const last = this.#last;
    if (isIntact(row, place)) this.#moved(row, `was at position ${place} and was renumbered`);
    else if (last !== null && row.previousHash === last.previousHash && isIntact(row, last.position)) {
      this.#find("added", last, "it was inserted before a row that had its position");
    } else if (isIntact(row, place + 1)) {
      this.#missing(place, place, `the next row, ${row.action}, was renumbered`);
    } else this.#find("changed", row, "its content does not match its hash");
  }

  #judgeUnchained(inPlaceOfAChainedOne: boolean): void {
    const row = this.#unchained as ChainedRow;
    const place = (this.#last?.position ?? 0) + 1;
    if (inPlaceOfAChainedOne) this.#find("changed", { ...row, position: place }, "its hash was removed");
    else this.#find("added", { ...row, position: place }, "it has no hash: the API did not write it");
  }

  #judgeTwins(continuedBy: string | null): void {
    const twin = this.#twin as Intact;
    const odd = continuedBy === twin.hash ? (this.#last as Intact) : twin;
    this.#find("added", odd, "its position is another row's");
  }

  #moved(row: Intact, detail: string): void {
    this.#find("reordered", row, detail);
  }

  #missing(from: number, to: number, because: string): void {
    const { requestId } = this.#expected;
    const detail = `${rowsOf(from, to)} missing: ${because}`;
    this.#finding = { requestId, problem: "removed", position: from, action: null, rowId: null, detail };
  }

  #find(problem: Finding["problem"], row: ChainedRow | null, detail: string): void {
    const { requestId } = this.#expected;
    const { position = null, action = null, id: rowId = null } = row ?? {};
    this.#finding = { requestId, problem, position, action, rowId, detail };
  }
}
