/** The schema. Importing this file builds it from all the others. */

import "./roots.ts";
import "./scalars.ts";
import "./errors.ts";
import "./request.ts";
import "./decision.ts";
import "./comment.ts";
import "./audit-log.ts";
import "./request-queries.ts";
import "./viewer.ts";
import "./statistics.ts";
import "./statistics-groups.ts";
import "./user-summary.ts";
import "./job-config.ts";
import "./create.ts";
import "./decide.ts";
import "./manage.ts";
import "./conditions.ts";
import "./add-comment.ts";
import "./notification.ts";
import "./notifications.ts";
import "./notification-received.ts";
import "./preferences.ts";
import "./notification-deliveries.ts";
import "./webhook-endpoints.ts";
import "./run.ts";
import "./run-history.ts";
import "./run-moves.ts";
import "./run-queries.ts";
import "./run-commands.ts";
import "./workflow.ts";
import "./workflow-commands.ts";
import "./schedule.ts";
import "./run-updated.ts";
import "./run-log-added.ts";
import "./request-updated.ts";
import "./pending-updated.ts";
import "./events.ts";
import { builder } from "./builder.ts";
import { charged } from "./charged.ts";

/** The executable schema; its context is `Context` of `resolvers/context.ts`. */
export const schema = charged(builder.toSchema());
