/** Errors as results. The union of a mutation lists its possible errors. */

import { mayRead } from "../approvals/policy.ts";
import * as errors from "../model/errors.ts";
import { builder } from "./builder.ts";
import { ErrorCodeEnum } from "./enums.ts";
import { ApprovalRequestRef, IssueRef } from "./refs.ts";

const ErrorInterface = builder.interfaceRef<errors.CommandError>("Error").implement({
  description: "The reason why a command was refused. Nothing was changed.",
  fields: (t) => ({
    message: t.exposeString("message", { description: "The error message, for people." }),
    code: t.field({
      type: ErrorCodeEnum,
      description: "The error code, for programs.",
      resolve: (error) => error.code,
    }),
  }),
});

IssueRef.implement({
  description: "An issue of an input.",
  fields: (t) => ({
    path: t.exposeString("path", { description: "The path of the field, such as `autoApproveConditions.0.field`." }),
    message: t.exposeString("message", { description: "A description of the issue." }),
  }),
});

const interfaces = [ErrorInterface];

builder.objectType(errors.NotFoundError, {
  name: "NotFoundError",
  description: "The object does not exist, or the viewer may not see it.",
  interfaces,
});

builder.objectType(errors.ForbiddenError, {
  name: "ForbiddenError",
  description: "The viewer may see the request or the run, but may not perform this action.",
  interfaces,
});

builder.objectType(errors.ExpiredError, {
  name: "ExpiredError",
  description: "The request has expired.",
  interfaces,
});

builder.objectType(errors.AlreadyDecidedError, {
  name: "AlreadyDecidedError",
  description: "The request is final, or the viewer has already made the other decision.",
  interfaces,
  fields: (t) => ({
    request: t.field({
      type: ApprovalRequestRef,
      nullable: true,
      description: "The current state of the request; null if the viewer may not see it.",
      resolve: ({ request }, _args, { caller }) => (mayRead(request, caller.viewer) ? request : null),
    }),
  }),
});

builder.objectType(errors.StaleContextError, {
  name: "StaleContextError",
  description: "The content of the request does not match `contextDigest`. Read it again before deciding.",
  interfaces,
});

builder.objectType(errors.ValidationError, {
  name: "ValidationError",
  description: "The input is not valid.",
  interfaces,
  fields: (t) => ({
    issues: t.field({
      type: [IssueRef],
      description: "All issues that were found.",
      resolve: (error) => [...error.issues],
    }),
  }),
});

builder.objectType(errors.ConflictError, {
  name: "ConflictError",
  description:
    "The execution already has a request or a run with different content (use another `executionId` for " +
    "another one), or the state of the run does not allow the command.",
  interfaces,
});
