/** The three roots; the files of the operations add the fields. */

import { builder } from "./builder.ts";

builder.queryType({ description: "All queries." });
builder.mutationType({ description: "All commands. Each returns a payload or one of the errors in its result type." });
builder.subscriptionType({ description: "All subscriptions. They never miss a committed change." });
