/** The three roots; the files of the operations add the fields. */

import { builder } from "./builder.ts";

builder.queryType({ description: "What can be asked." });
builder.mutationType({ description: "What can be done. Every answer is a payload or one of the errors it lists." });
builder.subscriptionType({ description: "What can be followed. Nothing that was committed is passed over." });
