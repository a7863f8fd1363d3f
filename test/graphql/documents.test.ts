/** Tests the cache of parsed documents, its limit, and the limits on the work that a document may cause. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { getIntrospectionQuery } from "graphql";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/config.ts";
import { schema } from "../../src/schema/index.ts";
import { createDocuments } from "../../src/server/graphql/documents.ts";
import { createBoundedCache } from "../../src/server/limits/bounded-cache.ts";

const MIB = 1024 * 1024;
const { limits } = loadConfig({});
const documents = () => createDocuments(schema, { introspection: true, limits });

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;
function used(): number {
  gc();
  return process.memoryUsage().heapUsed;
}

describe("the cache of refused documents", () => {
  test.each<[string, (index: number) => string]>([
    [
      "of unknown fields",
      (n) => `{ viewer { ${Array.from({ length: 1_000 }, (_, f) => `field${n}of${f}`).join(" ")} } }`,
    ],
    ["that continue after an error", (n) => `{ viewer { userId${n} } ${"viewer { userId } ".repeat(500)}`],
    [
      "with too many aliases",
      (n) => `{ viewer { ${Array.from({ length: 800 }, (_, a) => `a${n}b${a}: userId`).join(" ")} } }`,
    ],
    ["that repeat a field", (n) => `{ viewer { ${"userId ".repeat(1_400)} } } # ${n}`],
  ])("stays empty: 300 of 10 kB %s leave the memory as it was", (_what, textOf) => {
    const cache = documents();
    const refuse = (index: number) => {
      try {
        expect(cache.validate(cache.parse(textOf(index)))).not.toEqual([]);
      } catch (error) {
        expect(error).toHaveProperty("extensions");
      }
    };
    refuse(0);
    const before = used();
    for (let index = 1; index <= 300; index++) refuse(index);
    expect(used() - before).toBeLessThan(20 * MIB);
  });
});

describe("a valid document", () => {
  const other = (index: number) => `query Q${index} { viewer { userId email } }`;

  test("is parsed once, and again only after it was not used for long", () => {
    const cache = documents();
    const read = (text: string) => {
      const document = cache.parse(text);
      expect(cache.validate(document)).toEqual([]);
      return document;
    };
    const [used_, unused] = [read(other(0)), read(other(1))];
    const large = (index: number) =>
      `query L${index} { viewer { ${Array.from({ length: 300 }, () => "userId").join(" ")} } }`;
    for (let index = 0; index < 1_000; index++) {
      read(large(index));
      expect(cache.parse(other(0))).toBe(used_);
    }
    expect(cache.parse(other(1))).not.toBe(unused);
  });

  test("takes memory only up to a limit, whatever the number of documents", () => {
    const cache = documents();
    const read = (index: number) => {
      const names = Array.from({ length: 400 }, (_, n) => `$v${index}n${n}: Int`).join(" ");
      const uses = Array.from({ length: 45 }, (_, n) => `a${n}: approvalRequests(first: $v${index}n0) { totalCount }`);
      cache.validate(
        cache.parse(`query ${names.length > 0 ? `Q${index}` : ""} { viewer { userId } } # ${names} ${uses}`),
      );
    };
    read(0);
    const before = used();
    for (let index = 1; index <= 3_000; index++) read(index);
    expect(used() - before).toBeLessThan(100 * MIB);
  });
});

describe("the bounded cache", () => {
  test("evicts the least recently used entries, and counts weight", () => {
    const cache = createBoundedCache<string, number>(10);
    cache.set("a", 1, 4);
    cache.set("b", 2, 4);
    expect(cache.get("a")).toBe(1);
    cache.set("c", 3, 4);
    expect([cache.get("a"), cache.get("b"), cache.get("c"), cache.weight]).toEqual([1, undefined, 3, 8]);
    cache.set("d", 4, 11);
    expect([cache.get("d"), cache.get("a")]).toEqual([undefined, 1]);
    cache.set("a", 5, 1);
    expect([cache.get("a"), cache.weight]).toEqual([5, 5]);
    cache.delete("a");
    expect([cache.get("a"), cache.weight]).toEqual([undefined, 4]);
  });
});

describe("a document", () => {
  const codesOf = (text: string) => {
    const cache = documents();
    return cache.validate(cache.parse(text)).map(({ extensions }) => extensions.limit ?? extensions.code);
  };

  test.each([
    ["a field", `{ viewer { ${"userId ".repeat(600)} } }`],
    ["a field with fields", `{ approvalRequests { ${"edges { node { id } } ".repeat(300)} } }`],
    [
      "a fragment in each of many fragments",
      `{ viewer { ...F0 } } ${Array.from({ length: 500 }, (_, n) => `fragment F${n} on Viewer { userId ...F${Math.min(n + 1, 499)} }`).join(" ")}`,
    ],
  ])("that repeats %s too often is refused before it is validated", (_what, text) => {
    expect(codesOf(text)).toEqual(["overlaps"]);
  });

  test("may repeat a field as often as the fragments of many components do", () => {
    const fragments = Array.from({ length: 60 }, (_, n) => `fragment F${n} on ApprovalRequest { id __typename title }`);
    const spreads = fragments.map((_, n) => `...F${n}`).join(" ");
    expect(codesOf(`{ approvalRequests { edges { node { ${spreads} } } } } ${fragments.join(" ")}`)).toEqual([]);
    expect(codesOf(getIntrospectionQuery())).toEqual([]);
  });

  test("with a fragment within itself is refused as invalid", () => {
    const text = "{ viewer { userId } } fragment F on ApprovalRequest { comments { request { ...F } } }";
    expect(codesOf(text)).toContain("GRAPHQL_VALIDATION_FAILED");
  });

  test("with very many lines or comments is refused", () => {
    const read = (text: string) => () => documents().parse(text);
    expect(read(`${"\n".repeat(200_000)}{ viewer { userId } }`)).toThrow(/lines.*LIMIT_TOKENS/);
    expect(read(`${"#\n".repeat(6_000)}{ viewer { userId } }`)).toThrow(/LIMIT_TOKENS/);
  });

  test("is quoted in its errors only in part", () => {
    const cache = documents();
    const [error] = cache.validate(cache.parse(`{ viewer { ${"x".repeat(100_000)} } }`));
    expect(error?.message.length).toBeLessThanOrEqual(2_000);
  });
});
