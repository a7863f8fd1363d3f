/**
 * Tests typed jobs and typed documents: code that compiles and code that does not. `npm run check` compiles this file.
 */

import { expect, expectTypeOf, it } from "vitest";
import type * as handlers from "../../src/handler/entry.ts";
import {
  ApprovalHandler,
  type ApprovalJobConfig,
  type ApprovalResult,
  requestApproval,
} from "../../src/handler/entry.ts";
import {
  defineJob,
  type JobContext,
  type JobDefinition,
  type JobHandler,
  type JobOf,
  type Orchestrator,
  type Run,
  type WorkflowDefinition,
} from "../../src/orchestrator/entry.ts";

interface BuildConfig {
  branch: string;
}
interface Build {
  image: string;
  size: number;
}
interface Before {
  build: Build;
  approval: ApprovalResult;
}

const build = defineJob<BuildConfig, object, Build>({
  type: "build",
  async execute({ config }) {
    expectTypeOf(config).toEqualTypeOf<BuildConfig>();
    return { success: true, output: { image: config.branch, size: 42 } };
  },
});
const deploy = defineJob<{ region?: string }, Before, string>({
  type: "deploy",
  async execute({ config, results, result, allResults, signal, idempotencyKey, asked }) {
    expectTypeOf(config.region).toEqualTypeOf<string | undefined>();
    expectTypeOf(results.approval).toEqualTypeOf<ApprovalResult>();
    expectTypeOf(await result("build")).toEqualTypeOf<Build>();
    expectTypeOf(await result("other")).toEqualTypeOf<unknown>();
    expectTypeOf(await result<Build>("other")).toEqualTypeOf<Build>();
    expectTypeOf(await allResults()).toEqualTypeOf<Before>();
    expectTypeOf({ signal, idempotencyKey }).toEqualTypeOf<{ signal: AbortSignal; idempotencyKey: string }>();
    expectTypeOf(asked).toBeFunction();
    return { success: true, output: (await result("build")).image };
  },
});

it("a typed handler is returned as it is, with its types", () => {
  expect(build.type).toBe("build");
  expectTypeOf(build).toExtend<JobHandler<BuildConfig, Build, object>>();
  expectTypeOf<Awaited<ReturnType<typeof deploy.execute>>["output"]>().toEqualTypeOf<string | undefined>();
});

it("a handler whose types do not fit does not compile", () => {
  const wrong = [
    // @ts-expect-error the output is not a Build
    defineJob<BuildConfig, object, Build>({ type: "a", execute: async () => ({ success: true, output: { size: 1 } }) }),
    // @ts-expect-error there is no such field in the configuration
    defineJob<BuildConfig>({ type: "b", execute: async ({ config }) => ({ success: true, output: config.brnch }) }),
    // @ts-expect-error an answer says whether it is a success
    defineJob({ type: "c", execute: async () => ({ output: 1 }) }),
    // @ts-expect-error outputs are of unknown type unless they are named
    defineJob({ type: "d", execute: async ({ results }) => ({ success: true, output: results.build.size }) }),
  ];
  expect(wrong).toHaveLength(4);
});

it("every kind of handler can be registered", () => {
  const register = (orchestrator: Orchestrator) => {
    orchestrator.registerHandler("build", build);
    orchestrator.registerHandler("deploy", deploy);
    orchestrator.registerHandler("approval", new ApprovalHandler({ url: "", token: "" }));
    // Without types, inline or as a variable of any of the two types.
    orchestrator.registerHandler("inline", {
      type: "inline",
      async execute({ results, result }) {
        expectTypeOf(results).toEqualTypeOf<Readonly<Record<string, unknown>>>();
        expectTypeOf(await result("build")).toEqualTypeOf<unknown>();
        return { success: true };
      },
    });
    orchestrator.registerHandler("any", {} as JobHandler);
    orchestrator.registerHandler("any", {} as handlers.JobHandler);
    orchestrator.registerHandler("annotated", {
      type: "annotated",
      execute: async ({ config, results }: JobContext<BuildConfig, Before>) => ({
        success: true,
        output: [config.branch, results.build.size],
      }),
    });
    // @ts-expect-error a handler has a method execute
    orchestrator.registerHandler("none", { type: "none" });
  };
  expect(register).toBeTypeOf("function");
});

type Configs = { build: BuildConfig; approval: ApprovalJobConfig; deploy: { region?: string } };

it("a typed document is checked by type, and is a document like any other", () => {
  const workflow: WorkflowDefinition<JobOf<Configs>> = {
    id: "release",
    jobs: [
      { id: "build", type: "build", config: { branch: "main" }, retries: { attempts: 3 } },
      { id: "approval", type: "approval", dependencies: ["build"], config: { title: "Deploy?", notifyUsers: ["bob"] } },
      { id: "deploy", type: "deploy", dependencies: ["approval"] },
    ],
  };
  const untyped: WorkflowDefinition = workflow;
  expect(untyped).toBe(workflow);
  expectTypeOf(workflow.jobs).toExtend<readonly JobDefinition[]>();
  const faults: WorkflowDefinition<JobOf<Configs>>["jobs"] = [
    // @ts-expect-error there is no such type
    { id: "a", type: "buld", config: { branch: "main" } },
    // @ts-expect-error the configuration is not that of a build
    { id: "b", type: "build", config: { title: "Deploy?" } },
    // @ts-expect-error a build needs a configuration
    { id: "c", type: "build" },
    // @ts-expect-error a field that no job has
    { id: "d", type: "deploy", needs: ["a"] },
  ];
  expect([workflow.jobs.length, faults.length]).toEqual([3, 4]);
});

it("the outputs of a run have the types that the program names", () => {
  const read = async (run: Run) => {
    const { jobs } = await run.result<{ build: Build }>();
    expectTypeOf(jobs.build.output).toEqualTypeOf<Build | undefined>();
    const untyped = await run.result();
    expectTypeOf(untyped.jobs.build?.output).toEqualTypeOf<unknown>();
  };
  expect(read).toBeTypeOf("function");
});

it("the configuration of an approval job has unions in place of strings", () => {
  const config: ApprovalJobConfig = {
    title: "Deploy?",
    timeoutAction: "escalate",
    approvalType: "CONDITIONAL",
    notifyChannels: ["slack", "IN_APP"],
    decisionSource: "approver",
    autoApproveConditions: [{ field: "metadata.size", operator: "<", value: 5 }],
    metadata: { risk: "high", size: 3 },
  };
  const faults: ApprovalJobConfig[] = [
    // @ts-expect-error there is no such action
    { title: "Deploy?", timeoutAction: "aprove" },
    // @ts-expect-error there is no such type
    { title: "Deploy?", approvalType: "automatic" },
    // @ts-expect-error there is no such channel
    { title: "Deploy?", notifyChannels: ["mail"] },
    // @ts-expect-error people, or nothing
    { title: "Deploy?", decisionSource: "timeout" },
    // @ts-expect-error there is no such operator
    { title: "Deploy?", autoApproveConditions: [{ field: "metadata.size", operator: "=", value: 5 }] },
    // @ts-expect-error the field is misspelled
    { title: "Deploy?", timoutMs: 5 },
    // @ts-expect-error a title is required
    { notifyUsers: ["bob"] },
  ];
  expect([config.title, faults.length]).toEqual(["Deploy?", 7]);
});

it("the result of an approval job has an output if it succeeded and an error if it failed", () => {
  const read = async (handler: ApprovalHandler) => {
    const ids = { workflowId: "w", jobId: "j", executionId: "e" };
    const result = await handler.execute({ ...ids, config: { title: "Deploy?", notifyUsers: ["bob"] } });
    // @ts-expect-error the configuration is checked
    await handler.execute({ ...ids, config: { title: "Deploy?", timoutMs: 5 } });
    if (result.success) {
      expectTypeOf(result.output).toEqualTypeOf<ApprovalResult>();
      expectTypeOf(result.error).toEqualTypeOf<undefined>();
    } else {
      expectTypeOf(result.output).toEqualTypeOf<ApprovalResult | undefined>();
      expectTypeOf(result.error).toEqualTypeOf<string>();
    }
    // A handler that wraps it passes on a context whose configuration is unknown.
    await handler.execute({} as handlers.JobContext);
    const untyped: handlers.JobResult = result;
    const answer: handlers.JobAnswer = untyped;
    return answer;
  };
  expect(read).toBeTypeOf("function");
});

it("the outcome of requestApproval has the status of an approval only if it was approved", () => {
  const read = async (handler: ApprovalHandler) => {
    const request = await requestApproval({ title: "Deploy?", approvers: ["bob"] }, { handler });
    expectTypeOf(request).toEqualTypeOf<handlers.RequestedApproval>();
    expectTypeOf(request.url).toEqualTypeOf<string | null>();
    const outcome = await handler.requestApproval({ title: "Deploy?", approvers: ["bob"] }).wait({ timeoutMs: 5 });
    if (outcome.approved) expectTypeOf(outcome.status).toEqualTypeOf<"APPROVED">();
    else {
      expectTypeOf(outcome.status).toEqualTypeOf<"APPROVED" | "REJECTED" | "TIMEOUT" | "CANCELLED">();
    }
    // @ts-expect-error the field is misspelled
    handler.requestApproval({ title: "Deploy?", aprovers: ["bob"] }).catch(() => {});
  };
  expect(read).toBeTypeOf("function");
});
