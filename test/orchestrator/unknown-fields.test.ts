/** Unknown fields of a document and of the configurations in it are refused before anything runs. */

import { afterAll, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/entry.ts";
import { ValidationError } from "../../src/model/errors.ts";
import { checkedDocument } from "../../src/orchestrator/document.ts";

const approval = new ApprovalHandler({ url: "http://127.0.0.1:9/graphql", token: "t" });
afterAll(() => approval.close());

it("a document with misspelled fields is refused, and each issue suggests the field that was meant", () => {
  const job = {
    id: "approval",
    type: "approval",
    dependecies: [],
    retries: { attemps: 2 },
    config: { title: "Deploy?", notifyUsers: ["bob"], timoutMs: 1, notifyChanels: ["email"] },
  };
  const check = () =>
    checkedDocument({ id: "w", jobs: [job] }, { executionId: "e" }, new Map([["approval", approval as never]]));
  let thrown: unknown;
  try {
    check();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ValidationError);
  const { issues } = thrown as ValidationError;
  const ends = issues.map(({ path, message }) => `${path}: ${message.split("; ").at(-1)}`);
  expect(ends.toSorted()).toEqual([
    "jobs.0.config.notifyChanels: did you mean notifyChannels?",
    "jobs.0.config.timoutMs: did you mean timeoutMs?",
    "jobs.0.dependecies: did you mean dependencies?",
    "jobs.0.retries.attemps: did you mean attempts?",
  ]);
});
