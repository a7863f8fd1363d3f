/** Tests the order of the folders: an import points to a folder further down, and no imports form a circle. */

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** From the bottom up. A listed file does not count to its folder. Folders in one line do not import each other. */
const SRC = [
  "model",
  "version.ts",
  "server-package.ts",
  "config",
  "log.ts",
  "db",
  "hub",
  "audit",
  "approvals",
  "live",
  "notifications",
  "client",
  "handler",
  "restate orchestrator",
  "resolvers",
  "schema",
  "server",
  "main.ts",
  "cli",
  "cli.ts",
];
const WEB = [
  "generated",
  "shared",
  "decision/decision-model.ts",
  "decision/drafts.ts",
  "api",
  "inbox/inbox.graphql.ts",
  "inbox/first-rows.ts",
  "early.ts",
  "decision",
  "start-run",
  "run",
  "notifications",
  "new-request history inbox statistics request",
  "shell",
  "routes.tsx",
  "app.tsx",
  "main.tsx",
];

/** Every package but those of the package `countersign` and of Restate. */
const NOT_FOR_CLIENTS =
  /^(?!src\/|node:|(canonicalize|graphql\/language\/printer\.js|graphql-ws\/client|ws|@restatedev\/restate-sdk)$)/;
/** Files, and packages that they must load without. The package `countersign` has what its entries import at once. */
const WITHOUT: [path: string, packages: RegExp, follows: "static" | "all"][] = [
  ["src/client/entry.ts", NOT_FOR_CLIENTS, "all"],
  ["src/handler/entry.ts", NOT_FOR_CLIENTS, "all"],
  ["src/restate/entry.ts", NOT_FOR_CLIENTS, "all"],
  ["src/cli.ts", NOT_FOR_CLIENTS, "static"],
  ["src/main.ts", /^@dbos-inc\//, "all"],
  ["src/approvals/lifecycle.ts", /^(pg|postgres|graphql)$/, "all"],
];

const PROJECT = join(import.meta.dirname, "..");
const IMPORT = /^(?:import|export) (type )?(?:[^;"]*? from )?"([^"]+)";|import\("([^"]+)"\)/gm;

interface Import {
  to: string;
  isType: boolean;
  /** By `import()`. */
  isOnDemand: boolean;
}

/** By file, what it imports: paths of the repository, and names of packages. */
const imports = new Map<string, Import[]>(
  globSync(["src/**/*.ts", "web/src/**/*.{ts,tsx}"], { cwd: PROJECT }).map((path) => [
    path,
    [...readFileSync(join(PROJECT, path), "utf8").matchAll(IMPORT)].map(([, type, name, dynamic]) => {
      const to = (name ?? dynamic) as string;
      const target = to.startsWith(".") ? join(path, "..", to) : to;
      return { to: target, isType: type !== undefined, isOnDemand: dynamic !== undefined };
    }),
  ]),
);

/** The place of a file in the order, by the longest name that fits. */
function placeOf(path: string, order: readonly string[]): { row: number; name: string } {
  const names = order.flatMap((line, row) => line.split(" ").map((name) => ({ row, name })));
  const fits = names.filter(({ name }) => path === name || path.startsWith(`${name}/`));
  return fits.sort((a, b) => b.name.length - a.name.length)[0] ?? { row: -1, name: path };
}

it.each([
  ["src", SRC],
  ["web/src", WEB],
])("no import in %s points to a folder above its own", (root, order) => {
  const upward = [...imports].flatMap(([path, list]) => {
    if (!path.startsWith(`${root}/`)) return [];
    const own = placeOf(path.slice(root.length + 1), order);
    if (own.row < 0) return [`${path} is in no folder of the order`];
    return list
      .filter(({ to }) => to.startsWith(`${root}/`))
      .filter(({ to }) => {
        const other = placeOf(to.slice(root.length + 1), order);
        return other.row > own.row || (other.row === own.row && other.name !== own.name);
      })
      .map(({ to }) => `${path} imports ${to}`);
  });
  expect(upward).toEqual([]);
});

it("only src/db imports the driver pg, and the web imports only the model from src", () => {
  const wrong = [...imports].flatMap(([path, list]) =>
    list
      .filter(
        ({ to }) =>
          (to === "pg" && !path.startsWith("src/db/")) ||
          (path.startsWith("web/") && to.startsWith("src/") && !to.startsWith("src/model/")),
      )
      .map(({ to }) => `${path} imports ${to}`),
  );
  expect(wrong).toEqual([]);
});

it("no file imports itself through other files, except through context/value.tsx", () => {
  const seen = new Set<string>();
  const circles: string[][] = [];
  const visit = (path: string, way: string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) circles.push(way.slice(at));
    if (seen.has(path)) return;
    seen.add(path);
    for (const { to } of imports.get(path) ?? []) visit(to, [...way, path]);
  };
  for (const path of imports.keys()) visit(path, []);
  expect(circles.filter((circle) => !circle.includes("web/src/request/context/value.tsx"))).toEqual([]);
});

it.each(WITHOUT)("%s loads without packages like %s", (entry, without, follows) => {
  const reached = new Map<string, string>([[entry, entry]]);
  for (const [path, way] of reached) {
    for (const { to, isType, isOnDemand } of imports.get(path) ?? []) {
      if (isType || (isOnDemand && follows === "static")) continue;
      if (!reached.has(to)) reached.set(to, `${way} → ${to}`);
    }
  }
  expect([...reached].filter(([path]) => without.test(path)).map(([, way]) => way)).toEqual([]);
});
