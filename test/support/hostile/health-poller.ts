/** A thread that polls the health check of a server, and reports the longest time without an answer. */

import { request } from "node:http";
import { parentPort, workerData } from "node:worker_threads";

const EVERY_MS = 20;
const port = parentPort;
if (port === null) throw new Error("this file runs as a worker");

let longest = 0;
let sentAt = performance.now();
function ask(): void {
  sentAt = performance.now();
  const asking = request(`${workerData.url}/healthz`, (response) => {
    response.resume();
    response.once("end", again);
  });
  asking.once("error", again);
  asking.end();
}
function again(): void {
  longest = Math.max(longest, performance.now() - sentAt);
  setTimeout(ask, EVERY_MS);
}
ask();

// An unanswered request counts as well.
port.on("message", () => {
  port.postMessage(Math.max(longest, performance.now() - sentAt));
  longest = 0;
});
