/**
 * The default ids of a request. The ids of a run of a CI system stay the same when a job is restarted after its machine
 * was lost, so the job gets the same request again. In a shell each call creates a new request.
 */

import { randomUUID } from "node:crypto";

export interface Ids {
  workflowId: string;
  jobId: string;
  executionId: string;
}

type Env = Readonly<Record<string, string | undefined>>;

interface System {
  name: string;
  /** A variable that this system always sets. */
  sign: string;
  ids(env: Env): { [Id in keyof Ids]: string | undefined };
}

const joined = (...parts: (string | undefined)[]): string | undefined => parts.filter(Boolean).join("/") || undefined;

const SYSTEMS: readonly System[] = [
  {
    name: "GitHub Actions",
    sign: "GITHUB_ACTIONS",
    ids: (env) => ({
      workflowId: joined(env.GITHUB_REPOSITORY, env.GITHUB_WORKFLOW),
      jobId: env.GITHUB_JOB,
      executionId: env.GITHUB_RUN_ID,
    }),
  },
  {
    name: "GitLab CI",
    sign: "GITLAB_CI",
    ids: (env) => ({ workflowId: env.CI_PROJECT_PATH, jobId: env.CI_JOB_NAME, executionId: env.CI_PIPELINE_ID }),
  },
  {
    name: "CircleCI",
    sign: "CIRCLECI",
    ids: (env) => ({
      workflowId: joined(env.CIRCLE_PROJECT_USERNAME, env.CIRCLE_PROJECT_REPONAME),
      jobId: env.CIRCLE_JOB,
      executionId: env.CIRCLE_WORKFLOW_ID,
    }),
  },
  {
    name: "Buildkite",
    sign: "BUILDKITE",
    ids: (env) => ({
      workflowId: joined(env.BUILDKITE_ORGANIZATION_SLUG, env.BUILDKITE_PIPELINE_SLUG),
      jobId: env.BUILDKITE_STEP_KEY,
      executionId: env.BUILDKITE_BUILD_ID,
    }),
  },
  {
    name: "Azure Pipelines",
    sign: "TF_BUILD",
    ids: (env) => ({
      workflowId: joined(env.SYSTEM_TEAMPROJECT, env.BUILD_DEFINITIONNAME),
      jobId: env.SYSTEM_JOBNAME,
      executionId: env.BUILD_BUILDID,
    }),
  },
  {
    name: "Jenkins",
    sign: "JENKINS_URL",
    ids: (env) => ({ workflowId: env.JOB_NAME, jobId: env.STAGE_NAME, executionId: env.BUILD_NUMBER }),
  },
];

/**
 * @param given the ids from the command line
 * @returns the ids and the CI system that they are from, or null in a shell
 */
export function idsOf(given: Partial<Ids>, env: Env): Ids & { system: string | null } {
  const system = SYSTEMS.find(({ sign }) => env[sign]);
  const known = system?.ids(env);
  return {
    workflowId: given.workflowId ?? (known?.workflowId || "shell"),
    jobId: given.jobId ?? (known?.jobId || "approval"),
    executionId: given.executionId ?? (known?.executionId || randomUUID()),
    system: system?.name ?? null,
  };
}
