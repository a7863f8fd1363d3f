/** Loaded into the API with --import: collects the marks of the work in progress, and replies with them to `marks`. */

import { subscribe } from "node:diagnostics_channel";
import { MARKS, type Mark } from "../../src/model/marks.ts";

let marks: Mark[] = [];
subscribe(MARKS, (mark) => {
  marks.push(mark as Mark);
});
process.on("message", (asked) => {
  if (asked !== "marks") return;
  process.send?.(marks);
  marks = [];
});
