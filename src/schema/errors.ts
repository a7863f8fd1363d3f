/** The errors that are answers. Which of them a mutation can give, its union says. */

import { mayRead } from "../approvals/policy.ts";
import * as errors from "../errors.ts";
import { builder } from "./builder.ts";
import { ErrorCodeEnum } from "./enums.ts";
import { ApprovalRequestRef, IssueRef } from "./refs.ts";

const ErrorInterface = builder.interfaceRef<errors.CommandError>("Error").implement({
  description: "Why a command was not carried out. Nothing was changed.",
  fields: (t) => ({
    message: t.exposeString("message", { description: "What is wrong, in words." }),
    code: t.field({
      type: ErrorCodeEnum,
      description: "What is wrong, for programs.",
      resolve: (error) => error.code,
    }),
  }),
});

IssueRef.implement({
  description: "One fault of an input.",
  fields: (t) => ({
    path: t.exposeString("path", { description: "The field at fault, dotted: `autoApproveConditions.0.field`." }),
    message: t.exposeString("message", { description: "What is wrong with it." }),
  }),
});

const interfaces = [ErrorInterface];

builder.objectType(errors.NotFoundError, {
  name: "NotFoundError",
  description: "The request, or whatever else was named, is unknown, or not the viewer's to see.",
  interfaces,
});

builder.objectType(errors.ForbiddenError, {
  name: "ForbiddenError",
  description: "The viewer may see the request or the run but not do this.",
  interfaces,
});

builder.objectType(errors.ExpiredError, {
  name: "ExpiredError",
  description: "The request's time is over, or ended it.",
  interfaces,
});

builder.objectType(errors.AlreadyDecidedError, {
  name: "AlreadyDecidedError",
  description: "The request is final, or the viewer decided otherwise before.",
  interfaces,
  fields: (t) => ({
    request: t.field({
      type: ApprovalRequestRef,
      nullable: true,
      description: "The request as it stands; null where the viewer may not see it.",
      resolve: ({ request }, _args, { caller }) => (mayRead(request, caller.viewer) ? request : null),
    }),
  }),
});

builder.objectType(errors.StaleContextError, {
  name: "StaleContextError",
  description: "The request's content is not what `contextDigest` says; read it again before deciding.",
  interfaces,
});

builder.objectType(errors.ValidationError, {
  name: "ValidationError",
  description: "The input is at fault.",
  interfaces,
  fields: (t) => ({
    issues: t.field({
      type: [IssueRef],
      description: "Every fault that was found.",
      resolve: (error) => [...error.issues],
    }),
  }),
});

builder.objectType(errors.ConflictError, {
  name: "ConflictError",
  description:
    "The execution has a request or a run with other content; to start another one, use another `executionId`. Or the state of the run does not allow the command.",
  interfaces,
});
