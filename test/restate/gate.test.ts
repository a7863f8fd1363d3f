/** The checks of a gate before anything is sent to Countersign. */

import { TerminalError } from "@restatedev/restate-sdk";
import { expect, it } from "vitest";
import { checkGate, type Gate } from "../../src/restate/gate.ts";

const GATE = { jobId: "approval", title: "Deploy?", notifyUsers: ["bob"] };

const refusalOf = (gate: object): unknown => {
  try {
    return checkGate(gate as Gate);
  } catch (error) {
    return error;
  }
};

it("a gate of a Restate service refuses unknown fields permanently, with a suggestion", () => {
  const error = refusalOf({ ...GATE, timoutMs: 1, aprovalType: "AUTO" });
  expect(error).toBeInstanceOf(TerminalError);
  expect(error).toMatchObject({
    code: 422,
    message:
      "timoutMs: is not a known field; did you mean timeoutMs?; " +
      "aprovalType: is not a known field; did you mean approvalType?",
  });
});

it("a gate of a Restate service refuses fields that the adapter sets itself", () => {
  expect(refusalOf({ ...GATE, executionId: "7" })).toBeInstanceOf(TerminalError);
  expect(refusalOf({ ...GATE, callbackUrl: "https://company.com" })).toBeInstanceOf(TerminalError);
});

it("a gate of a Restate service may have every field of a request", () => {
  expect(refusalOf({ ...GATE, workflowId: "release", timeoutMs: 1, decisionSource: "APPROVER" })).toBeUndefined();
});
