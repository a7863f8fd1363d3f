/** Warnings in the inbox: the risk and creator of a request, its policy, and self-approval. */

import { beforeAll, describe, expect, test } from "vitest";
import { tokenFor } from "../support/server/server.ts";
import { useWeb } from "../support/web/use-web.ts";
import { expectAccessible, PHONE, type WebPerson } from "../support/web/web.ts";

const web = useWeb();
let orchestrator: string;
beforeAll(async () => {
  orchestrator = await tokenFor("orchestrator", { scope: "approvals:request" });
});

const open = (userId: string, id: string, options: object = {}) => web.open(userId, `/requests/${id}`, options);
const dialog = ({ page }: WebPerson) => page.getByRole("dialog");
const header = ({ page }: WebPerson) => page.getByRole("banner").or(page.locator("header"));
const row = ({ page }: WebPerson, title: string) => page.getByRole("listitem").filter({ hasText: title });
const asked = (title: string, more: object = {}) => web.server.ask(orchestrator, { title, ...more });

describe("in the list of the inbox,", () => {
  test.each(["critical", "HIGH", "severe", { level: "low" }])(
    "a request of the risk %j is not approved from its row",
    async (risk) => {
      const [risky] = [
        await web.ask("Drop the table", { metadata: { risk } }),
        await web.ask("Small", { timeoutMs: 7_200_000 }),
      ];
      const bob = await web.open("bob", "/", { colorScheme: risk === "HIGH" ? "dark" : "light" });
      await row(bob, "Small").getByRole("button", { name: "Approve" }).waitFor();
      await row(bob, "Drop the table").getByText("Risk:").waitFor();
      expect(await row(bob, "Drop the table").getByRole("button", { name: "Approve" }).count()).toBe(0);
      expect(await row(bob, "Drop the table").getByRole("checkbox").isDisabled()).toBe(true);
      await expectAccessible(bob.page);
      await row(bob, "Drop the table").getByRole("button", { name: "Review" }).click();
      await bob.page.waitForURL(`${web.server.url}/requests/${risky}`);
      await header(bob).getByText("Risk:").first().waitFor();
    },
  );

  test.each(["low", "medium", undefined])("a request of the risk %j is approved from its row", async (risk) => {
    await web.ask("Deploy", { metadata: risk === undefined ? {} : { risk } });
    const bob = await web.open("bob");
    await row(bob, "Deploy").getByRole("button", { name: "Approve" }).click();
    await dialog(bob).getByRole("button", { name: "Approve" }).waitFor();
    expect(await row(bob, "Deploy").getByRole("button", { name: "Review" }).count()).toBe(0);
  });

  test("the key that approves leads to a request of high risk instead", async () => {
    const id = await web.ask("Drop the table", { metadata: { risk: "critical" } });
    const bob = await web.open("bob");
    await row(bob, "Drop the table").waitFor();
    await bob.page.keyboard.press("j");
    await bob.page.locator(":focus", { hasText: "Drop the table" }).waitFor();
    await bob.page.keyboard.press("x");
    await bob.page.keyboard.press("a");
    await bob.page.waitForURL(`${web.server.url}/requests/${id}`);
    expect(await dialog(bob).count()).toBe(0);
  });

  test("selecting all requests excludes a request of high risk", async () => {
    await web.ask("Drop the table", { metadata: { risk: "critical" } });
    await web.ask("Deploy");
    const bob = await web.open("bob");
    await row(bob, "Drop the table").waitFor();
    await bob.page.getByLabel("Select all low-risk requests").check();
    await bob.page.keyboard.press("a");
    await dialog(bob).getByText("Approve this request?").waitFor();
    await dialog(bob).getByText("Deploy").first().waitFor();
  });
});

describe("on the page of a request and in its dialog,", () => {
  test.each([
    ["critical", "Risk: critical"],
    ["low", "Risk: low"],
    [{ level: 3 }, 'Risk: {"level":3}'],
    ["cri\u200btical", "Risk: cri\\u{200b}tical"],
  ])("the risk %j is shown", async (risk, words) => {
    const bob = await open("bob", await web.ask("Drop the table", { metadata: { risk } }));
    await bob.page.getByText(words, { exact: true }).waitFor();
    await bob.page.getByRole("button", { name: "Approve" }).click();
    await dialog(bob).getByText(words, { exact: true }).waitFor();
    await expectAccessible(bob.page);
  });

  test("a request that states no risk shows none", async () => {
    const bob = await open("bob", await web.ask("Deploy"));
    await bob.page.getByRole("button", { name: "Approve" }).click();
    await dialog(bob).getByRole("button", { name: "Approve" }).waitFor();
    expect(await bob.page.getByText("Risk:").count()).toBe(0);
    expect(await bob.page.getByText("Created by").count()).toBe(0);
    expect(await bob.page.getByText("The requester may approve this request.").count()).toBe(0);
  });

  test.each([
    ["light", {}],
    ["dark", PHONE],
  ] as const)(
    "the creator and the right to approve one's own request are shown (%s, %j)",
    async (colorScheme, device) => {
      const more = {
        requestedBy: "ceo",
        notifyUsers: ["bob", "ceo"],
        allowSelfApproval: true,
        metadata: { risk: "high" },
      };
      const bob = await open("bob", await asked("Raise my budget", more), { ...device, colorScheme });
      const warning = "The requester may approve this request.";
      await bob.page.getByRole("region", { name: "Your decision" }).getByText(warning).waitFor();
      await header(bob).getByText("Created by orchestrator").first().waitFor();
      await bob.page.getByRole("button", { name: "Approve" }).click();
      await dialog(bob).getByText(warning).waitFor();
      await dialog(bob).getByText("Created by orchestrator.").waitFor();
      await expectAccessible(bob.page);
    },
  );

  test("the policy is shown as it was given, also for a request that has ended", async () => {
    const more = {
      approvalType: "CONDITIONAL",
      autoApproveConditions: [{ field: "metadata.size", operator: "LT", value: 5 }],
      metadata: { size: 1 },
      notifyRoles: ["sre"],
      timeoutMs: 7_200_000,
      allowSelfApproval: true,
    };
    const bob = await open("bob", await asked("Deploy", more));
    await bob.page.getByRole("button", { name: "Show the policy as given" }).click();
    const part = (name: string) =>
      bob.page
        .locator("dl > div")
        .filter({ has: bob.page.getByText(name, { exact: true }) })
        .locator("dd")
        .allTextContents();
    expect(await part("How it is approved")).toEqual([
      "Approved automatically if all conditions are met; otherwise people decide.",
    ]);
    expect(await part("Conditions (all must be met)")).toEqual(["metadata.size < 5"]);
    expect(await part("Notified people")).toEqual(["bob"]);
    expect(await part("Notified roles")).toEqual(["sre"]);
    expect(await part("Time to decide")).toEqual(["2 hours"]);
    expect(await part("The requester may approve")).toEqual(["Yes"]);
    await expectAccessible(bob.page);
  });
});
