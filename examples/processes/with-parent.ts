/** Loaded into a Node.js process with --import: it ends with the process that started it, however that ends. */

/** Longer than a server waits for what it has begun. */
const END_WITHIN_MS = 40_000;

process.on("disconnect", () => {
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.kill(process.pid, "SIGKILL"), END_WITHIN_MS).unref();
});
// The process ends by its own rules.
process.channel?.unref();
