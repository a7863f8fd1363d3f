/** Common parts of the mutations that change a request. */

import {
  AlreadyDecidedError,
  ExpiredError,
  ForbiddenError,
  NotFoundError,
  StaleContextError,
  ValidationError,
} from "../model/errors.ts";
import type { RequestPayload } from "../resolvers/commands.ts";
import { builder } from "./builder.ts";
import { ApprovalRequestRef } from "./refs.ts";

/** The possible results of a change of an open request. */
export const CHANGE_ERRORS = [NotFoundError, ForbiddenError, ExpiredError, AlreadyDecidedError, ValidationError];
/** The same for a decision, which may be made on content that has changed. */
export const DECISION_ERRORS = [...CHANGE_ERRORS, StaleContextError];

/** A payload with the request after the command. */
export const requestPayload = (name: string) =>
  builder.objectRef<RequestPayload>(name).implement({
    description: "The request after the change.",
    fields: (t) => ({
      request: t.expose("request", { type: ApprovalRequestRef, description: "The current state of the request." }),
    }),
  });
