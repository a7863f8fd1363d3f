/** The web pages show facts in the order in which the requester gave them. */

import { expect, test } from "vitest";
import { useWeb } from "../support/web/use-web.ts";

const web = useWeb();

test("the page of a request lists fields, nested fields and columns in their given order", async () => {
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
  const titlesOf = (selector: string) =>
    page.locator(selector).evaluateAll((elements) => elements.map((element) => element.getAttribute("title")));
  const order = ["statement", "target", "a", "plan", "zone", "by", "at", "rows"];
  await expect
    .poll(async () => (await titlesOf("dl dt[title]")).filter((title) => order.includes(title ?? "")))
    .toEqual(order);
  await expect.poll(() => titlesOf("th[scope=col][title]")).toEqual(["size", "state", "name"]);
});
