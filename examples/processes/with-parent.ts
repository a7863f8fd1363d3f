/** Loaded into a Node.js process with --import: ends the process when its parent ends for any reason. */

/** Longer than a server waits for its active requests. */
const END_WITHIN_MS = 40_000;

process.on("disconnect", () => {
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.kill(process.pid, "SIGKILL"), END_WITHIN_MS).unref();
});
// The channel does not prevent the end of the process.
process.channel?.unref();
