/** The order in which a requester gives facts, as the web pages show it. */

import { expect, test } from "vitest";
import { useWeb } from "./support/use-web.ts";

const web = useWeb();

test("a request's page lists fields, nested fields and columns in the order in which they were given", async () => {
  const id = await web.ask("Drop a table?", {
    context: {
      statement: "drop table orders;\n-- for good",
      target: "production",
      a: "first among short names",
      plan: { zone: "eu", by: "ann", at: "noon" },
      rows: [{ size: 1, state: "ok", name: "orders" }],
    },
    metadata: { source: "erp", id: 7 },
  });
  const { page } = await web.open("bob", `/requests/${id}`);
  await page.getByText("first among short names").waitFor();
  const titles = await page
    .locator("dl dt[title]")
    .evaluateAll((terms) => terms.map((term) => term.getAttribute("title")));
  const order = ["statement", "target", "a", "plan", "zone", "by", "at", "rows"];
  expect(titles.filter((title) => order.includes(title ?? ""))).toEqual(order);
  const columns = page.locator("th[scope=col][title]");
  expect(await columns.evaluateAll((cells) => cells.map((cell) => cell.getAttribute("title")))).toEqual([
    ...["size", "state", "name"],
  ]);
});
