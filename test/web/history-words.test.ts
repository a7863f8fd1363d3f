import { describe, expect, it } from "vitest";
import { type ExportedRequest, type ExportPage, exportAll } from "../../web/src/history/export.ts";
import {
  type Filters,
  historyFilters,
  isNarrowed,
  isShortSearch,
  mayMatch,
  NO_FILTERS,
  serverFilter,
} from "../../web/src/history/filters.ts";
import { endedWords, requesterWords } from "../../web/src/history/history-words.ts";
import { addressOfPeriod, asDays, boundsOf, dayOf, periodIn } from "../../web/src/shared/period.ts";
import { csvRecords } from "../support/audit/csv.ts";

const NOW = new Date(2026, 10, 22, 15, 30);
const at = (...parts: [number, number, number]) => new Date(...parts).toISOString();
const address = (text: string) => new URLSearchParams(text);

describe("a period of the history", () => {
  it("of the last days starts with a whole day and has no end", () => {
    expect(boundsOf({ preset: "7d" }, NOW)).toEqual({ from: at(2026, 10, 16), to: null });
    expect(boundsOf({ preset: "30d" }, NOW)).toEqual({ from: at(2026, 9, 24), to: null });
    expect(boundsOf({ preset: "12m" }, NOW)).toEqual({ from: at(2025, 11, 1), to: null });
    expect(boundsOf({ preset: "all" }, NOW)).toEqual({ from: null, to: null });
  });

  it("from day to day includes both days", () => {
    const february = periodIn(address("from=2026-02-01&to=2026-02-28"), "all");
    expect(boundsOf(february, NOW)).toEqual({ from: at(2026, 1, 1), to: at(2026, 2, 1) });
    expect(boundsOf(periodIn(address("to=2026-02-28"), "all"), NOW).from).toBeNull();
    expect(addressOfPeriod(february, address("q=x&period=7d"), "all").toString()).toBe(
      "q=x&from=2026-02-01&to=2026-02-28",
    );
  });

  it("that is not valid becomes the default", () => {
    for (const text of [
      "",
      "period=year",
      "from=2026-02-30",
      "from=yesterday",
      "to=2026-13-01",
      "period=constructor",
    ]) {
      expect([text, periodIn(address(text), "30d")]).toEqual([text, { preset: "30d" }]);
    }
  });

  it("is converted to days that can be changed", () => {
    expect(asDays({ preset: "7d" }, NOW)).toEqual({ preset: null, from: "2026-11-16", to: "2026-11-22" });
    expect(dayOf(new Date(2026, 0, 2))).toBe("2026-01-02");
  });
});

describe("the filters of the history", () => {
  const filters: Filters = {
    search: "a & b",
    statuses: ["APPROVED", "REJECTED"],
    workflow: "release",
    person: "bob",
    role: "decidedBy",
    period: { preset: "7d" },
  };

  it("are read from the address unchanged, and do not change its other parameters", () => {
    const written = historyFilters.write(filters, address("other=1"));
    expect(historyFilters.read(address(written.toString()))).toEqual(filters);
    expect(historyFilters.write(NO_FILTERS, written).toString()).toBe("other=1");
    expect([isNarrowed(filters), isNarrowed(NO_FILTERS)]).toEqual([true, false]);
  });

  it("ignore values that are not valid", () => {
    expect(historyFilters.read(address("status=OPEN,REJECTED&as=toString&period=ever"))).toEqual({
      ...NO_FILTERS,
      statuses: ["REJECTED"],
    });
  });

  it("are converted to the server's filter, without empty ones", () => {
    expect(serverFilter(NO_FILTERS, NOW)).toEqual({});
    expect(serverFilter({ ...filters, person: " bob " }, NOW)).toEqual({
      search: "a & b",
      statuses: ["APPROVED", "REJECTED"],
      workflowId: "release",
      decidedBy: "bob",
      createdAfter: at(2026, 10, 16),
    });
  });

  it("identify searches that the server limits to the newest requests", () => {
    expect(["", "ab", "a-b-c", "abc", "änd"].map(isShortSearch)).toEqual([false, true, true, false, false]);
  });

  it("identify new requests that they exclude", () => {
    const request = { workflowId: "release", requestedBy: "ann", createdAt: NOW.toISOString() };
    const left = [
      { workflowId: "other" },
      { requestedBy: "bob" },
      { decidedBy: "bob" },
      { statuses: ["APPROVED" as const] },
      { createdBefore: NOW.toISOString() },
    ];
    expect(left.map((filter) => mayMatch(request, filter))).toEqual(left.map(() => false));
    expect(mayMatch(request, { workflowId: "release", requestedBy: "ann", statuses: ["PENDING"] })).toBe(true);
  });
});

describe("the texts of a row of the history", () => {
  it("name the requester and the decider, and call the viewer you", () => {
    expect([requesterWords({ requestedBy: "ann" }, "bob"), requesterWords({ requestedBy: "ann" }, "ann")]).toEqual([
      "ann asked",
      "You asked",
    ]);
    const ended = (status: "APPROVED" | "TIMEOUT", decisionSource: "APPROVER" | "AUTO" | "TIMEOUT") =>
      endedWords({ status, decisionSource, decidedBy: decisionSource === "APPROVER" ? "bob" : null }, "bob");
    expect(ended("APPROVED", "APPROVER")).toBe("by you");
    expect(ended("APPROVED", "AUTO")).toBe("automatically, because its conditions hold");
    expect(ended("APPROVED", "TIMEOUT")).toBe("automatically, when it expired");
    expect(ended("TIMEOUT", "TIMEOUT")).toBe("undecided");
  });
});

describe("the export of the history", () => {
  const request = (n: number, more: Partial<ExportedRequest> = {}): ExportedRequest => ({
    id: `id-${n}`,
    title: `Request ${n}`,
    description: null,
    status: "APPROVED",
    workflowId: "w",
    jobId: "j",
    executionId: `run-${n}`,
    requestedBy: "ann",
    createdAt: "2026-11-22T10:00:00.000Z",
    expiresAt: "2026-11-22T11:00:00.000Z",
    decidedAt: "2026-11-22T10:30:00.000Z",
    decidedBy: "bob",
    decisionSource: "APPROVER",
    comment: null,
    approvalsRequired: 1,
    approvers: ["bob", "cleo"],
    ...more,
  });
  /** Pages of two of these requests. The cursor is the index. */
  const pages =
    (requests: ExportedRequest[]) =>
    async (after: string | null): Promise<ExportPage> => {
      const from = after === null ? 0 : Number(after);
      const nodes = requests.slice(from, from + 2);
      const hasNextPage = from + 2 < requests.length;
      return { edges: nodes.map((node) => ({ node })), pageInfo: { hasNextPage, endCursor: String(from + 2) } };
    };
  const five = [1, 2, 3, 4, 5].map((n) => request(n));
  const never = new AbortController().signal;
  async function records(parts: string[]) {
    const text = parts.join("");
    expect(text.startsWith("\uFEFFid,title,")).toBe(true);
    return csvRecords(text.slice(1));
  }

  it("has every request of every page, and reports progress", async () => {
    const seen: number[] = [];
    const { parts, rows, isCut } = await exportAll(pages(five), (n) => seen.push(n), never);
    expect([rows, isCut, seen]).toEqual([5, false, [2, 4, 5]]);
    const [head, ...body] = await records(parts);
    expect(body.map(([id]) => id)).toEqual(["id-1", "id-2", "id-3", "id-4", "id-5"]);
    expect(Object.fromEntries((head ?? []).map((name, index) => [name, body[0]?.[index]]))).toMatchObject({
      title: "Request 1",
      description: null,
      status: "APPROVED",
      decided_by: "bob",
      approvers: "bob; cleo",
      decided_at: "2026-11-22T10:30:00.000Z",
    });
  });

  it("escapes formulas", async () => {
    const title = '=HYPERLINK("https://evil.example")';
    const { parts } = await exportAll(pages([request(1, { title, comment: "+1\n2" })]), () => {}, never);
    expect(parts.join("")).toContain(`"'=HYPERLINK(""https://evil.example"")"`);
    expect((await records(parts))[1]).toEqual(expect.arrayContaining([title, "+1\n2"]));
  });

  it.each([
    [3, 3, true],
    [4, 4, true],
    [5, 5, false],
  ])("with a limit of %i has %i rows", async (most, rows, isCut) => {
    expect(await exportAll(pages(five), () => {}, never, most)).toMatchObject({ rows, isCut });
  });

  it("stops when it is aborted", async () => {
    const controller = new AbortController();
    const stopped = exportAll(pages(five), () => controller.abort(), controller.signal);
    await expect(stopped).rejects.toThrow(/abort/i);
  });
});
