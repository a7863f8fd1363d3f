/** The form for requests by hand in a real browser, on the built page and the real server. */

import { describe, expect, test } from "vitest";
import { useWeb } from "../support/web/use-web.ts";
import { expectAccessible, PHONE, type WebPerson } from "../support/web/web.ts";

const web = useWeb();

const policy = ({ page }: WebPerson) => page.getByRole("region", { name: "What will happen" });
/** A field by its label, which may end with the mark of required fields. */
const field = ({ page }: WebPerson, label: string) =>
  page.getByRole("main").getByLabel(new RegExp(`^${label}( \\*)?$`));
const send = ({ page }: WebPerson) => page.getByRole("button", { name: "Ask for approval" }).click();

/** The request that the page shows after it is created. */
async function asked({ page, token }: WebPerson) {
  await page.waitForURL("**/requests/*");
  const id = decodeURIComponent(new URL(page.url()).pathname.split("/").at(-1) ?? "");
  const { approvalRequest } = await web.server.data(token, REQUEST, { id });
  return approvalRequest;
}

test("by keyboard, a user asks three people, reads what will happen, and opens the new request", async () => {
  const ann = await web.open("ann", "/new");
  const { keyboard } = ann.page;
  await field(ann, "Title").focus();
  await keyboard.type("Deploy version 2.4.1?");
  await keyboard.press("Tab");
  await keyboard.type("With **all** of it.");
  await field(ann, "Name 1").focus();
  await keyboard.type("version");
  await keyboard.press("Tab");
  await keyboard.type("2.4.1");
  await ann.page.getByRole("combobox", { name: "People", exact: true }).focus();
  await keyboard.type("bob,cara,dora,");
  await policy(ann).getByText("One of these 3 people must approve within 1 day, otherwise it is rejected.").waitFor();
  await field(ann, "Approvals needed").focus();
  await keyboard.press("ArrowUp");
  await policy(ann).getByText("2 of these 3 people must approve within 1 day, otherwise it is rejected.").waitFor();
  await ann.page.getByRole("radio", { name: "After a period" }).focus();
  await keyboard.press("ArrowDown");
  await field(ann, "Date and time").waitFor();
  await policy(ann)
    .getByText(/^2 of these 3 people must approve before .+17:00, otherwise it is rejected\.$/)
    .waitFor();
  await ann.page.getByRole("button", { name: "Ask for approval" }).focus();
  await keyboard.press("Enter");
  expect(await asked(ann)).toMatchObject({
    title: "Deploy version 2.4.1?",
    description: "With **all** of it.",
    context: { version: "2.4.1" },
    allowedApprovers: ["bob", "cara", "dora"],
    approvalsRequired: 2,
    notifyChannels: ["IN_APP"],
    timeoutAction: "REJECT",
    workflowId: "by-hand",
  });
});

describe("a fault in the form of a new request", () => {
  test("is shown at its field, and the first field with a fault has the focus", async () => {
    const ann = await web.open("ann", "/new");
    await send(ann);
    await ann.page.getByText("Enter a title.").waitFor();
    await ann.page.getByText("Enter at least one person or role who decides.").waitFor();
    await expect.poll(() => ann.page.evaluate("document.activeElement.id")).toBe("new-title");
    await ann.page.keyboard.type("Deploy?");
    await ann.page.getByText("Enter a title.").waitFor({ state: "detached" });
  });

  test("in the context is shown while the user is typing", async () => {
    const ann = await web.open("ann", "/new");
    await field(ann, "Name 1").fill("build");
    await field(ann, "Value 1").fill("42");
    await ann.page.getByText("JSON", { exact: true }).click();
    const json = field(ann, "Context as JSON");
    expect(JSON.parse(await json.inputValue())).toEqual({ build: 42 });
    await json.fill('{\n  "build": 42,\n  "by": \n}');
    await ann.page.getByText("This is not valid JSON: ").waitFor();
    await json.fill('{"build": 42, "by": ["ann"]}');
    await ann.page.getByText("This is not valid JSON").waitFor({ state: "detached" });
    await ann.page.getByRole("button", { name: "Format" }).click();
    await expect.poll(() => json.inputValue()).toContain('\n  "build": 42');
  });

  test("that only the server finds is also shown at its field", async () => {
    const ann = await web.open("ann", "/new");
    await field(ann, "Title").fill("Deploy?");
    await ann.page.getByRole("combobox", { name: "People", exact: true }).fill("bob,");
    await ann.page.getByText("JSON", { exact: true }).click();
    // A lone surrogate is valid JSON, but cannot be stored as text.
    await field(ann, "Context as JSON").fill(String.raw`{"a": "\ud800"}`);
    await send(ann);
    await expect.poll(() => field(ann, "Context as JSON").getAttribute("aria-invalid")).toBe("true");
    await expect.poll(() => ann.page.evaluate("document.activeElement.ariaLabel")).toBe("Context as JSON");
    await field(ann, "Context as JSON").fill('{"a": "b"}');
    await send(ann);
    expect((await asked(ann)).context).toEqual({ a: "b" });
  });

  test("in the execution opens the section that hides it", async () => {
    const ann = await web.open("ann", "/new");
    await web.server.ask(ann.token, { workflowId: "by-hand", executionId: "run-1" });
    await field(ann, "Title").fill("Deploy?");
    await ann.page.getByRole("combobox", { name: "People", exact: true }).fill("bob,");
    await ann.page.getByRole("button", { name: "More" }).click();
    await field(ann, "Execution").fill("run-1");
    await ann.page.getByRole("button", { name: "More" }).click();
    await send(ann);
    await ann.page.getByText("Another request already has this execution.").waitFor();
    await field(ann, "Execution").fill("run-2");
    await send(ann);
    expect(await asked(ann)).toMatchObject({ executionId: "run-2" });
  });
});

test("a new request that was not answered can be sent again, and is only created once", async () => {
  const ann = await web.open("ann", "/new");
  await field(ann, "Title").fill("Deploy?");
  await ann.page.getByRole("combobox", { name: "People", exact: true }).fill("bob,");
  await ann.page.getByRole("radio", { name: "On a date and time" }).check();
  // The request arrives, but its answer does not.
  await ann.page.route("**/graphql", async (route) => {
    if (!route.request().postData()?.includes("AskForApproval")) return route.continue();
    await route.fetch();
    await route.abort();
  });
  await send(ann);
  await ann.page.getByText("Your request was not sent").waitFor();
  await ann.page.unroute("**/graphql");
  await send(ann);
  await asked(ann);
  const { rows } = await web.server.database.pool.query("select count(*)::int as count from approval_requests");
  expect(rows).toEqual([{ count: 1 }]);
  ann.complaints.splice(0);
});

describe("a setting that weakens the gate", () => {
  test("is not offered to users without the right", async () => {
    const ann = await web.open("ann", "/new");
    await ann.page.getByRole("button", { name: "More" }).click();
    await field(ann, "Execution").waitFor();
    expect(await field(ann, "On behalf of").count()).toBe(0);
    expect(await field(ann, "The requester may also decide").count()).toBe(0);
    expect(await ann.page.getByRole("radio", { name: "It is approved automatically" }).count()).toBe(0);
  });

  test("is offered to users with the right", async () => {
    const ann = await web.open("ann", "/new", { scope: "approvals:request" });
    await field(ann, "Title").fill("Deploy?");
    await ann.page.getByRole("combobox", { name: "Roles", exact: true }).fill("ops,");
    await ann.page.getByRole("radio", { name: "It is approved automatically" }).check();
    await ann.page.getByRole("button", { name: "More" }).click();
    await field(ann, "On behalf of").fill("zoe");
    await policy(ann)
      .getByText("One person with the role ops must approve within 1 day, otherwise it is approved automatically.")
      .waitFor();
    await send(ann);
    expect(await asked(ann)).toMatchObject({ requestedBy: "zoe", timeoutAction: "APPROVE", notifyRoles: ["ops"] });
  });
});

test("on a phone in dark mode, the form of a new request with faults is accessible, and no part is wider than the screen", async () => {
  const ann = await web.open("ann", "/new", { ...PHONE, colorScheme: "dark" });
  await field(ann, "Title").waitFor();
  await ann.page.getByRole("combobox", { name: "People", exact: true }).fill(`${"a-long-name-".repeat(8)},bob,cara`);
  await ann.page.keyboard.press("Enter");
  await ann.page.getByRole("button", { name: "More" }).click();
  await field(ann, "Workflow").fill("");
  await send(ann);
  await ann.page.getByText("Enter a title.").waitFor();
  await expectAccessible(ann.page);
  expect(await ann.page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
});

const REQUEST = `query ($id: ID!) {
  approvalRequest(id: $id) {
    title description context allowedApprovers notifyRoles notifyChannels approvalsRequired timeoutAction
    requestedBy workflowId executionId
  }
}`;
